"""The architecture strip: every layer a block, from the picture to the logits; click one to choose it.

A block's height stands for the side of the map and its width for the number of channels, both on a logarithmic scale;
its color is the kind of layer. Brackets under the blocks name the stages. A long network is drawn narrower until it
fits, and scrolls when it cannot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from vizlib.records import Layer
from vizlib.ui.widgets.front_end import component

KINDS = ("stage", "block", "convolution", "linear", "attention", "pooling", "normalization", "activation")

_component = component("layer_strip")


@dataclass(frozen=True)
class Look:
    """How the strip is drawn."""

    colors: Mapping[str, str]  # of each kind of layer, as "#rrggbb"
    stages: Sequence[str] = ()  # paths whose layers are bracketed and named under the strip


def strip(layers: Sequence[Layer], selected: str, look: Look, key: str, pick: Callable[[str], None]) -> None:
    """Shows the layers in running order with `selected` marked; calls `pick` with the path that is clicked."""
    side = max(max(layer.shape[1:]) for layer in layers)
    rows = [_row(layer, side, look.colors[layer.kind]) for layer in layers]
    data = {"layers": rows, "selected": selected, "stages": spans([layer.path for layer in layers], look.stages)}

    def picked() -> None:
        pick(str(st.session_state[key]["picked"]))

    _component(data=data, words=f"The layers of the network, {selected} marked", key=key, on_picked_change=picked)


def spans(paths: Sequence[str], stages: Sequence[str]) -> list[tuple[int, int, str]]:
    """The first and the last layer of each stage, by number, and its path. Stages without layers are left out."""
    found = {each: [at for at, path in enumerate(paths) if f"{path}.".startswith(f"{each}.")] for each in stages}
    return [(numbers[0], numbers[-1], each) for each, numbers in found.items() if numbers]


def _row(layer: Layer, side: int, color: str) -> dict[str, object]:
    share = math.log2(1 + max(layer.shape[1:])) / math.log2(1 + side)
    return {
        "path": layer.path,
        "text": describe(layer),
        "color": color,
        "height": round(8 + 38 * share),
        "width": round(5 + 2.2 * math.log2(1 + layer.shape[0])),
    }


def describe(layer: Layer) -> str:
    """ "layer3.1.conv2 · convolution · 64 channels of 8 x 8 · 3 x 3, stride 1"."""
    channels, height, width = layer.shape
    size = f"{channels} channels of {width} x {height}" if layer.spatial else f"{channels} numbers"
    return " · ".join(filter(None, (layer.path, layer.kind, size, layer.detail)))
