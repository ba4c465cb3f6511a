"""What a screen reader and a keyboard need and Streamlit's pages lack: news of the runs, the focus, names and roles.

It shows nothing. Its script mends the page that Streamlit has drawn, now and whenever the page changes.
"""

from __future__ import annotations

import streamlit as st

from vizlib.ui.widgets.front_end import component

_component = component("access")


def access() -> None:
    """Mends the whole page. app.py's style calls it once per script run."""
    with st.container(key="access"):
        _component(key="access widget")
