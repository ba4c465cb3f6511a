"""What the methods of this group share: the layer that they read, its maps with their gradient, and the enlarging.

A layer's maps show where it found what. The methods differ in how they weight them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.layers import activation_after, ends_in_activation, find_layer, last_maps, to_maps
from vizlib.models import Classifier, device_problems, usual_batches
from vizlib.records import Layer, Size
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, score

# From a layer's maps and the score's gradient to them, (B, C, h, w) each, to what the method makes of them, (B, h, w).
Weigh: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def one_map(classifier: Classifier, query: Query, weigh: Weigh, signed: bool = False) -> Estimate:
    """The answer of a method that needs one pass: what `weigh` makes of the layer, rectified unless it is signed."""
    layer = layer_of(classifier, query)
    sums = weighed(classifier, query, layer, weigh)
    return answer(classifier, query, layer, sums, signed)


def layer_of(classifier: Classifier, query: Query) -> Layer:
    """The layer to read: the one asked for, or the last maps after their activation.

    Raises NotShowable for a layer without places.
    """
    path = last_maps(classifier).path if query.layer is None else query.layer
    layer = find_layer(classifier, path, query.size)
    if not layer.spatial:
        what = f"{path} has one value per channel for pictures of this size, and no places to show."
        raise NotShowable(what, "Choose an earlier layer, or a method that needs no layer.")
    return layer


def weighed(classifier: Classifier, query: Query, layer: Layer, weigh: Weigh) -> Tensor:
    """What `weigh` makes of the layer for the query's pictures, (N, h, w), in one pass."""

    def part(some: slice) -> Tensor:
        with torch.enable_grad(), device_problems(classifier, query.pixels[some]):
            scores, output = at_layer(classifier, query, layer, torch.arange(some.start, some.stop))
            (gradient,) = torch.autograd.grad(scores.sum(), output)
        return weigh(to_maps(output.detach(), layer), to_maps(gradient, layer))

    batches = usual_batches(classifier, f"gradient at {layer.path}", query.size)
    return torch.cat(batches(len(query.pixels), part))


def at_layer(classifier: Classifier, query: Query, layer: Layer, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The scores (B,) of the pictures number `rows`, which follow each other, and the layer's own output for them.

    The graph begins at the layer, so nothing below it is kept. Raises NotShowable if the scores do not depend on it.
    """
    pixels = query.pixels[rows[0] : rows[-1] + 1]
    with torch.enable_grad(), device_problems(classifier, pixels):
        with classifier.tap(layer.path, leaves=True) as seen:
            scores = score(classifier, pixels, query, rows)
        if not scores.requires_grad:
            raise NotShowable(f"The score does not depend on {layer.path}.", "Choose an earlier layer.")
    return scores, seen[layer.path]


def answer(
    classifier: Classifier,
    query: Query,
    layer: Layer,
    sums: Tensor,
    signed: bool = False,
    steps: tuple[int, int] = (1, 1),
) -> Estimate:
    """The maps of sums (N, h, w), enlarged to the pictures, with the sentences and figures about the layer.

    signed: whether negative values are kept. Where they are dropped and nothing is left, the doubt of the last step
        says so.
    steps: the estimate's `step` and `total`.
    """
    place, words = _place(classifier, layer)
    figures = {"layer": layer.path, "activation": place}
    large = enlarged(sums if signed else sums.relu(), query.size)
    estimate = Estimate(*steps, large.cpu(), words, figures=figures)
    return estimate if signed or estimate.step < estimate.total else estimate.doubted(_empty(sums, layer))


def enlarged(maps: Tensor, size: Size) -> Tensor:
    """Maps (N, h, w) at the size (H, W) of the pictures, bilinearly."""
    return F.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]


def _place(classifier: Classifier, layer: Layer) -> tuple[str, str]:
    """Whether the layer is read "before" or "after" its activation, or "none" is found, and the sentence about it."""
    if ends_in_activation(classifier, layer):
        return "after", f"read at {layer.path}, after its activation"
    if following := activation_after(classifier, layer):
        return "before", f"read at {layer.path}, before the activation that follows in {following.path}"
    return "none", f"read at {layer.path}, which no activation layer follows"


def _empty(sums: Tensor, layer: Layer) -> str:
    """Which rectified maps are empty, and why; "" if none is."""
    empty = int((sums.amax((1, 2)) <= 0).sum())
    if not empty:
        return ""
    which = "" if len(sums) == 1 else f"in {empty} of {len(sums)} pictures "
    return f"{which}all negative or zero: nothing in {layer.path} is evidence for the target, so the map is zero"
