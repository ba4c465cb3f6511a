"""Can a map be believed? Saliency maps are examined by scrambled weights, by deletion, and against the known truth."""

import streamlit as st

from vizlib.ui.believe import many, removed, scrambled, truth
from vizlib.ui.believe.asked import MANY, REMOVED, SCRAMBLED, TRUTH, ask
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen

_VIEWS = {SCRAMBLED: scrambled.draw, REMOVED: removed.draw, TRUTH: truth.draw, MANY: many.draw}

here = chosen()
head(
    "Can a map be believed?",
    markdown=(
        "Saliency maps disagree, and each looks convincing. Here every map is examined: does it change when the "
        "network forgets what it learned, does the answer fall without its pixels, and does it show what is known to "
        "matter?"
    ),
)

with guard():
    if has_classes(here.model):
        examination, examined = ask(here)
        about(examined.name or examination)
        if examined.methods:
            _VIEWS[examination](here, examined)
        else:
            st.info("Choose at least one method above.")
