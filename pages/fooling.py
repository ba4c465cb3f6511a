"""What fools it? A picture that looks the same to a person and is another class to the network, as a file."""

import streamlit as st

from vizlib.ui import fool_beside, fool_stage, fool_walk, fool_wish, fooled
from vizlib.ui.bench import bench
from vizlib.ui.guard import guard

here = bench()
st.title("What fools it?")
st.markdown(
    "Change the picture so little that nobody sees it, always so that the score of a class of your choice rises: soon "
    "the network is sure of that class. What counts is the **saved file**, opened and classified afresh."
)

with guard():
    wish = fool_wish.ask(here)
    result = fool_stage.run(here, wish)
    if result is not None:
        fooled.verdict(here.model, result)
        fooled.milestones(result)
        fooled.triple(here, result)
        fooled.save(result, wish.name)
        with st.container(horizontal=True):
            st.page_link("pages/thin_ice.py", label="How thin is the ice under it?", query_params=fool_wish.onward())
            st.page_link("pages/any_file.py", label="Drop the saved file and see what networks say")
    if result is not None and result.change.any():
        st.subheader("How little does it take?")
        with guard():
            fool_walk.draw(here, result)
        with guard():
            fool_beside.controls(here, result)
        with guard():
            fool_beside.saliency_of_both(here, result)
