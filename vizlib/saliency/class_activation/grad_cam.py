"""Grad-CAM: Selvaraju et al., "Visual explanations via gradient-based localization" (2016), arXiv 1610.02391.

The maps of a late layer show where it found something. Each map is weighted by the mean of the score's gradient,
and their sum is rectified and enlarged to the picture. The result is coarse, but it differs from class to class.

By default the last maps of the network are read after their activation, as pytorch-grad-cam recommends: the last block
of a ResNet, `bn2` of MobileNetV2. Any layer that has places can be named instead, also one before its activation. The
figures: "layer" is the path of the layer that was read, and "activation" is "after" or "before" it, or "none" if no
activation is found there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.layers import activation_after, ends_in_activation, find_layer, last_maps, to_maps
from vizlib.method import Knob
from vizlib.models import Classifier, device_problems, usual_batches
from vizlib.records import Layer
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, score


@dataclass(frozen=True)
class Knobs:
    keep_negative: Annotated[
        bool, Knob("keep negative values", help="Also show evidence against the score, which the paper drops.")
    ] = False


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """relu(sum over channels of mean gradient * map), bilinearly enlarged to the picture, in one pass."""
    layer = _layer(classifier, query)

    def weighted(some: slice) -> Tensor:
        return _weighted_sum(classifier, query, layer, torch.arange(some.start, some.stop))

    batches = usual_batches(classifier, f"grad_cam {layer.path}", query.size)
    sums = torch.cat(batches(len(query.pixels), weighted))
    shown = sums if knobs.keep_negative else sums.relu()
    large = F.interpolate(shown[:, None], size=query.size, mode="bilinear", align_corners=False)
    place, words = _place(classifier, layer)
    estimate = Estimate(1, 1, large[:, 0].cpu(), words, figures={"layer": layer.path, "activation": place})
    yield estimate if knobs.keep_negative else estimate.doubted(_empty(sums, layer))


def _layer(classifier: Classifier, query: Query) -> Layer:
    path = last_maps(classifier).path if query.layer is None else query.layer
    layer = find_layer(classifier, path, query.size)
    if not layer.spatial:
        what = f"{path} has one value per channel for pictures of this size, and no places to show."
        raise NotShowable(what, "Choose an earlier layer, or a method that needs no layer.")
    return layer


def _place(classifier: Classifier, layer: Layer) -> tuple[str, str]:
    """Whether the layer is read "before" or "after" its activation, or "none" is found, and the sentence about it."""
    if ends_in_activation(classifier, layer):
        return "after", f"read at {layer.path}, after its activation"
    if following := activation_after(classifier, layer):
        return "before", f"read at {layer.path}, before the activation that follows in {following.path}"
    return "none", f"read at {layer.path}, which no activation layer follows"


def _weighted_sum(classifier: Classifier, query: Query, layer: Layer, rows: Tensor) -> Tensor:
    """(B, h, w) on the layer's own grid. The graph begins at the layer, so nothing below it is kept."""
    pixels = query.pixels[rows[0] : rows[-1] + 1]
    with torch.enable_grad(), device_problems(classifier, pixels):
        with classifier.tap(layer.path, leaves=True) as seen:
            total = score(classifier, pixels, query, rows).sum()
        if not total.requires_grad:
            raise NotShowable(f"The score does not depend on {layer.path}.", "Choose an earlier layer.")
        (gradient,) = torch.autograd.grad(total, seen[layer.path])
    weights = to_maps(gradient, layer).mean((2, 3), keepdim=True)
    return (weights * to_maps(seen[layer.path].detach(), layer)).sum(1)


def _empty(sums: Tensor, layer: Layer) -> str:
    """Which rectified maps are empty, and why; "" if none is."""
    empty = int((sums.amax((1, 2)) <= 0).sum())
    if not empty:
        return ""
    which = "" if len(sums) == 1 else f"in {empty} of {len(sums)} pictures "
    return f"{which}all negative or zero: nothing in {layer.path} is evidence for the target, so the map is zero"


METHOD = MapMethod(
    key="grad_cam",
    label="Grad-CAM",
    paper="Selvaraju et al. 2016, arXiv 1610.02391",
    idea="Which places of a late layer are evidence for the class? Its feature maps are added up, each weighted by how "
    "much it raises the score, and enlarged to the picture. By default the last maps are read, after their activation.",
    group="class activation",
    shows="Where a late layer finds evidence for the class, coarsely.",
    run=run,
    knobs=Knobs,
    unit="logit",
    needs_layer=True,
)
