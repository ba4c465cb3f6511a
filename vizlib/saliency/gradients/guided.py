"""Guided backpropagation: Springenberg et al., "Striving for simplicity" (2014), arXiv 1412.6806.

In the backward pass a rectifier passes only positive gradients, and only where its own output was positive: evidence
against the score is dropped at every activation. The maps are sharp, but they depend less on the class than they seem
to (Adebayo et al. 2018, arXiv 1810.03292).

The paper defines this for ReLU. Here it is extended to the other activations of `guidance`, and the note says to which;
a saturated ReLU6 passes nothing, because its derivative is zero. The figures count activation calls: "followed" in all,
"relu" among them, and "not_followed", the activations whose calls cannot be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from torch import Tensor

from vizlib.method import NoKnobs
from vizlib.models import Classifier
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.guidance import Guidance, unfollowed
from vizlib.saliency.query import Query, gradients, strongest


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """max over c of |guided d score / d pixel c|, in one pass; the note says which activations were followed."""
    with Guidance() as guidance:
        guided = gradients(classifier, query)
    calls, missed = guidance.calls, unfollowed(classifier.network)
    figures = {"followed": calls.total(), "relu": calls["ReLU"], "not_followed": missed.total()}
    estimate = Estimate(1, 1, strongest(guided), _followed(calls), figures=figures)
    yield estimate.doubted(_plain(calls)).doubted(_missed(missed)).doubted(_dropped(estimate.values))


def _followed(calls: Counter[str]) -> str:
    """Which activation calls were followed; "" if none was."""
    total = calls.total()
    others = ", ".join(f"{count} {kind}" for kind, count in calls.items() if kind != "ReLU")
    relu = f"{calls['ReLU']} of {total} activation calls are ReLU" if calls["ReLU"] else ""
    extended = f"the rule, which is defined for ReLU, was extended to all {others} activations" if others else ""
    return "; ".join(filter(None, (relu, extended)))


def _plain(calls: Counter[str]) -> str:
    return "" if calls else "no activation call was followed: this equals the plain gradient"


def _missed(missed: Counter[str]) -> str:
    left = ", ".join(f"{count} {kind}" for kind, count in missed.items())
    return f"not followed: {left}" if left else ""


def _dropped(values: Tensor) -> str:
    """How many maps (N, H, W) are empty; "" if none is."""
    empty = int((~values.flatten(1).any(1)).sum())
    which = "" if len(values) == 1 else f" in {empty} of {len(values)} pictures"
    return f"no gradient is left after this rule{which}, so the map is zero" if empty else ""


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
