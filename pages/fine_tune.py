"""What is gained by training further? A network is trained on other pictures, in several ways side by side."""

import streamlit as st

from vizlib.ui.fine_tune import board, controls, racing
from vizlib.ui.shared import live
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "Fine-tune it",
    markdown=(
        "A trained network is a good start for other pictures. Only its last layer can be trained, or more of it, or "
        "all, which is called *fine-tuning*. Watch the ways side by side, each measured on pictures that were held "
        "out, and beside the same network that starts from random weights."
    ),
    picture=False,
)

with guard():
    asked = controls.choose(here.model)
    about(asked.plans[0].pictures.name)
    live.status()
    with st.container(), guard():
        if asked.view == controls.BOARD:
            board.run(here, asked.plans)
        else:
            racing.run(here, asked.plans[0])
