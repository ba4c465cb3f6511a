"""What the layers of a frozen network say about pictures with classes: one pass takes all of them, pooled."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, adaptive_max_pool2d

from vizlib.errors import UnknownName, VizError
from vizlib.layers import find_layer, list_layers, to_maps
from vizlib.models import Classifier, in_own_context, path_of, resized, usual_batches
from vizlib.records import Layer, Preprocessing, Size, brief
from vizlib.render import from_image
from vizlib.training.data import Numbers, PictureSet, few_of

Values = NDArray[np.float32]  # (N, D)
POOLS: Final = ("average", "maximum")
GRIDS: Final = (1, 2, 4, None)  # places a side that a map is pooled to; None: all of it
MOST_NUMBERS: Final = 20_000  # of one layer and picture
_MOST_BYTES: Final = 2**30  # of all layers and pictures
_FEWER: Final = 3  # times fewer pictures at once than usual: they stay in a CPU's cache, and frames come sooner
_MOST_LAYERS: Final = 12  # that are probed where nobody chooses


@dataclass(frozen=True, eq=False)
class Features:
    """The features of the first `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all.
        layers: the layers' paths, in running order.
        values: by the layer's path, (step, D): channels (C), or C * rows * columns where maps are pooled to several
            places.
        labels: (step,), each an index into `classes`.
        classes: the names of the classes.
        pool, grid, size: how they were taken, as `extracting` was told.
    """

    step: int
    total: int
    layers: tuple[str, ...]
    values: Mapping[str, Values]
    labels: Numbers
    classes: tuple[str, ...]
    pool: str = "average"
    grid: int | None = 1
    size: Size | None = None

    __repr__ = brief

    def few(self, per_class: int, seed: int = 0) -> Features:
        """Those of the pictures that `PictureSet.few` keeps."""
        kept = few_of(self.labels, per_class, seed)
        values = {path: each[kept] for path, each in self.values.items()}
        return replace(self, step=len(kept), total=len(kept), values=values, labels=self.labels[kept])


def probe_layers(model: Classifier) -> list[Layer]:
    """The layers that are probed if nobody chooses: the stem, each stage (or block), and what follows the last one.

    Where there are neither, the levels of timm's pyramid, or all activations. Of many layers, evenly spaced ones.
    """
    layers = list_layers(model)
    stages = [each for each in layers if each.kind == "stage"]
    blocks = [each for each in layers if each.kind == "block"]
    outer = next((some for some in (stages, blocks) if len(some) > 1), None)
    inner = outer or _levels(model, layers)
    stem = [each for each in layers if outer and each.order < _begin(layers, outer[0]) and each.kind != "pooling"][-1:]
    tail = [each for each in layers if each.order > inner[-1].order and each.kind in ("normalization", "activation")]
    found = [*stem, *inner, *tail[-1:]]
    chosen = np.linspace(0, len(found) - 1, min(len(found), _MOST_LAYERS)).round().astype(int)
    return [found[each] for each in chosen]


def _levels(model: Classifier, layers: Sequence[Layer]) -> list[Layer]:
    """The levels of timm's pyramid; else the activations; else every layer."""
    info = getattr(model.network, "feature_info", None) or []
    named = {each.get("module") for each in getattr(info, "info", info)}
    levels = [each for each in layers if each.path in named]
    activations = [each for each in layers if each.kind == "activation"]
    return next((some for some in (levels, activations) if len(some) > 1), list(layers))


def _begin(layers: Sequence[Layer], outer: Layer) -> int:
    """The order of the first layer inside this one."""
    return min(each.order for each in layers if each.path == outer.path or each.path.startswith(f"{outer.path}."))


def pooled(maps: Tensor, pool: str = "average", grid: int | None = 1) -> Tensor:
    """Maps (N, C, H, W) as vectors (N, D): each map pooled to `grid` x `grid` places, or whole."""
    if grid is None:
        return maps.flatten(1)
    small = min(grid, maps.shape[2]), min(grid, maps.shape[3])
    return (adaptive_max_pool2d if pool == "maximum" else adaptive_avg_pool2d)(maps, small).flatten(1)


@in_own_context
def extracting(
    model: Classifier,
    data: PictureSet,
    layers: Sequence[str | Layer] | None = None,
    pool: str = "average",
    grid: int | None = 1,
    *,
    size: Size | None = None,
) -> Generator[Features, None, None]:
    """The features of all pictures at all layers, a frame for each batch; each batch passes once for all layers.

    layers: by default those of `probe_layers`. pool: "average" or "maximum" over the places of a map, to `grid` x
    `grid` places: 1, 2 or 4, or None for all places. size: (H, W) of the pictures, by default the network's own.

    Raises UnknownName or NotShowable for a layer, UnknownName for another pooling, VizError for an empty set and for
    more numbers than can be kept.
    """
    if pool not in POOLS:
        raise UnknownName.among("pooling", pool, POOLS)
    if not len(data):
        raise VizError("There are no pictures to look at.", "Give at least one.")
    how = model.preprocessing if size is None else replace(model.preprocessing, size=size)
    chosen = probe_layers(model) if layers is None else layers
    placed = sorted({find_layer(model, path_of(each), how.size) for each in chosen}, key=lambda each: each.order)
    values = _empty(placed, len(data), grid)
    batches = usual_batches(model, ("features", *values, grid), how.size)
    at_once = batches.at_once if model.device.type == "cuda" else max(1, batches.at_once // _FEWER)
    done = 0
    while done < len(data):
        pixels = _prepared(model, data, slice(done, done + at_once), how)
        for part in batches(len(pixels), partial(_taken, model, placed, pixels, pool, grid)):
            count = len(part[0])
            for path, found in zip(values, part, strict=True):
                values[path][done : done + count] = found
            done += count
        so_far = {path: each[:done] for path, each in values.items()}
        yield Features(done, len(data), tuple(values), so_far, data.labels[:done], data.classes, pool, grid, size)


def _empty(layers: Sequence[Layer], count: int, grid: int | None) -> dict[str, Values]:
    """Room for the features. Raises VizError if they are too many."""
    if not layers:
        raise VizError("There is no layer to take features from.", "Choose at least one.")
    widths = {each.path: _width(each, grid) for each in layers}
    for path, width in widths.items():
        if width > MOST_NUMBERS:
            what = f"{path} has {width:,} numbers for each picture; at most {MOST_NUMBERS:,} can be used."
            raise VizError(what, "Pool its maps to 4 x 4 places or fewer, or choose a later layer.")
    if 4 * count * sum(widths.values()) > _MOST_BYTES:
        what = f"These features would take {4 * count * sum(widths.values()) / 2**30:.1f} GB of memory."
        raise VizError(what, "Choose fewer layers or pictures, or pool the maps to fewer places.")
    return {path: np.empty((count, width), np.float32) for path, width in widths.items()}


def _width(layer: Layer, grid: int | None) -> int:
    channels, height, width = layer.shape
    return channels * (height * width if grid is None else min(grid, height) * min(grid, width))


def _prepared(model: Classifier, data: PictureSet, some: slice, how: Preprocessing) -> Tensor:
    """The pixels of some pictures, their channels last in memory, as convolutions on the CPU are fastest."""
    levels = np.stack([np.asarray(resized(each, how)) for each in data.pictures[some]])
    return from_image(levels).to(model.device)


@torch.no_grad()
def _taken(
    model: Classifier, layers: Sequence[Layer], pixels: Tensor, pool: str, grid: int | None, some: slice
) -> list[Values]:
    with model.tap(*layers) as seen:
        seen.run(pixels[some])
    return [pooled(to_maps(seen[each.path], each), pool, grid).float().cpu().numpy() for each in layers]
