"""How thin is the ice? The place where a fooled picture lies, shaken, averaged, mapped."""

import streamlit as st

from vizlib.ui import ice_map, ice_others, ice_pair, ice_shake
from vizlib.ui.bench import bench
from vizlib.ui.guard import guard

_VIEWS = {
    "Shake": ice_shake.sweep,
    "Survival": ice_shake.survival,
    "Average": ice_shake.average,
    "Decision map": ice_map.draw,
    "Other networks": ice_others.draw,
}

here = bench()
st.title("How thin is the ice?")
st.markdown(
    "A fooled picture lies where no photograph lies: a step to the side, and the network changes its mind again. "
    "Here the original, its fooled twin and a control are shaken in the same way."
)

with guard():
    pair = ice_pair.choose(here)
    if pair is not None:
        ice_pair.draw(here, pair)
        view = st.segmented_control(
            "Experiment", list(_VIEWS), default="Shake", required=True, key="ice", bind="query-params"
        )
        with guard():
            _VIEWS[str(view)](here, pair)
