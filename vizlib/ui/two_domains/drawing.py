"""Accuracies and losses over the steps. While the runs go on and after them, they are the same drawings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vizlib.training import Adaptation
from vizlib.ui.shared import lines, several
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.plot import round_span
from vizlib.ui.shared.slot import Slot
from vizlib.ui.two_domains.plan import PSEUDO, SOURCE, UPPER, Plan, Way

Found: TypeAlias = Mapping[Way, Sequence[Adaptation]]  # of each way the frames of its seeds that there are
_Values: TypeAlias = Callable[[Adaptation], NDArray[np.float64]]
_Chart: TypeAlias = tuple[list[Line], Axes]


class Drawing:
    """The part of the page that shows the runs of a plan, during them and after them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        rows = [st.columns(2, gap="large") for _ in range(3 if plan.guesses else 2)]
        self._slots = [Slot(column) for row in rows for column in row]

    def draw(self, found: Found) -> None:
        """Draws the curves so far."""
        for (drawn, axes), slot in zip(charts(self._plan, found), self._slots, strict=False):
            lines.live(drawn, axes, slot.live())

    def finish(self, found: Found, key: str) -> None:
        """Draws the finished curves, which can be enlarged and saved."""
        for (drawn, axes), slot in zip(charts(self._plan, found), self._slots, strict=False):
            lines.chart(drawn, axes, slot.rest(), f"td {axes.y} {key}", axes.y)


def charts(plan: Plan, found: Found) -> list[_Chart]:
    """All charts of the runs, the accuracy in the target first."""
    shares: list[tuple[str, _Values, float]] = [
        ("Target accuracy", lambda each: each.target_accuracies, 1 / plan.classes),
        ("Domain accuracy", lambda each: each.domain_accuracies, 0.5),
        ("Source accuracy", lambda each: each.source_accuracies, 1 / plan.classes),
    ]
    drawn = [(_accuracies(plan, found, *each[1:]), several.axes(each[0], plan.total)) for each in shares]
    losses = _losses(plan, found)
    guesses = [(_guesses(found), several.axes("Pseudo-labels of the training pictures", plan.total))]
    return [*drawn, (losses, _loss_axes(plan, losses)), *(guesses if plan.guesses else [])]


def _accuracies(plan: Plan, found: Found, values: _Values, chance: float) -> list[Line]:
    drawn = [_share(way.name, found.get(way, ()), values) for way in plan.ways]
    return [*drawn, Line("Chance", [0, plan.total], [100 * chance] * 2, quiet=True)]


def _share(name: str, frames: Sequence[Adaptation], values: _Values) -> Line:
    """A share over the checks of the held-out pictures (%), from the first one on at which there is one."""
    there = [np.isfinite(values(each)) for each in frames]
    steps = [each.steps[known] for each, known in zip(frames, there, strict=True)]
    return several.line(name, steps, [100 * values(each)[known] for each, known in zip(frames, there, strict=True)])


def _losses(plan: Plan, found: Found) -> list[Line]:
    """The losses of the classes, and that of the domain in the first of the adapted runs."""
    classes = [several.loss(way.name, [each.label_losses for each in found.get(way, ())]) for way in plan.ways]
    adapted = next(way for way in plan.ways if way.name not in (SOURCE, PSEUDO, UPPER))
    domain = several.loss(f"{adapted.name}, domain", [each.domain_losses for each in found.get(adapted, ())])
    return [*classes, domain]


def _loss_axes(plan: Plan, drawn: Sequence[Line]) -> Axes:
    """Axes on which all losses so far have room."""
    values = [value for each in drawn for value in each.y if math.isfinite(value)]
    high = round_span(0.0, max([math.log(plan.classes), *values]))[1]
    return several.axes("Loss of the classes", plan.total, (0.0, high), "")


def _guesses(found: Found) -> list[Line]:
    frames = next((each for way, each in found.items() if way.name == PSEUDO), ())
    return [_share("Kept", frames, lambda each: each.kept), _share("Right among kept", frames, lambda each: each.right)]
