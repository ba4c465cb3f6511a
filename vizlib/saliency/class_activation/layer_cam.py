"""LayerCAM: Jiang et al., "LayerCAM: exploring hierarchical class activation maps for localization" (IEEE TIP 2021).

Grad-CAM weights a whole map by the mean of the gradient, which says little in early layers: there, the gradient differs
from place to place. LayerCAM weights each place of each map by its own gradient, where that is positive:
relu(sum over channels of relu(d score / d map) * map), in logits. So early layers can be read too, and they give finer
maps than the last one. Evidence against the score is dropped.

It assumes maps that are not negative, as they are after a ReLU; a place whose map is negative counts against itself.
One pass forward and one back to the layer. The figures are those of Grad-CAM.
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
    """relu(sum over channels of relu(gradient) * map), bilinearly enlarged to the picture, in one pass."""
    yield one_map(classifier, query, _weighted)


def _weighted(maps: Tensor, gradient: Tensor) -> Tensor:
    return (gradient.relu() * maps).sum(1)


METHOD = MapMethod(
    key="layer_cam",
    label="LayerCAM",
    paper="Jiang et al. 2021, IEEE Transactions on Image Processing 30 (not on arXiv)",
    idea="Each place of each feature map is weighted by its own gradient, where that is positive. "
    "So early layers can be read too: they show finer details than the last one.",
    group="class activation",
    shows="Where a layer, also an early one, finds evidence for the class, place by place.",
    run=run,
    unit="logit",
    needs_layer=True,
)
