"""Are they copies? Each fake beside the real picture that is nearest to it."""

from __future__ import annotations

import streamlit as st

from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise import measures
from vizlib.ui.pictures_out_of_noise.sheets import levels, pairs
from vizlib.ui.shared import show


def draw(frame: GanFrame) -> None:
    """Draws the pairs, and the share of near copies beside that of new real pictures."""
    st.header("Are they copies?")
    left, right = st.columns([6, 5], gap="large")
    show.figure(
        pairs(levels(frame.pictures), frame.nearest), "Upper: generated. Lower: the nearest of the training pictures",
        left,
    )  # fmt: skip
    right.markdown(
        f"Near copies: **{measures.COPIES.said(frame):s}**. A fake counts as one if it is nearer to a training picture "
        "than all but 5 % of the held-out real pictures are, by the difference of their pixels. Pictures that are "
        "much alike in all of the set, such as a 1, come near to one another without having been copied."
    )
