"""Keeps a visitor's token in a cookie of the browser, so that the server knows its visitor again after a reload.

It shows nothing.
"""

from __future__ import annotations

from vizlib.ui.widgets.front_end import component

_component = component("visitor")


def remember(cookie: str, token: str) -> str | None:
    """Writes the token, unless the browser has another one already: then that one is returned."""
    known = _component(key="visitor widget", data={"cookie": cookie, "token": token}, on_known_change=_noted).known
    return None if known is None else str(known)


def _noted() -> None:
    """Streamlit tells only of values that have a callback."""
