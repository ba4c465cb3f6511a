"""Grad-CAM++: Chattopadhyay et al., "Grad-CAM++: improved visual explanations" (2017), arXiv 1710.11063.

Grad-CAM averages a map's gradient over all places, so a map that is evidence for the class in a small place gets a
small weight. Grad-CAM++ takes a weighted sum of the positive gradients g instead, so that several objects of the class
count alike: w = sum over places of a * relu(g), with a = g^2 / (2 g^2 + S g^3) and S the sum of the map. The map is
relu(sum over channels of w * map), in logits.

Where g is positive, a = 1 / (2 + S g), and this is what is computed. The paper takes exp(score) for the score, which
only multiplies the map by a positive number and overflows; as everywhere else, that factor is left out.
pytorch-grad-cam adds 1e-6 to the denominator, which changes its weights where gradients are about as small as 1e-3.

It assumes maps that are not negative, as they are after a ReLU. Of others S counts the positive values alone: otherwise
weights could turn negative or grow without bound. The note says where this is so. One pass forward and one back to the
layer. The figures are those of Grad-CAM.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from vizlib.method import NoKnobs
from vizlib.models import Classifier
from vizlib.saliency.class_activation.reading import one_map
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query

_NEGATIVE = "its maps have negative values, which the method does not foresee: the weights count positive ones alone"


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """relu(sum over channels of w * map), bilinearly enlarged to the picture, in one pass."""
    lowest: list[float] = []

    def weigh(maps: Tensor, gradient: Tensor) -> Tensor:
        lowest.append(float(maps.min()))
        return (_weights(maps, gradient) * maps).sum(1)

    estimate = one_map(classifier, query, weigh)
    yield estimate.noted(_NEGATIVE if min(lowest) < 0 else "")


def _weights(maps: Tensor, gradient: Tensor) -> Tensor:
    """(B, C, 1, 1)."""
    raising = gradient.relu()
    sums = maps.relu().sum((2, 3), keepdim=True)
    return (raising / (2 + sums * raising)).sum((2, 3), keepdim=True)


METHOD = MapMethod(
    key="grad_cam_pp",
    label="Grad-CAM++",
    paper="Chattopadhyay et al. 2017, arXiv 1710.11063",
    idea="Like Grad-CAM, but only positive gradients count, and a place counts more the smaller the part of its map "
    "that is evidence for the class. So small objects, and several of a kind, are not overlooked.",
    group="class activation",
    shows="Where a late layer finds evidence for the class, with small and repeated objects counted in full.",
    run=run,
    unit="logit",
    needs_layer=True,
)
