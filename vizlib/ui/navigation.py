"""The menu: its sections and the pages in them."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def navigation() -> StreamlitPage:
    """Draws the menu; returns the page that the visitor opened."""
    return st.navigation(
        {
            "Look inside": [
                _page("saliency", "Which pixels matter?", "center_focus_strong", default=True),
                _page("layers", "What does each layer see?", "layers"),
                _page("class_picture", "What does a class look like?", "auto_awesome"),
                _page("filters", "What does a filter look for?", "grid_view"),
                _page("what_changed", "What did training change?", "compare"),
                _page("zoo", "Zoo", "photo_library"),
            ],
            "Teach it": [
                _page("linear_probe", "What can it do for my pictures?", "school"),
                _page("fine_tune", "Fine-tune it", "model_training"),
                _page("two_domains", "Two domains", "join_inner"),
                _page("pictures_out_of_noise", "Pictures out of noise", "grain"),
                _page("runs", "Runs", "bookmarks"),
            ],
            "Put it to the test": [
                _page("fooling", "What fools it?", "theater_comedy"),
                _page("thin_ice", "How stable is the answer?", "ac_unit"),
                _page("any_file", "What is in this file?", "upload_file"),
            ],
            "About": [_page("about", "This installation", "info")],
        },
        expanded=True,  # or else the last pages are behind a button
    )


def _page(name: str, title: str, icon: str, default: bool = False) -> StreamlitPage:
    """A page whose address is the name of its file, which must not change; the title may."""
    return st.Page(f"pages/{name}.py", title=title, icon=f":material/{icon}:", default=default)
