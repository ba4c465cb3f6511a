"""What do this layer's filters like? The atlas of a layer, and the card of each unit."""

import streamlit as st

from vizlib.ui.filters import atlas, unit_card
from vizlib.ui.shared import layer_choice
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import bench

_VIEWS = ["Atlas", "One unit"]

here = bench()
st.title("What do this layer's filters like?")
st.markdown(
    "Each channel of a layer is a detector, the same at every place. To see what it looks for, a picture is changed "
    "step by step, from noise, until the channel answers as strongly as it can. Click a tile for one detector's card."
)

with guard():
    layer = layer_choice.choose(here.model, layer_choice.middle_block)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control("View", _VIEWS, default=_VIEWS[0], required=True, key="show", bind="query-params")
        number = unit_card.channel_box(layer)
    if view == "Atlas":
        atlas.draw(here, layer, atlas.choose(layer), number)
    else:
        unit_card.draw(here, layer, number)
