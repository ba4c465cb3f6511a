"""The picture in the sidebar and the network's answer to it: what a page shows before a slow run was asked for."""

from __future__ import annotations

import streamlit as st

from vizlib.ui.shared import charts, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, short


def draw(here: Chosen, target: int | None = None, *, markdown: str) -> None:
    """Draws picture and answer side by side, and beside them what a visitor may do next."""
    top = here.model.top(here.pixels)
    left, right = st.columns([5, 6], gap="large")
    with left:
        show.figure(here.image, f"The picture as {here.name} sees it ({here.subject.title})")
    with right:
        st.header(f"It answers: {plain(short(top[0].label))}")
        charts.classes(top, target, "before the run")
        st.markdown(markdown)
