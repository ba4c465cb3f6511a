"""What does a network see in this file? For fooling images that somebody saved, and for any other picture."""

import streamlit as st

from vizlib.ui.any_file import answers
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import bench

here = bench()
st.title("What does a network see in this file?")
st.markdown(
    "The other direction: drop a file, a fooling image for example, and every network at hand opens it afresh, "
    "resizes and crops it in its own way, and answers."
)

with guard():
    file = answers.ask(here)
    if file is not None:
        answers.about(here, file)
        answers.answers(here, file)
