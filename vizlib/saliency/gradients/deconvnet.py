"""Deconvnet: Zeiler, Fergus, "Visualizing and understanding convolutional networks" (2013), arXiv 1311.2901.

The network is run backward from the score: through the transposed convolutions, through the switches that max-pooling
set in the forward pass, and through a ReLU at every activation. This is the gradient with one change: an activation
passes what is positive, whether it was itself on or off. A pixel's value is the largest magnitude over its color
channels, which is never negative.

The ReLU rule is all that decides, so the map depends little on the class and on the weights of the last layers
(Adebayo et al. 2018, arXiv 1810.03292), and without max-pooling hardly on the picture.

The paper defines this for ReLU. Here it is extended to the other activations of `guidance`, and the note says to which.
Captum's Deconvolution has the rule at `nn.ReLU` modules only: with other activations, or calls of functions, it gives
another map. The figures are those of guided backpropagation: "followed", "relu" and "not_followed".
"""

from __future__ import annotations

from collections.abc import Iterator

from vizlib.method import NoKnobs
from vizlib.models import Classifier
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.followed import followed
from vizlib.saliency.gradients.guidance import Guidance
from vizlib.saliency.query import Query


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """max over c of |d score / d pixel c| with a ReLU on the gradient at every activation, in one pass."""
    yield followed(classifier, query, Guidance(gated=False))


METHOD = MapMethod(
    key="deconvnet",
    label="Deconvnet",
    paper="Zeiler & Fergus 2013, arXiv 1311.2901",
    idea="The network is run backward, and at every activation only what is positive is passed on, whether the "
    "activation itself was on or off. The map depends less on the class than it seems to.",
    shows="What the layers could have seen, run backward; evidence against the score is dropped on the way.",
    run=run,
    unit="rectified logit per unit of pixel value",
    aliases=("deconvolution", "deconv"),
)
