"""The architecture strip: every layer a block, from the picture to the logits; click one to choose it.

A block's height stands for the side of the map and its width for the number of channels, both on a logarithmic scale;
its color is the kind of layer. A long network is drawn narrower until it fits, and scrolls when it cannot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st

from vizlib.records import Layer
from vizlib.ui.widgets.front_end import component

COLORS = {
    "stage": "#b8500c",
    "block": "#d9822b",
    "convolution": "#3d7fb8",
    "linear": "#2b7a3d",
    "attention": "#8a3b93",
    "pooling": "#0f7680",
    "normalization": "#7d8590",
    "activation": "#b3344f",
}

_component = component("layer_strip")


def strip(layers: Sequence[Layer], selected: str, key: str, pick: Callable[[str], None]) -> None:
    """Shows the layers in running order with `selected` marked; calls `pick` with the path that is clicked."""
    side = max(max(layer.shape[1:]) for layer in layers)
    rows = [_row(layer, side) for layer in layers]

    def picked() -> None:
        pick(str(st.session_state[key]["picked"]))

    _component(data={"layers": rows, "selected": selected}, key=key, on_picked_change=picked)


def _row(layer: Layer, side: int) -> dict[str, object]:
    share = math.log2(1 + max(layer.shape[1:])) / math.log2(1 + side)
    return {
        "path": layer.path,
        "text": describe(layer),
        "color": COLORS.get(layer.kind, "#7d8590"),
        "height": round(14 + 96 * share),
        "width": round(5 + 2.2 * math.log2(1 + layer.shape[0])),
    }


def describe(layer: Layer) -> str:
    """ "layer3.1.conv2 · convolution · 64 channels of 8 x 8 · 3 x 3, stride 1"."""
    channels, height, width = layer.shape
    size = f"{channels} channels of {width} x {height}" if layer.spatial else f"{channels} numbers"
    return " · ".join(filter(None, (layer.path, layer.kind, size, layer.detail)))
