"""Accuracy, loss and gradients over the steps. While the runs go on and after them, they are the same drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st

from vizlib.models import Classifier
from vizlib.training import Tuning
from vizlib.ui.fine_tune import gradients
from vizlib.ui.fine_tune.plan import Plan, Way
from vizlib.ui.shared import charts, lines, several
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.plot import round_span
from vizlib.ui.shared.slot import Slot

Found = Mapping[Way, Sequence[Tuning]]  # of each way the frames of its seeds that there are


class Drawing:
    """The part of the page that shows the runs of a plan, during them and after them."""

    def __init__(self, plan: Plan, model: Classifier) -> None:
        self._plan, self._weighing = plan, gradients.weighing_layers(model)
        left, right = st.columns([6, 5], gap="large")
        self._accuracy, self._loss, self._gradients = Slot(left), Slot(right), Slot(st)

    def draw(self, found: Found) -> None:
        """Draws the curves so far."""
        lines.live(accuracies(self._plan, found), axes(self._plan), self._accuracy.live())
        lines.live(losses(found), loss_axes(self._plan, found), self._loss.live())
        self._gradients.live().html(gradients.body(gradients.of(found, self._weighing)))

    def finish(self, found: Found, key: str) -> None:
        """Draws the finished curves, which can be enlarged and saved."""
        drawn = accuracies(self._plan, found)
        lines.chart(drawn, axes(self._plan), self._accuracy.rest(), f"ft accuracy {key}", "Accuracy over the steps")
        of_loss = loss_axes(self._plan, found)
        lines.chart(losses(found), of_loss, self._loss.rest(), f"ft loss {key}", "Loss over the steps")
        maps = gradients.of(found, self._weighing)
        body = gradients.body(maps)
        with self._gradients.rest():
            st.html(body)
            charts.tools(
                f"ft gradients {key}", "Gradients over the steps", partial(gradients.panels, maps),
                partial(st.html, body),
            )  # fmt: skip


def accuracies(plan: Plan, found: Found) -> list[Line]:
    """Held-out accuracy over the steps (%), a line for each way and a quiet one for chance."""
    total = plan.settings["steps"]
    chance = 100 / len(plan.pictures.classes)
    return [
        *(_line(way, found.get(way, ())) for way in plan.ways),
        Line("Chance", [0, total], [chance] * 2, quiet=True),
    ]


def _line(way: Way, frames: Sequence[Tuning]) -> Line:
    return several.line(way.name, [each.steps for each in frames], [100 * each.accuracies for each in frames])


def losses(found: Found) -> list[Line]:
    """The loss of the training batches, the mean over the seeds."""
    return [several.loss(way.name, [each.losses for each in frames]) for way, frames in found.items()]


def axes(plan: Plan) -> Axes:
    """The axes of the accuracies."""
    return several.axes("Accuracy on held-out pictures", plan.settings["steps"])


def loss_axes(plan: Plan, found: Found) -> Axes:
    """Axes on which all losses so far have room."""
    values = [value for each in losses(found) for value in each.y if np.isfinite(value)]
    high = round_span(0.0, max([np.log(len(plan.pictures.classes)), *values]))[1]
    return several.axes("Loss of the training batches", plan.settings["steps"], (0.0, high), "")
