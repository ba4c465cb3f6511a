"""What fools it? A file that looks unchanged to a person and gets another class from the network."""

import streamlit as st

from vizlib.ui.fooling import attack, controls, fooled, request, walk
from vizlib.ui.shared import live
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "What fools it?",
    markdown=(
        "Change the picture too little for anybody to see, but so that the score of another class rises. Soon the "
        "network is certain of that class. What counts is the **saved file**, which is opened and classified again."
    ),
)

with guard():
    asked = request.ask(here) if has_classes(here.model) else None
    live.status()
    result = attack.run(here, asked) if asked is not None else None
    if asked is not None and result is not None:
        fooled.verdict(here.model, result)
        fooled.milestones(result)
        fooled.comparison(here, result)
        fooled.save_files(result, asked.name)
        with st.container(horizontal=True):
            st.page_link("pages/thin_ice.py", label="How stable is this answer?", query_params=request.onward())
            st.page_link("pages/any_file.py", label="What do other networks say to the saved file?")
    if result is not None and result.change.any():
        st.header("How little does it take?")
        with guard():
            walk.draw(here, result)
        with guard():
            controls.controls(here, result)
        with guard():
            controls.saliency_of_both(here, result)
