"""Plain gradient: Simonyan, Vedaldi, Zisserman, "Deep inside convolutional networks" (2013), arXiv 1312.6034.

The network is nearly linear around the picture; the gradient of the score is that linear map. A pixel's value is the
largest magnitude over its color channels.
"""

from __future__ import annotations

from collections.abc import Iterator

from vizlib.method import NoKnobs
from vizlib.models import Classifier
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, gradients, strongest


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """max over c of |d score / d pixel c|, in one pass."""
    yield Estimate(1, 1, strongest(gradients(classifier, query)))


METHOD = MapMethod(
    key="gradient",
    label="Gradient",
    paper="Simonyan et al. 2013, arXiv 1312.6034",
    idea="How much would the score move if this pixel changed a little? "
    "Bright pixels are those that the network is most sensitive to.",
    shows="How fast the score changes with each pixel.",
    run=run,
    unit="logit per unit of pixel value",
    aliases=("vanilla", "vanilla gradient", "input gradient", "backpropagation"),
)
