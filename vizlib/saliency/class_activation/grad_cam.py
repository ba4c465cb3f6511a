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

from torch import Tensor

from vizlib.method import Knob
from vizlib.models import Classifier
from vizlib.saliency.class_activation.reading import one_map
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query


@dataclass(frozen=True)
class Knobs:
    keep_negative: Annotated[
        bool, Knob("keep negative values", help="Also show evidence against the score, which the paper drops.")
    ] = False


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """relu(sum over channels of mean gradient * map), bilinearly enlarged to the picture, in one pass."""
    yield one_map(classifier, query, weighted_by_mean, knobs.keep_negative)


def weighted_by_mean(maps: Tensor, gradient: Tensor) -> Tensor:
    """The sum over channels of mean gradient * map, (B, h, w)."""
    return (gradient.mean((2, 3), keepdim=True) * maps).sum(1)


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
