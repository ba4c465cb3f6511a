"""What the page has drawn in this script run, in its order: from it, a lecture takes its scenes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from vizlib.ui.widgets.scene import Shown

_STAGED = "parts of this page"  # in the session, while the page is drawn


def begin() -> None:
    """Forgets the last script run. app.py calls it before it draws a page."""
    st.session_state[_STAGED] = []


def add(widget: str, words: str, make: Callable[[], Mapping[str, Any]]) -> None:
    """Notes a part that was drawn. words: what it shows. make: gives what the widget's JavaScript takes."""
    parts: list[Shown] | None = st.session_state.get(_STAGED)
    if parts is not None:  # None while a part of the page is drawn alone
        parts.append(Shown(widget, words, make))


def take() -> list[Shown]:
    """The parts of the page that was drawn. app.py calls it after the page is drawn."""
    found: list[Shown] = st.session_state.pop(_STAGED, [])
    return found
