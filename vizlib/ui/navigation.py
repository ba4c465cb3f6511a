"""The pages, in the order of the menu."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def navigation() -> StreamlitPage:
    """Draws the menu; answers the page that was asked for."""
    return st.navigation(
        [
            st.Page("pages/saliency.py", title="Why this class?", icon=":material/center_focus_strong:", default=True),
            st.Page("pages/layers.py", title="What does each layer see?", icon=":material/layers:"),
            st.Page(
                "pages/class_picture.py", title="What is this class to the network?", icon=":material/auto_awesome:"
            ),
            st.Page("pages/filters.py", title="What do this layer's filters like?", icon=":material/grid_view:"),
            st.Page("pages/fooling.py", title="What fools it?", icon=":material/theater_comedy:"),
            st.Page("pages/thin_ice.py", title="How thin is the ice?", icon=":material/ac_unit:"),
            st.Page("pages/any_file.py", title="What does a network see in this file?", icon=":material/upload_file:"),
            st.Page("pages/about.py", title="About this installation", icon=":material/info:"),
        ]
    )
