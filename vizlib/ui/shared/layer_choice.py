"""Choosing a layer: the architecture strip with its key, and a search box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.records import Layer
from vizlib.render import page_colors
from vizlib.ui.shared import show
from vizlib.ui.shared.links import linked
from vizlib.ui.widgets.layer_strip import KINDS, Look, strip

USUAL = ("stage", "block", "convolution")  # kinds of layers that are on at first
_SERIES = (6, 4, 0, 2, 3, 5, 7, 1)  # the color of each of KINDS, among those of the page


def frame() -> tuple[Any, Any]:
    """The place for the strip with its key, and under it the row for a page's boxes. They are kept low together."""
    with st.container(gap="xsmall"):
        return st.container(gap="xsmall"), st.container(horizontal=True, vertical_alignment="bottom")


def choose(model: Classifier, usual: Callable[[Sequence[Layer]], int], above: Any, spatial: bool = False) -> Layer:
    """Draws the search box here, and the strip with its key into the place `above`; returns the layer.

    `usual` gives the number of the layer that is chosen at first.
    """
    catalogue = [each for each in list_layers(model) if each.spatial or not spatial]
    colors = _colors()
    with above:
        place = st.container()
        kinds = _choose_kinds([kind for kind in KINDS if any(layer.kind == kind for layer in catalogue)], colors)
    layers = [layer for layer in catalogue if layer.kind in kinds] or catalogue
    by_path = {layer.path: layer for layer in layers}
    path = linked().selectbox("Layer", list(by_path), usual(layers), key="layer", width=180)
    with place:
        stages = [layer.path for layer in catalogue if layer.kind == "stage"]
        strip(layers, path, Look(colors, stages), "strip", _pick)
    return by_path[path]


def _colors() -> dict[str, str]:
    series = page_colors(show.dark()).series
    return {kind: series[number] for kind, number in zip(KINDS, _SERIES, strict=True)}


def _choose_kinds(present: Sequence[str], colors: dict[str, str]) -> list[str]:
    """Draws the key of the strip, a button for each kind of layer; returns the kinds that are on."""
    dots = [
        f".st-key-kinds button:nth-of-type({number})::before {{ background: {colors[kind]}; }}"
        for number, kind in enumerate(present, 1)
    ]
    st.html(f"<style>{' '.join(dots)}</style>")
    usual = [kind for kind in USUAL if kind in present] or list(present)
    return linked().pills(
        "Kinds of layers",
        list(present),
        selection_mode="multi",
        default=usual,
        key="kinds",
        label_visibility="collapsed",
    )


def kinds() -> list[str]:
    """The kinds of layers that are on, after `choose` has drawn them."""
    return list(st.session_state.get("kinds") or [])


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
