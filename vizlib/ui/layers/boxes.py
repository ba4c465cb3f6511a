"""The controls of the layers page that several views have: the channel's number, how tiles are drawn, and pages."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain


def channel(count: int, name: str = "Channel") -> int:
    """Draws the box for the number of the channel, or of the filter that computes it; returns it."""
    if st.session_state.get("channel", 0) >= count:
        st.session_state["channel"] = 0
    return int(linked().number_input(plain(name), 0, count - 1, key="channel", width=130))


def settings() -> Any:
    """A place for what is rarely changed."""
    return st.popover("Settings", icon=":material/tune:")


def page(count: int, most: int, key: str) -> slice:
    """Draws the choice of a page if there are more than `most` tiles; returns which of them are shown."""
    pages = -(-count // most)
    number = linked().pagination(pages, key=key) if pages > 1 else 1
    return slice((number - 1) * most, number * most)


def tile(count: int) -> int:
    """Pixels per tile: the more tiles there are, the smaller they are sent."""
    return 128 if count <= 32 else 96 if count <= 64 else 64


def pick(number: int) -> None:
    """Chooses the channel whose tile was clicked."""
    st.session_state["channel"] = number
