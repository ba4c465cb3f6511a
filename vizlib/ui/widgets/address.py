"""The address of what a page shows: one entry in the browser's history for each page, and a button that copies it."""

from __future__ import annotations

from vizlib.ui.widgets.front_end import component

_component = component("address")


def copy_link(instead: str = "") -> None:
    """Draws the button. While it is on the page, it also keeps the browser's history tidy.

    instead: the address to copy, seen from this page; "" copies the page's own.
    """
    _component(key="address", width="content", data={"instead": instead})
