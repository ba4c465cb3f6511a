"""This visitor's lecture, and the line in the sidebar that leads to it and counts its scenes."""

from __future__ import annotations

import streamlit as st

from vizlib.ui.shared import server, visitor
from vizlib.ui.shared.lectures import Lecture


def mine() -> Lecture | None:
    """The lecture of this visitor; None for one who has added nothing."""
    owner = visitor.owner()
    return server.lectures().find(owner) if owner else None


def begun() -> Lecture:
    """The lecture of this visitor, which begins if there is none. A callback may call it."""
    return server.lectures().of(visitor.become_known())


def line() -> None:
    """Draws the way to the lecture, with the number of its scenes."""
    lecture = mine()
    count = len(lecture.entries) if lecture else 0
    with st.container(key="my lecture"):
        st.page_link("pages/lecture.py", label=f"My lecture ({count:d})", icon=":material/co_present:")
