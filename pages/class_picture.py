"""What is this class to the network? A picture that the network takes for nothing else, made before one's eyes."""

import streamlit as st

from vizlib.ui.class_picture import lab, optimization
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import bench

here = bench()
st.title("What is this class to the network?")
st.markdown(
    "Start from noise and change every pixel a little, always so that the class's score rises: after some hundred "
    "steps the picture shows what the network looks for. It shows that and no more: what is missing in the picture, "
    "the network does not need."
)

with guard():
    wish = optimization.ask(here.model)
    picture, below = st.container(), st.container()
    with below:  # before the run, so that the lab is there while the picture forms
        plan = lab.ask(wish)
        sheet = st.container()
    with picture, guard():
        optimization.run(here, wish)
    with sheet, guard():
        lab.run(here, plan)
