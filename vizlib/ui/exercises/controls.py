"""Which exercises the page shows: those of a course, and those that a page answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.exercises import EXERCISES, Exercise, kept
from vizlib.ui import navigation
from vizlib.ui.shared.links import linked

ALL_COURSES, ALL_PAGES = "all courses", "all pages"
_ALL, _MEASURED = "All", "Measured here"


def choose() -> list[Exercise]:
    """Draws the controls; returns the exercises that they leave, those of a course together."""
    courses = list(dict.fromkeys(each.course for each in EXERCISES))
    pages = [name for name in navigation.TITLES if any(each.page == name for each in EXERCISES)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        course = linked().selectbox("Course", [ALL_COURSES, *courses], key="ex_course", width=230)
        page = linked().selectbox(
            "Page", [ALL_PAGES, *pages], key="ex_page", width=290, format_func=lambda each: _title(str(each))
        )
        which = linked().segmented_control(
            "Show", [_ALL, _MEASURED], default=_ALL, required=True, key="ex_show", width="content"
        )
    return [
        each
        for name in courses
        for each in EXERCISES
        if each.course == name
        and course in (ALL_COURSES, each.course)
        and page in (ALL_PAGES, each.page)
        and (which == _ALL or each.key in kept())
    ]


def _title(page: str) -> str:
    return navigation.TITLES.get(page, page)


def by_course(exercises: Sequence[Exercise]) -> dict[str, list[Exercise]]:
    """The exercises of each course, in order."""
    found: dict[str, list[Exercise]] = {}
    for each in exercises:
        found.setdefault(each.course, []).append(each)
    return found
