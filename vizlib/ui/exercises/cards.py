"""The cards: what a course asks, its parameters and source, the buttons that open the page, and the figures."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.exercises import LEFT_OUT, Exercise
from vizlib.ui import navigation
from vizlib.ui.exercises import controls, measuring, opening
from vizlib.ui.shared import live, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain


def draw(here: Chosen, shown: Sequence[Exercise]) -> None:
    """Draws all cards, course by course, and what no page answers."""
    live.status()
    st.markdown(f"**{plain(measuring.summary(shown))}**")
    for course, exercises in controls.by_course(shown).items():
        st.header(plain(course))
        for each in exercises:
            with st.container(border=True, key=f"exercise {each.key}"), guard():
                _card(each, here)
    if not shown:
        st.info("No exercise of this course is answered by that page.", icon=":material/filter_alt_off:")
    with st.expander("What these courses ask, too, and no page answers", icon=":material/block:"):
        st.markdown("\n".join(f"- **{plain(what)}.** {plain(why)}" for what, why in LEFT_OUT))


def _card(exercise: Exercise, here: Chosen) -> None:
    st.subheader(plain(exercise.title))
    st.markdown(plain(exercise.asks))
    left, right = st.columns([6, 5], gap="large")
    with left:
        show.table(["Parameter", "The course's"], [["network", exercise.network], *map(list, exercise.parameters)])
    with right:
        _ways(exercise, here)
    measuring.draw(exercise, here)


def _ways(exercise: Exercise, here: Chosen) -> None:
    """Draws the buttons that open the page, and what its settings leave out."""
    title = navigation.TITLES[exercise.page]
    st.markdown(f"**{plain(title)}** answers it, with exactly these settings:")
    with st.container(horizontal=True):
        for at, way in enumerate(opening.ways(exercise, here.model)):
            st.button(
                plain(way.words), key=f"open {exercise.key} {at}", type="secondary" if at else "primary",
                on_click=opening.open_way, args=(exercise, way), icon=way.icon,
            )  # fmt: skip
    if exercise.differs:
        st.markdown(f"**What differs:** {plain(exercise.differs)}")
    st.caption(plain(f"Source: {exercise.source}."))
