"""The mistake: where both losses come to rest, beside the figures that a report of the practical prints."""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from vizlib.training import Adaptation
from vizlib.ui.shared import show
from vizlib.ui.shared.words import plain, share
from vizlib.ui.two_domains.drawing import Found
from vizlib.ui.two_domains.plan import Plan

_HEAD: Final = ["", "Comes to rest at", "Here", "Printed in a report"]
_DIGITS: Final = 10
_WORDS: Final = (
    "A softmax in front of a loss that takes one itself leaves that loss between ln(K - 1 + e) - 1 and ln(K - 1 + e) "
    "with K classes: once the network is sure, it is the upper end minus the accuracy. A sigmoid in front of the "
    "domain's loss says *target* of every picture, since a probability is never below 0. Once it is near 1, the loss "
    "is ln(1 + 1/e) for the target and 1 more for the source. Near these ends hardly any gradient is left. That the "
    "report of the practical made this mistake is concluded from its figures, not from its code."
)
_PRINTED: Final = {  # source, target, loss of the classes, and those of the domain: fixed, and with the other schedule
    False: ("10.28 %", "10.28 %", "2.3588", "0.31326", "1.31326"),
    True: ("97.28 %", "71.22 %", "1.49108", "0.31326", "1.31326"),
}
_LAST: Final = 20  # steps of which the losses are a mean


def draw(plan: Plan, found: Found) -> None:
    """Draws the figures of the first run that makes the mistake, if there is one."""
    way = next((each for each in plan.ways if each.settings.get("mistake") and found.get(each)), None)
    if way is None or not found[way][0].step:
        return
    st.header("What the mistake does to the losses")
    formula = way.settings["factor"] == "rate_formula"
    show.table(_HEAD, figures(found[way][0], plan.classes, formula), numbers=True)
    last = f"the losses as means of {_LAST:d} steps"
    st.caption(f"**Here** is {plain(way.words)}, seed {plan.seeds[0]:d}, {last:s}. {_WORDS}")


def figures(frame: Adaptation, classes: int, formula: bool) -> list[list[str]]:
    """A row for each figure: its name, where it comes to rest, what it is here, and what a report prints.

    formula: whether the rate's formula was taken for the factor, as in the report's second run.
    """
    accuracy = frame.source_accuracy
    label, sides = frame.label_losses[-_LAST:].mean(), sorted(frame.domain_sides[-_LAST:].mean(0))
    least = math.log(1 + math.exp(-1))
    rest = math.log(classes - 1 + math.e) - (accuracy if math.isfinite(accuracy) else 0.0)
    printed = _PRINTED[formula] if classes == _DIGITS else ("",) * 5
    return [
        ["Source accuracy", "", share(accuracy), printed[0]],
        ["Target accuracy", "", share(frame.target_accuracy), printed[1]],
        ["Loss of the classes", f"{rest:.4f}", f"{label:.4f}", printed[2]],
        ["Loss of the domain, one domain", f"{least:.5f}", f"{sides[0]:.5f}", printed[3]],
        ["Loss of the domain, the other", f"{1 + least:.5f}", f"{sides[1]:.5f}", printed[4]],
    ]
