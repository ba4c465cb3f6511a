"""Guided backpropagation: Springenberg et al., "Striving for simplicity" (2014), arXiv 1412.6806.

In the backward pass a rectifier passes only positive gradients, and only where its own output was positive: evidence
against the score is dropped at every activation. The maps are sharp, but they depend less on the class than they seem
to (Adebayo et al. 2018, arXiv 1810.03292).

The paper defines this for ReLU. Here it is extended to the other activations of `guidance`, and the note says to which;
a saturated ReLU6 passes nothing, because its derivative is zero. The figures count activation calls: "followed" in all,
"relu" among them, and "not_followed", the activations whose calls cannot be seen.
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
    """max over c of |guided d score / d pixel c|, in one pass; the note says which activations were followed."""
    yield followed(classifier, query, Guidance())


METHOD = MapMethod(
    key="guided",
    label="Guided backpropagation",
    paper="Springenberg et al. 2014, arXiv 1412.6806",
    idea="The gradient, but at every activation only evidence for the score is passed back. "
    "It draws sharp outlines, which depend less on the class than they seem to.",
    shows="Sharp outlines that excite the network, with evidence against the score dropped on the way.",
    run=run,
    unit="guided logit per unit of pixel value",
    aliases=("guided backprop", "gbp"),
)
