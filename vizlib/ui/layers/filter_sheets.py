"""A convolution's filters on screen: all of them as tiles, and the chosen one large, with a legend of its colors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from vizlib.errors import NotShowable
from vizlib.layers import list_layers
from vizlib.records import Layer
from vizlib.render import Array, contact_sheet, enlarge, kernels, whole_filters
from vizlib.ui.layers import boxes
from vizlib.ui.shared import show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets.sheet import Tiles, sheet

_PER_PAGE = 64
_SLICES = 256  # of one filter, shown large


@dataclass(frozen=True)
class _Filters:
    """The weights of one convolution."""

    path: str
    weights: Array  # (O, I, kh, kw)
    colored: bool  # its input channels are the red, green and blue of the picture
    grouped: bool  # each filter reads only some of the layer's input channels

    @property
    def inputs(self) -> str:
        count = self.weights.shape[1]
        if self.colored:
            return "red, green and blue"
        return "one channel" if count == 1 else f"{count} of the channels" if self.grouped else f"{count} channels"


def draw(here: Chosen, layer: Layer, row: Any) -> None:
    """Draws the filters of the layer, or of the first convolution inside it."""
    filters = _found(here, layer)
    count = len(filters.weights)
    with row:
        number = boxes.channel(count, "Filter")
        with boxes.settings():
            common = linked().toggle("One scale for all maps and filters", key="one_scale")
    largest = float(np.abs(filters.weights).max()) if common else None
    left, right = st.columns([3, 2], gap="large")
    with left:
        _all(filters, number, largest)
    with right:
        _one(filters, number, largest)


def _found(here: Chosen, layer: Layer) -> _Filters:
    inside = [each for each in list_layers(here.model) if f"{each.path}.".startswith(f"{layer.path}.")]
    layer = next((each for each in inside if each.kind == "convolution"), layer)
    if layer.kind != "convolution":
        raise NotShowable(f"{layer.path} has no kernels.", "Choose a convolution, or a block that contains one.")
    module: Any = here.model.module(layer.path)
    weights = module.weight.detach().float().cpu().numpy()
    colored = weights.shape[1] == 3 and layer.order == 0
    return _Filters(layer.path, weights, colored, getattr(module, "groups", 1) > 1)


def _all(filters: _Filters, number: int, limit: float | None) -> None:
    count = len(filters.weights)
    shown = np.arange(count)[boxes.page(count, _PER_PAGE, "kernel_page")]
    draw_tiles = kernels if filters.colored else whole_filters
    tiles = draw_tiles(filters.weights[shown], limit)
    image, grid = contact_sheet(tiles, tile=max(boxes.tile(len(tiles)), *tiles.shape[1:3]), gap=6)
    words = Tiles(
        f"{count} filters of {filters.path}",
        "Click a tile to see that filter large.",
        [f"filter {each} · largest weight {np.abs(filters.weights[each]).max():.3g}" for each in shown],
        int(number - shown[0]) if number in shown else -1,
    )
    sheet(image, grid, words, "kernels", lambda tile: boxes.pick(int(shown[tile])))
    pieces = "" if filters.weights.shape[1] == 1 or filters.colored else ", one piece for each of these channels"
    scale = "each on its own scale, up to its largest weight" if limit is None else "all on one scale"
    st.caption(
        f"Each tile is one of the {count:d} filters of {plain(filters.path)}, {scale}. It computes one channel from "
        f"{filters.inputs:s}{pieces:s}."
    )


def _one(filters: _Filters, number: int, limit: float | None) -> None:
    own = filters.weights[number : number + 1]
    limit = float(np.abs(own).max()) if limit is None else limit
    st.header(f"Filter {number:d}")
    if filters.colored:
        words = "In color: it responds most where the picture looks like this. Gray is zero."
        show.figure(_large(kernels(own, limit)[0]), words)
    strongest = np.sort(np.argsort(-np.abs(own[0]).max((1, 2)), kind="stable")[:_SLICES])
    slices, _ = contact_sheet(kernels(own[:, strongest], limit, False), tile=96, gap=6)
    show.figure(_large(slices), _pieces(filters, len(strongest)))
    show.legend(True, limit, "weight (no unit)")


def _large(image: Array) -> Array:
    """The picture, so large that the browser never enlarges it: each weight stays a square with sharp edges."""
    return enlarge(image, show.LEAST_WIDTH, smooth=False)


def _pieces(filters: _Filters, shown: int) -> str:
    count = filters.weights.shape[1]
    if filters.colored:
        return "Its weights on red, green and blue, in this order."
    if count == 1:
        return "Its weights on the one channel that it reads."
    part = f"the {shown} with the largest weights" if shown < count else f"all {count}"
    return f"Its weights, one piece for each input channel, {part}."
