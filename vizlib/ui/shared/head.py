"""The head of every page: its question, what it is about, and the name of the browser's tab."""

from __future__ import annotations

import streamlit as st

from vizlib.ui.shared import reset, trained
from vizlib.ui.widgets import address

_NAME = "Filterscope"
_LONGEST = 40  # letters of what a page is about: a tab shows less
_RESET = "Puts every control of this page back to its default. The network and the picture stay."
_QUESTION = "question of the page"  # in the session


def head(question: str, *, markdown: str, picture: bool = True, controls: bool = True) -> None:
    """Draws the question as the page's title, and under it the words. The tab is named after the question.

    markdown: the words, which may hold Markdown.
    picture: whether the page is about the picture in the sidebar. Else the sidebar hides it, and the link keeps it.
    controls: whether the page has controls that can be reset.
    """
    st.session_state[_QUESTION] = question
    _name_tab(question)
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(question)
        address.copy_link(trained.link_to(str(st.session_state.get("network"))))
        if controls:
            st.button("Reset", key="reset", help=_RESET, on_click=reset.back, icon=":material/restart_alt:")
    st.markdown(markdown)
    if not picture:
        st.html("<style>.st-key-picture-boxes { display: none; }</style>")
    reset.begin()


def about(name: str) -> None:
    """Names the browser's tab after what the page is about, too: "What fools it? - toaster - Filterscope"."""
    short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
    _name_tab(st.session_state.get(_QUESTION, _NAME), short)


def _name_tab(*parts: str) -> None:
    st.set_page_config(page_title=" - ".join([*parts, _NAME]))
