"""What does a network see in this file? For fooling images that somebody saved, and for any other picture."""

import streamlit as st

from vizlib.ui import any_file
from vizlib.ui.bench import bench
from vizlib.ui.guard import guard

here = bench()
st.title("What does a network see in this file?")
st.markdown(
    "The other direction: drop a file, a fooling image for example, and every network at hand opens it afresh, "
    "resizes and crops it in its own way, and answers."
)

with guard():
    file = any_file.ask(here)
    if file is not None:
        any_file.about(here, file)
        any_file.answers(here, file)
