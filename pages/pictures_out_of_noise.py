"""How do pictures come out of noise? A generator and a discriminator are trained against each other."""

import streamlit as st

from vizlib.ui.pictures_out_of_noise import controls, training
from vizlib.ui.shared import live
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "Pictures out of noise",
    markdown=(
        "The *generator* turns random numbers into pictures; the *discriminator* learns to tell them from real ones, "
        "and its gradient is all that the generator learns from. Watch forty pictures form, and three ways to fail."
    ),
    picture=False,
)

with guard():
    plan = controls.choose()
    about(plan.pictures.name)
    live.status()
    with st.container(), guard():
        training.run(here, plan)
