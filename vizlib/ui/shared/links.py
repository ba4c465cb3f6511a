"""Widgets whose values are part of the page's link: `linked(column).slider(...)` instead of `column.slider(...)`.

A link is written by people, too. Its values are matched without regard to case, and those that fit no widget are told
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import isinf
from typing import Any, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from vizlib.ui.shared import reset
from vizlib.ui.shared.words import plain

_CHOICES = ("selectbox", "multiselect", "pills", "segmented_control")  # widgets with a list of options
_NOTED = "not in any widget"  # in the session: the parts of the link that are still to be told
_SHARED = "from another page"  # in the session: values of widgets that are drawn next
_SHOWN, _LONGEST = 5, 60  # parts of a link that are told, and letters of each


def linked(place: Any = st) -> DeltaGenerator:
    """The place (the page, a column, a container) with widgets that keep their values in the link under their key."""
    return cast(DeltaGenerator, _Linked(place))


class _Linked:
    def __init__(self, place: Any) -> None:
        self._place = place

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        return partial(_draw, kind, getattr(self._place, kind))


def _draw(kind: str, widget: Callable[..., Any], *words: Any, **more: Any) -> Any:
    """Draws the widget. Only its first value comes from the link, so only then is the link read."""
    key = str(more["key"])
    usual = reset.note(kind, widget, words, more)
    _write_shared(key, usual, more.get("format_func", str))
    asked = [] if key in st.session_state else st.query_params.get_all(key)
    if any(map(unreadable, asked)):
        _note(key, filter(None, asked))
        _rewrite(key, [])
    elif asked and kind in _CHOICES:
        _choose(key, asked, words, more)
    value = widget(*words, **more, bind="query-params")
    if asked and kind not in _CHOICES and not _same(asked[-1], value):
        _note(key, asked[-1:])
    return value


def _choose(key: str, asked: Sequence[str], words: Sequence[Any], more: dict[str, Any]) -> None:
    """Rewrites the link if it names an option in other letters than its label's; notes what is no option."""
    options = words[1] if len(words) > 1 else more["options"]
    label = more.get("format_func", str)
    known = {str(each).casefold(): label(each) for each in options}
    known |= {label(each).casefold(): label(each) for each in options}
    exact = {label(each) for each in options}
    meant = [each if each in exact else known.get(each.casefold(), each) for each in asked]
    if meant != list(asked):
        _rewrite(key, meant)
    if not more.get("accept_new_options"):
        _note(key, (each for each in asked if each not in exact))


def translate(key: str, meaning: Callable[[str], str]) -> None:
    """Rewrites the part of the link that a box will read, where `meaning` gives another value."""
    asked = [] if key in st.session_state else st.query_params.get_all(key)
    meant = [meaning(each) for each in asked]
    if meant != asked:
        _rewrite(key, meant)


def forget_unless(key: str, fits: Callable[[Any], bool]) -> None:
    """Forgets the value that another page's widget had under this key, where it cannot be one of the widget here."""
    if key in st.session_state and not fits(st.session_state[key]):
        del st.session_state[key]


def _rewrite(key: str, values: Sequence[str]) -> None:
    """Changes the link and starts the page again.

    Streamlit drops unknown values itself, but fails at unreadable ones.
    """
    with suppress(StreamlitAPIException):  # the widget exists already and no longer reads the link
        if values:
            st.query_params[key] = values
        else:
            del st.query_params[key]
        st.rerun()


def unreadable(value: str) -> bool:
    """Whether Streamlit's widgets fail at a value: an empty one ("view=") or an infinite one ("1e999")."""
    try:
        return not value or isinf(float(value))
    except ValueError:
        return False


def _same(asked: str, value: Any) -> bool:
    """Whether the widget has the value that the link asks for."""
    if isinstance(value, bool):
        return asked.lower() in ("true", "false")
    if isinstance(value, int | float):
        with suppress(ValueError):
            return float(asked) == value
        return False
    return asked == value


def _note(key: str, values: Any) -> None:
    noted = st.session_state.setdefault(_NOTED, {})
    noted |= {f"{key}={each}": None for each in values}


def share(group: str, before: str, keys: Sequence[str]) -> None:
    """Gives the widgets `before + key`, which are drawn next, what the same widgets of another page had last.

    Two pages ask for the same things, under keys of their own. A link that says one of them says all of them.
    """
    last = st.session_state.get(group, before)
    st.session_state[group] = before
    if last == before or any(before + key in st.query_params for key in keys):
        return
    give({before + key: st.session_state[last + key] for key in keys if last + key in st.session_state})


def give(values: Mapping[str, Any]) -> None:
    """Gives these values to the widgets with these keys, which are drawn next, and to the link."""
    st.session_state.update(values)
    st.session_state[_SHARED] = dict(values)


def _write_shared(key: str, usual: Any, label: Callable[[Any], str]) -> None:
    """Writes a shared value into the link. Streamlit writes only what a visitor has chosen in this very widget."""
    shared = st.session_state.get(_SHARED, {})
    if key in shared and (value := shared.pop(key)) != usual:
        with suppress(StreamlitAPIException):  # the widget exists already
            st.query_params[key] = list(map(label, value)) if isinstance(value, list) else label(value)


def tell() -> None:
    """Tells the parts of the link that no widget understood. app.py calls it once, after the page is drawn."""
    noted = list(st.session_state.pop(_NOTED, ()))
    if not noted:
        return
    parts = [f"**{plain(each[:_LONGEST])}**" for each in noted[:_SHOWN]]
    more = f" and {len(noted) - _SHOWN:d} more" if len(noted) > _SHOWN else ""
    one = len(noted) == 1
    what = "this part" if one else "these parts"
    instead = "another value" if one else "other values"
    words = f"The page cannot use {what} of the link: {', '.join(parts)}{more}. It uses {instead}."
    st.toast(words, icon=":material/link_off:", duration="infinite")
