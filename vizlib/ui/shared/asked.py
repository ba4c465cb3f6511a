"""Which slow runs a visitor has asked for: by a button, or by the link with which the page was opened."""

from __future__ import annotations

import streamlit as st

_ASKED = "runs asked for"  # in the session: keys of recipes
_MOST = 64
_PAGE = "page of the last script run"
_LINK = "the link asks for a result"
_WAITS = "the next page waits for its button"
_RUN = "run"  # in the link, once a button was pressed: the page's first question has no other part in the link


def opened(page: str, common: frozenset[str]) -> None:
    """Notes whether the link asks for a result, when the visitor comes to another page.

    common: the parts of the link that all pages share, such as the network. app.py calls it before it draws a page.
    """
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_LINK] = bool(set(st.query_params) - common) and not st.session_state.pop(_WAITS, False)


def wait() -> None:
    """The page that opens next waits for its button, although its link has settings. A callback may call it."""
    st.session_state[_WAITS] = True


def drawn() -> None:
    """The page is complete, so what changes from here on is no longer asked for by the link."""
    st.session_state[_LINK] = False


def includes(key: str) -> bool:
    """Whether the run with this key was asked for."""
    if st.session_state.get(_LINK):
        _remember(key)
    return key in st.session_state.get(_ASKED, {})


def ask(key: str) -> None:
    """Asks for the run, and says so in the link."""
    _remember(key)
    st.query_params[_RUN] = "1"


def next_runs() -> None:
    """Asks for the runs of the page as it is drawn next, whatever their recipes. A callback may call it."""
    st.session_state[_LINK] = True
    st.query_params[_RUN] = "1"


def _remember(key: str) -> None:
    known = st.session_state.setdefault(_ASKED, {})
    known[key] = True
    while len(known) > _MOST:
        known.pop(next(iter(known)))
