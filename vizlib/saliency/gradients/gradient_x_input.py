"""Gradient x input: Shrikumar et al., "Not just a black box" (2016), arXiv 1605.01713.

The gradient says how fast the score changes with a pixel. Times the pixel's value it is what the pixel would add to the
score compared with black, if the network were linear: on a linear network the map sums to the score less its bias. The
products of the three color channels are added up, so a map is signed. A black pixel always gets 0.

The input is the pixel in [0, 1]. Captum's InputXGradient, given a network of normalized tensors, multiplies by the
normalized value instead: it compares with the mean color of the training data, and gives another map.
"""

from __future__ import annotations

from collections.abc import Iterator

from vizlib.method import NoKnobs
from vizlib.models import Classifier
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, gradients


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """sum over c of pixel c * d score / d pixel c, in one pass."""
    yield Estimate(1, 1, (query.pixels * gradients(classifier, query)).sum(1).cpu())


METHOD = MapMethod(
    key="gradient_x_input",
    label="Gradient x input",
    paper="Shrikumar et al. 2016, arXiv 1605.01713",
    idea="What each pixel would add to the score, compared with black, if the network were linear. "
    "Negative values are evidence against the score, and black pixels always get 0.",
    shows="The gradient times the pixel's own value: its contribution, if the network were linear.",
    run=run,
    unit="logit",
    aliases=("input x gradient", "grad x input"),
    signed=True,
)
