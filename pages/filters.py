"""What does a filter look for? The atlas of a layer, and the card of each of its units."""

import streamlit as st

from vizlib.ui.filters import atlas, unit_card
from vizlib.ui.shared import layer_choice
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import chosen

_VIEWS = ["Atlas", "One unit"]

here = chosen()
head(
    "What does a filter look for?",
    markdown=(
        "Each channel of a layer is a unit: one filter that looks for the same pattern at every place. To see the "
        "pattern, a picture is changed step by step, from noise, until the unit is as active as possible. Click a tile "
        "to open the card of that unit."
    ),
)

with guard():
    layer = layer_choice.choose(here.model, layer_choice.middle_block)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = linked().segmented_control("View", _VIEWS, default=_VIEWS[0], required=True, key="show")
        number = unit_card.channel_box(layer)
    about(layer.path if view == "Atlas" else f"{layer.path}, channel {number}")
    if view == "Atlas":
        atlas.draw(here, layer, atlas.choose(layer), number)
    else:
        unit_card.draw(here, layer, number)
