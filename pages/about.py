"""About this installation: device, memory, versions, runs, and the store."""

import streamlit as st

from vizlib.ui import about
from vizlib.ui.bench import bench
from vizlib.ui.guard import guard

bench()  # a link straight to this page needs the sidebar too
st.title("About this installation")
st.markdown("What the dashboard runs on, what it holds for all its visitors, and what its operator allows.")

with guard():
    about.draw()
