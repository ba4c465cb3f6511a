"""About this installation: device, memory, versions, runs, and the store."""

import streamlit as st

from vizlib.ui.about import installation
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import bench

bench()  # a link straight to this page needs the sidebar too
st.title("About this installation")
st.markdown("What the dashboard runs on, what it holds for all its visitors, and what its operator allows.")

with guard():
    installation.draw()
