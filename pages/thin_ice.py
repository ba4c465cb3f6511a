"""How thin is the ice? The place where a fooled picture lies, shaken, averaged, mapped."""

import streamlit as st

from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import bench
from vizlib.ui.thin_ice import decision_map, other_networks, pair, shaking

_VIEWS = {
    "Shake": shaking.sweep,
    "Survival": shaking.survival,
    "Average": shaking.average,
    "Decision map": decision_map.draw,
    "Other networks": other_networks.draw,
}

here = bench()
st.title("How thin is the ice?")
st.markdown(
    "A fooled picture lies where no photograph lies: a step to the side, and the network changes its mind again. "
    "Here the original, its fooled twin and a control are shaken in the same way."
)

with guard():
    chosen = pair.choose(here)
    if chosen is not None:
        pair.draw(here, chosen)
        view = st.segmented_control(
            "Experiment", list(_VIEWS), default="Shake", required=True, key="ice", bind="query-params"
        )
        with guard():
            _VIEWS[str(view)](here, chosen)
