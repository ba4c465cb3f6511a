"""Tells the server when the browser has shown all controls of a page. It shows nothing itself."""

from __future__ import annotations

from collections.abc import Callable

from vizlib.ui.widgets.front_end import component

_component = component("shown")


def tell(shown: Callable[[], None]) -> None:
    """Has the browser tell: `shown` is called, and the script runs again."""
    _component(key="shown widget", on_shown_change=shown)
