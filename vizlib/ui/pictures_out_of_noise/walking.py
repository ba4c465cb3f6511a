"""A walk between two latent vectors. The browser has all of its pictures, so the slider asks the server for nothing."""

from __future__ import annotations

import streamlit as st

from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise.sheets import levels
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets import film

_PLACES, _MILLISECONDS = 33, 90  # pictures of a walk, and how long the film shows each


def draw(frame: GanFrame, key: str) -> None:
    """Draws which pictures the walk connects, and the slider from one to the other."""
    st.header("Walk from one picture to another")
    left, right = st.columns([4, 7], gap="large")
    count = len(frame.pictures)
    with right:
        with st.container(horizontal=True):
            start, end = _number("From picture", "gan_from", 1, count), _number("To picture", "gan_to", 2, count)
        st.markdown(
            "The pictures of the sheet are counted from 1, row by row. Between the two latent vectors lie others, and "
            "the generator makes a picture of each. **Look for** small steps that change the picture a little each. A "
            "jump in the middle means that nearby latent vectors have pictures with nothing in common."
        )
    captions = [f"{100 * at / (_PLACES - 1):.0f} % of the way from {start} to {end}" for at in range(_PLACES)]
    label = f"The walk from picture {start} to picture {end}"
    about = film.Film(f"{key} {start} {end}", label, captions, _MILLISECONDS)
    with left:
        film.film(list(levels(frame.between(start - 1, end - 1, _PLACES))), about, "gan walk")


def _number(label: str, key: str, usual: int, most: int) -> int:
    return int(linked().number_input(plain(label), 1, most, usual, key=key, width=150))
