"""A probe as a network of this visitor's: the frozen body with the linear classifier in place of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from vizlib import load_model
from vizlib.models import Classifier
from vizlib.training import Probe
from vizlib.ui.linear_probe.fitted import Fitted
from vizlib.ui.shared import reset, trained
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_ONWARD = {  # the pages that look at the network, with their symbols
    "saliency": ("Which pixels matter to it?", "center_focus_strong"),
    "class_picture": ("Its classes", "auto_awesome"),
    "fooling": ("What fools it?", "theater_comedy"),
}


def draw(here: Chosen, fitted: Fitted) -> None:
    """Draws the button that makes the classifier a network, or the ways on with it."""
    if here.model.name.startswith(trained.PREFIX):  # its body would have to be kept with it
        return
    network = _network(here, fitted)
    with st.container(horizontal=True, key=f"next {fitted.key}"):
        if trained.find(network.name) is None:
            st.button(
                "Take it as a network", key=f"take {fitted.key}", on_click=trained.add, args=(network,),
                icon=":material/model_training:", help="It stands in the sidebar's box then; every page can open it.",
            )  # fmt: skip
            return
        st.markdown(f"**{plain(network.name)}** is in the sidebar's box of networks. Every page can open it:")
        for page, (label, icon) in _ONWARD.items():
            st.button(
                plain(label), key=f"open {page} {fitted.key}", icon=f":material/{icon}:", on_click=trained.open_on,
                args=(network.name, page),
            )  # fmt: skip


def _network(here: Chosen, fitted: Fitted) -> trained.Trained:
    probe, private = fitted.probe, fitted.data.private
    layer, data = probe.layers[0], "own" if private else fitted.data.name
    name = trained.name_of([here.name, layer, data], fitted.recipe)
    about = f"Made here: a linear classifier on {layer} of {here.model.name}, which learned {fitted.data.name}."
    again: Any = {} if private else {"network": here.model.name, **reset.controls()}
    return trained.Trained(
        name, fitted.recipe, about, partial(opened, probe, here.model.name, name), {}, here.model.name, "linear_probe",
        again, {} if private else _link(here), private,
    )  # fmt: skip


def opened(probe: Probe, source: str, name: str, device: str) -> Classifier:
    """The network on a device."""
    found = probe.model(probe.layers[0], body=load_model(source, device=device))
    found.name = name
    return found


def _link(here: Chosen) -> dict[str, list[str]]:
    """The query of this page as it stands, which makes the network again."""
    mine = [key for key in st.query_params if key.startswith(("probe_", "beside_"))]
    return {key: st.query_params.get_all(key) for key in mine} | {"network": [here.model.name], "run": ["1"]}
