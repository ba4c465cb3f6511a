"""What did training change? Two networks of one architecture, before and after, layer by layer and unit by unit."""

import streamlit as st

from vizlib.ui.shared import live, picture_set
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.what_changed import answers_view, class_view, layers_view, looks_view, saliency_view, twins, units_view

_VIEWS = {
    "Layers": layers_view.ask,
    "Units": units_view.ask,
    "Class picture": class_view.ask,
    "Saliency": saliency_view.ask,
    "Answers": answers_view.ask,
    "Where it looks": looks_view.ask,
}

here = chosen()
head(
    "What did training change?",
    markdown=(
        "A network before and after a training: how far the weights and the features of each layer moved, which units "
        "look for something else, which pixels count now, and which classes were forgotten."
    ),
)

with guard():
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            other = twins.choose(here)
            files = st.container()
            pictures = picture_set.choose("wc_", "Pictures", twins.usual_pictures(here), (1, 16), files=files)
            twins.offer_story(here)
        view = twins.choose_view(list(_VIEWS))
        which = st.empty()
        show = _VIEWS[view](here)
    live.status()
    about(view)
    pair = twins.find(here, other, which)
    if pair is not None and pictures is not None:
        with guard():
            show(pair, pictures)
