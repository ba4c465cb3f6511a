"""How stable is the answer? An original and its fooling image, disturbed, averaged and mapped."""

import streamlit as st

from vizlib.ui.shared import live
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.shared.words import short
from vizlib.ui.thin_ice import decision_map, mild_views, other_networks, pair, shaking, under_attack

_EXPERIMENTS = {
    "Shake": shaking.sweep,
    "Survival": mild_views.survival,
    "Average": mild_views.average,
    "Decision map": decision_map.draw,
    "Other networks": other_networks.draw,
}

here = chosen()
head(
    "How stable is the answer?",
    markdown=(
        "The class of an ordinary picture usually survives small disturbances; the class of a fooling image often does "
        "not. Here the original, its fooling image and a control are disturbed in the same way."
    ),
)


def _disturb() -> None:
    with st.container(gap="xsmall"):
        kind, name = pair.choose(list(_EXPERIMENTS), under_attack.NAME)
        if name != under_attack.NAME:
            find, show = pair.ask(here, kind), _EXPERIMENTS[name](here)
    if name == under_attack.NAME:
        about(name)
        under_attack.draw(here)
        return
    live.status()
    files = find()
    if files is not None:
        about(short(here.model.class_names[files.target]))
        with guard():
            show(files)


with guard():
    if has_classes(here.model):
        _disturb()
