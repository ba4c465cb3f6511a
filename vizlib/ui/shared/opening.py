"""Whether the browser has shown the controls of a page that it has just opened: the frames of its run wait for that.

React shows a control whose code the browser has just loaded when nothing else is to be drawn, and each frame makes it
start again. Without this wait, a slow computer would show no controls until the run had ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vizlib.ui.widgets import shown

_OPENING = "page that opens"  # in the session
_PLACE = "place of what tells that the page is shown"  # in the session, during one script run
_MOST = 15.0  # seconds: then the run's frames come first


@dataclass
class _Opening:
    """A page whose controls may not be shown yet."""

    page: str
    since: float | None  # None: they are shown
    waits: bool = False  # whether a run is watched for the first time, or was when the script ran again
    asked: bool = False  # whether the browser was asked in this script run


def begin(page: str) -> None:
    """Notes that the visitor has come to another page. app.py calls it before it draws a page."""
    state = _state()
    if state is None or state.page != page:
        st.session_state[_OPENING] = state = _Opening(page, time.monotonic())
    elif not state.waits:  # no run goes on, and the visitor has used a control
        state.since = None
    state.asked = False
    with st.container(key="shown"):  # it is always there, so that the page below it does not move
        st.session_state[_PLACE] = st.empty()


def patience() -> float:
    """How many seconds a run's frames wait at most for the browser to tell; 0 if they need not wait."""
    state = _state()
    if state is None or state.since is None:
        return 0.0
    state.waits = True
    return max(0.0, state.since + _MOST - time.monotonic())


def ask() -> None:
    """Has the browser tell, once: when it does, the script runs again, and frames come."""
    state = _state()
    if state is not None and state.since is not None and not state.asked:
        state.asked = True
        with st.session_state[_PLACE]:
            shown.tell(_is_shown)


@contextmanager
def ended() -> Iterator[None]:
    """Around the watching of a run: at its end nothing waits for the browser any more."""
    state = _state()
    try:
        yield
        if state is not None:
            state.waits = False
    finally:
        if state is not None and state.asked:
            st.session_state[_PLACE].empty()


def _is_shown() -> None:
    state = _state()
    if state is not None:
        state.since = None


def _state() -> _Opening | None:
    state: Any = st.session_state.get(_OPENING)
    return state if isinstance(state, _Opening) else None
