"""HiResCAM: Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations" (2020), arXiv 2011.08891.

Grad-CAM averages the gradient over a map, so it can mark places that the network did not use. HiResCAM multiplies map
and gradient place by place: sum over channels of d score / d map * map, in logits. If only an average or a linear layer
follows the maps, this is each place's exact share of the score: before the enlarging, all places sum to the score less
the bias. The equation of the paper has no rectification, so the map is signed: negative places are evidence against.
pytorch-grad-cam drops those.

It assumes nothing of the maps; only the exact sum needs a linear rest. One pass forward and one back to the layer. The
figures are those of Grad-CAM.
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


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """Sum over channels of gradient * map, signed, bilinearly enlarged to the picture, in one pass."""
    yield one_map(classifier, query, _weighted, signed=True)


def _weighted(maps: Tensor, gradient: Tensor) -> Tensor:
    return (gradient * maps).sum(1)


METHOD = MapMethod(
    key="hires_cam",
    label="HiResCAM",
    paper="Draelos and Carin 2020, arXiv 2011.08891",
    idea="Feature maps times their gradient, place by place, so that only places that the network used are marked. "
    "Where a linear layer follows, these are the exact shares of the score; negative ones are evidence against it.",
    group="class activation",
    shows="What each place of a layer adds to the score or takes from it.",
    run=run,
    unit="logit",
    signed=True,
    needs_layer=True,
)
