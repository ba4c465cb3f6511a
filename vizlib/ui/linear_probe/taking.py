"""A probe as a network of this visitor's: the frozen body with the linear classifier in place of its own."""

from __future__ import annotations

from functools import partial

import streamlit as st

from vizlib import load_model
from vizlib.models import Classifier
from vizlib.training import Probe
from vizlib.ui.linear_probe.fitted import Fitted
from vizlib.ui.shared import taken, trained
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_ONWARD = ("saliency", "class_picture", "fooling")  # the pages that look at the network


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
        taken.onward(network.name, _ONWARD, fitted.key)


def _network(here: Chosen, fitted: Fitted) -> trained.Trained:
    probe, private = fitted.probe, fitted.data.private
    layer, data = probe.layers[0], "own" if private else fitted.data.name
    name = trained.name_of([here.name, layer, data], fitted.recipe)
    about = f"Made here: a linear classifier on {layer} of {here.model.name}, which learned {fitted.data.name}."
    again = {} if private else taken.controls(here.model.name)
    return trained.Trained(
        name, fitted.recipe, about, partial(opened, probe, here.model.name, name), {}, here.model.name, "linear_probe",
        again, {} if private else taken.link(here.model.name, "probe_", "beside_"), private,
    )  # fmt: skip


def opened(probe: Probe, source: str, name: str, device: str) -> Classifier:
    """The network on a device."""
    found = probe.model(probe.layers[0], body=load_model(source, device=device))
    found.name = name
    return found
