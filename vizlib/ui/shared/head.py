"""The head of every page: its question, what it is about, and the name of the browser's tab."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vizlib.ui.shared import reset, trained
from vizlib.ui.widgets import address

_NAME = "Filterscope"
_LONGEST = 40  # letters of what a page is about: a tab shows less
_RESET = "Puts every control of this page back to its default. The network and the picture stay."
_QUESTION = "question of the page"  # in the session, and what it is about
_ABOUT = "what the page is about"
_PLACE = "place in the head"  # in the session, while the page is drawn
_PICTURE = "the page is about the picture"


def head(question: str, *, markdown: str, picture: bool = True, controls: bool = True) -> None:
    """Draws the question as the page's title, and under it the words. The tab is named after the question.

    markdown: the words, which may hold Markdown.
    picture: whether the page is about the picture in the sidebar. Else the sidebar hides it, and the link keeps it.
    controls: whether the page has controls that can be reset.
    """
    st.session_state.update({_QUESTION: question, _ABOUT: "", _PICTURE: picture})
    _name_tab(question)
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(question)
        address.copy_link(trained.link_to(str(st.session_state.get("network"))))
        if controls:
            st.button("Reset", key="reset", help=_RESET, on_click=reset.back, icon=":material/restart_alt:")
        st.session_state[_PLACE] = st.container(horizontal=True, width="content", key="add to lecture")
    st.markdown(markdown)
    if not picture:
        st.html("<style>.st-key-picture-boxes { display: none; }</style>")
    reset.begin()


def about(name: str) -> None:
    """Names the browser's tab after what the page is about, too: "What fools it? - toaster - Filterscope"."""
    st.session_state[_ABOUT] = name
    short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
    _name_tab(st.session_state.get(_QUESTION, _NAME), short)


def said() -> str:
    """The question, and what the page is about: "What fools it? toaster"."""
    return " ".join(filter(None, (st.session_state.get(_QUESTION, ""), st.session_state.get(_ABOUT, ""))))


def has_picture() -> bool:
    """Whether the page is about the picture in the sidebar."""
    return bool(st.session_state.get(_PICTURE, True))


def place() -> Any:
    """A place in the head that is filled when the page is complete; None for a page without a head."""
    return st.session_state.pop(_PLACE, None)


def _name_tab(*parts: str) -> None:
    st.set_page_config(page_title=" - ".join([*parts, _NAME]))
