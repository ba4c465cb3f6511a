"""What fools it? A picture that looks the same to a person and is another class to the network, as a file."""

import streamlit as st

from vizlib.ui.fooling import attack, controls, fooled, request, walk
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import bench

here = bench()
st.title("What fools it?")
st.markdown(
    "Change the picture so little that nobody sees it, always so that the score of a class of your choice rises: soon "
    "the network is sure of that class. What counts is the **saved file**, opened and classified afresh."
)

with guard():
    wish = request.ask(here)
    result = attack.run(here, wish)
    if result is not None:
        fooled.verdict(here.model, result)
        fooled.milestones(result)
        fooled.triple(here, result)
        fooled.save(result, wish.name)
        with st.container(horizontal=True):
            st.page_link("pages/thin_ice.py", label="How thin is the ice under it?", query_params=request.onward())
            st.page_link("pages/any_file.py", label="Drop the saved file and see what networks say")
    if result is not None and result.change.any():
        st.subheader("How little does it take?")
        with guard():
            walk.draw(here, result)
        with guard():
            controls.controls(here, result)
        with guard():
            controls.saliency_of_both(here, result)
