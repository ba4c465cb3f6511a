"""What does a filter look for? The atlas of a layer, and the card of each of its units."""

from functools import partial

import streamlit as st

from vizlib.ui.filters import atlas, channel_box, unit_card
from vizlib.ui.shared import layer_choice, twin
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import chosen

_VIEWS = ["Atlas", "One unit"]

here = chosen()
head(
    "What does a filter look for?",
    markdown=(
        "Each channel of a layer looks for the same pattern at every place. To see the pattern, a picture is changed "
        "step by step, from noise, until the channel is as active as possible. Click a tile to open the card of that "
        "channel."
    ),
)

with guard():
    above, row = layer_choice.frame()
    with row:
        layer = layer_choice.choose(here.model, layer_choice.middle_block, above)
        view = linked().segmented_control("View", _VIEWS, default=_VIEWS[0], required=True, key="show")
        number = channel_box.draw(here.model, layer)
        settings = st.popover("Settings", icon=":material/tune:")
    about(layer.path if view == "Atlas" else f"{layer.path}, channel {number}")
    if view == "Atlas":
        with settings:
            asked = atlas.choose(layer)
        atlas.draw(here, layer, asked, number, partial(twin.choose, here))
    else:
        with settings:
            steps, seed = unit_card.choose()
        unit_card.draw(here, layer, number, steps, seed, partial(twin.choose, here))
