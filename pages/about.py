"""This installation: device, memory, versions, runs, and the store."""

import streamlit as st

from vizlib.ui.about import installation
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import chosen

chosen()  # a link may open this page before app.py has drawn the sidebar
st.title("This installation")
st.markdown("What the dashboard runs on, what it holds for all visitors, and what its operator allows.")

with guard():
    installation.draw()
