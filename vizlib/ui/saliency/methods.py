"""Which methods draw a map, with which settings, and how the maps are drawn."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vizlib.layers import last_maps, list_layers
from vizlib.method import Method
from vizlib.models import Classifier
from vizlib.saliency import MENU
from vizlib.ui.saliency.maps import View
from vizlib.ui.shared import knobs
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain

Settings = dict[str, dict[str, Any]]  # by method: its `knobs` and its `layer`


def choose(model: Classifier) -> tuple[list[str], Settings, View]:
    """Draws the controls; returns the keys of the chosen methods, their settings, and how their maps are drawn."""
    keys = linked().pills(
        "Methods",
        [method.key for method in MENU],
        selection_mode="multi",
        default=["guided", "grad_cam"],
        format_func=lambda key: MENU[key].label,
        key="methods",
    )
    settings: Settings = {}
    with st.expander("Method settings and colors", icon=":material/tune:"):
        left, right = st.columns(2)
        strength = linked(left).slider("Strength of the map over the picture", 0.0, 1.0, 0.75, 0.05, key="strength")
        shared = linked(right).toggle("One scale for all maps", key="shared")
        for method in (MENU[key] for key in keys):
            with st.container(border=True), guard():
                settings[method.key] = _settings(model, method)
    return keys, settings, View(strength, shared)


def _settings(model: Classifier, method: Method) -> dict[str, Any]:
    st.markdown(f"**{plain(method.label)}** ({plain(method.paper)}). {plain(method.idea)}")
    chosen = {"knobs": knobs.settings(method), "layer": None}
    if method.needs_layer:
        paths = [layer.path for layer in list_layers(model) if layer.spatial]
        usual = paths.index(last_maps(model).path)
        words = "By default the last maps, after their activation."
        chosen["layer"] = linked().selectbox("Layer", paths, usual, key="cam_layer", help=words)
    return chosen
