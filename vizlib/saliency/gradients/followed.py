"""The map of a rule for activations, with what the rule met: how many activation calls, and which it could not see."""

from __future__ import annotations

from collections import Counter

from torch import Tensor

from vizlib.models import Classifier
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.guidance import Guidance, unfollowed
from vizlib.saliency.query import Query, gradients, strongest


def followed(classifier: Classifier, query: Query, rule: Guidance) -> Estimate:
    """max over c of |d score / d pixel c| under the rule, in one pass; the note says which activations were followed.

    The figures count activation calls: "followed" in all, "relu" among them, and "not_followed".
    """
    with rule:
        found = gradients(classifier, query)
    calls, missed = rule.calls, unfollowed(classifier.network)
    figures = {"followed": calls.total(), "relu": calls["ReLU"], "not_followed": missed.total()}
    estimate = Estimate(1, 1, strongest(found), _followed(calls), figures=figures)
    return estimate.doubted(_plain(calls)).doubted(_missed(missed)).doubted(_dropped(estimate.values))


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
