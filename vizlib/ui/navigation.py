"""The menu: its sections and the pages in them."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_FIRST: Final = "saliency"  # the page that opens without a name in the address
_SECTIONS: Final = {
    "Look inside": [
        ("saliency", "Which pixels matter?", "center_focus_strong"),
        ("layers", "What does each layer see?", "layers"),
        ("class_picture", "What does a class look like?", "auto_awesome"),
        ("filters", "What does a filter look for?", "grid_view"),
        ("what_changed", "What did training change?", "compare"),
    ],
    "Teach it": [
        ("linear_probe", "What can it do for my pictures?", "school"),
        ("fine_tune", "Fine-tune it", "model_training"),
        ("two_domains", "Two domains", "join_inner"),
        ("pictures_out_of_noise", "Pictures out of noise", "grain"),
        ("runs", "Runs", "bookmarks"),
    ],
    "Put it to the test": [
        ("fooling", "What fools it?", "theater_comedy"),
        ("thin_ice", "How stable is the answer?", "ac_unit"),
        ("believe", "Can a map be believed?", "fact_check"),
        ("any_file", "What is in this file?", "upload_file"),
    ],
    "Show it": [
        ("exercises", "Exercises of known courses", "assignment"),
        ("zoo", "Zoo", "photo_library"),
        ("lecture", "My lecture", "co_present"),
        ("about", "This installation", "info"),
    ],
}
TITLES: Final = {name: title for pages in _SECTIONS.values() for name, title, _ in pages}
LECTURE: Final = "lecture"
_BELOW: Final = (LECTURE, "about")  # not in the menu: the sidebar leads to them, and the menu fits on 720 px


def navigation() -> StreamlitPage:
    """Draws the menu; returns the page that the visitor opened."""
    sections = {section: [_page(*each) for each in pages] for section, pages in _SECTIONS.items()}
    st.set_option("client.showSidebarNavigation", True)  # the settings hide the names of files until now
    return st.navigation(sections, expanded=True)  # or else the last pages are behind a button


def name_of(page: StreamlitPage) -> str:
    """The name of a page's file."""
    return page.url_path or _FIRST


def _page(name: str, title: str, icon: str) -> StreamlitPage:
    """A page whose address is the name of its file, which must not change; the title may."""
    return st.Page(
        f"pages/{name}.py",
        title=title,
        icon=f":material/{icon}:",
        default=name == _FIRST,
        visibility="hidden" if name in _BELOW else "visible",
    )
