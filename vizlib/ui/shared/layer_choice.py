"""Choosing a layer: the architecture strip, and a search box under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.records import Layer
from vizlib.ui.widgets.layer_strip import COLORS, strip
from vizlib.ui.shared.links import linked

_USUAL = ("stage", "block", "convolution")


def choose(model: Classifier, usual: Callable[[Sequence[Layer]], int], spatial: bool = False) -> Layer:
    """Draws the strip and the boxes; returns the layer. `usual` gives the number of the layer chosen at first."""
    catalogue = [each for each in list_layers(model) if each.spatial or not spatial]
    present = [kind for kind in COLORS if any(layer.kind == kind for layer in catalogue)]
    above = st.container()
    kinds = linked().pills(
        "Kinds of layers",
        present,
        selection_mode="multi",
        default=[kind for kind in _USUAL if kind in present] or present,
        key="kinds",
        )
    layers = [layer for layer in catalogue if layer.kind in kinds] or catalogue
    by_path = {layer.path: layer for layer in layers}
    path = linked().selectbox("Layer", list(by_path), usual(layers), key="layer", help="Type to search.")
    with above:
        strip(layers, path, "strip", _pick)
    return by_path[path]


def _pick(path: str) -> None:
    """Chooses the layer that was clicked on the strip."""
    st.session_state["layer"] = path


def first_block(layers: Sequence[Layer]) -> int:
    """The number of the first stage or block."""
    return next((i for i, layer in enumerate(layers) if layer.kind in ("stage", "block")), 0)


def middle_block(layers: Sequence[Layer]) -> int:
    """The number of a middle stage or block, whose units look for more than edges and less than classes."""
    blocks = [i for i, layer in enumerate(layers) if layer.kind in ("stage", "block")] or list(range(len(layers)))
    return blocks[(2 * len(blocks)) // 5]
