"""What pages about classes say of a backbone, which has none, and where they send the visitor instead."""

from __future__ import annotations

import streamlit as st

from vizlib.models import Classifier

NO_CLASSES = "This network is a backbone without a classifier, so it has no classes."


def has_classes(model: Classifier) -> bool:
    """Whether the network has classes. If not, draws what this part of the page needs, and links to what works."""
    if model.has_classes:
        return True
    st.info(
        f"**{NO_CLASSES}**  \nThis part of Filterscope asks about a class. Choose a network with a classifier in the "
        "sidebar, or look at the units inside this one:",
        icon=":material/info:",
    )
    with st.container(horizontal=True):
        st.page_link("pages/filters.py", label="What does a filter look for?")
        st.page_link("pages/layers.py", label="What does each layer see?")
        st.page_link("pages/saliency.py", label="Which pixels matter to a unit?")
    return False
