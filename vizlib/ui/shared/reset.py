"""Every control of a page back to its default. The network and the picture stay, and so do other pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

import streamlit as st

_DEFAULTS = "defaults of this page"  # in the session: of the controls that are drawn in this script run


def begin() -> None:
    """Forgets the controls drawn so far: those of the sidebar, or of the last page."""
    st.session_state[_DEFAULTS] = {}


def note(kind: str, widget: Callable[..., Any], words: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """Remembers, and returns, the default of a control that is about to be drawn by `widget(*words, **more)`."""
    given = signature(widget).bind_partial(*words, **more).arguments
    usual = st.session_state.setdefault(_DEFAULTS, {})[given["key"]] = _default(kind, given)
    return usual


def _default(kind: str, given: Mapping[str, Any]) -> Any:
    if kind == "selectbox":
        place = given.get("index", 0)
        return None if place is None else list(given["options"])[place]
    if kind == "multiselect" or given.get("selection_mode") == "multi":
        return list(given.get("default") or [])
    if kind in ("pills", "segmented_control"):
        return given.get("default")
    return given.get("value", False)


def controls() -> dict[str, Any]:
    """The values of the controls that the page has drawn so far."""
    return {key: st.session_state[key] for key in st.session_state.get(_DEFAULTS, {}) if key in st.session_state}


def back() -> None:
    """Gives every control of the page its default. A button calls it."""
    for key, value in st.session_state.get(_DEFAULTS, {}).items():
        st.session_state[key] = value
