"""Every kind of element that shows Markdown, with names that strangers gave."""

from __future__ import annotations

import numpy as np
import streamlit as st

from tests.names import NAMES
from vizlib.ui.shared import charts, show
from vizlib.ui.shared.words import plain

for name in NAMES:
    st.markdown(f"{plain(name)}")
    st.markdown(f"In **{plain(name)}**: here")
    st.caption(f"{plain(name)}")
    st.subheader(f"{plain(name)}")
    st.error(f"**{plain(name)}**  \n{plain(name)}")
    st.metric(f"{plain(name)}", "1")
    st.download_button(f"{plain(name)}", "data", key=name)
    st.checkbox(f"{plain(name)}", key=f"box {name}", help=f"{plain(name)}")
    st.progress(0.5, f"{plain(name)} ...")
    show.figure(np.zeros((8, 8, 3), np.uint8), name)
show.table(["name", *NAMES], [[name, *NAMES] for name in NAMES])
charts.bars([charts.Bar(name, 1.0, name) for name in NAMES], "axis", "bars")
