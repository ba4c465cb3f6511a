"""The lecture's own algorithm: gradient ascent on the picture (after Szegedy et al. 2013, arXiv 1312.6199).

At each step the picture moves a fixed length along the gradient of the target's score. The picture itself is never
rounded, but success is judged on a rounded copy: the attack ends when the network takes that copy for the target.

Courses take the same step in one of two spaces. In pixels, its length is in gray levels, and a value that would leave
[1, 254] is left alone. In the network's own normalized space (CS231n, RDFIA), it is x + rate * g / ||g|| with the
gradient of that space, and nothing is left alone or clipped; only the rounded copy is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import torch
from torch import Tensor

from vizlib.fooling.attack import Attack
from vizlib.fooling.case import Case
from vizlib.fooling.result import Attempt
from vizlib.fooling.scoring import Criterion, lengths, rounded, unit
from vizlib.method import Knob
from vizlib.models import Units

_LOW, _HIGH = 1 / 255, 254 / 255
_SLACK: Final = 1e-6  # 254 / 255 in float32 is not less than itself


@dataclass(frozen=True)
class Knobs:
    step_size: Annotated[
        float,
        Knob(
            "step size (gray levels of 255)",
            0.5,
            100.0,
            0.5,
            "The length of each step: the root of the sum of its squared changes. 5 to 20 are usual.",
            only=("space", "pixels"),
        ),
    ] = 10.0
    objective: Annotated[
        str,
        Knob(
            "objective",
            help="What a step raises.",
            choices=("logit", "margin"),
            meanings=("The target's score.", "The target's score minus the best other score."),
        ),
    ] = "logit"
    lead: Annotated[
        float,
        Knob(
            "lead at which to stop (logits)",
            0.0,
            20.0,
            0.5,
            "0 stops as soon as the target has the highest score; 5 makes it a clear winner.",
        ),
    ] = 0.0
    steps: Annotated[int, Knob("steps at most", 1, 2000, 1, "The attack gives up after these.", limited=True)] = 300
    space: Annotated[
        str,
        Knob(
            "space of the steps",
            help="In which numbers the picture moves.",
            choices=("pixels", "normalized"),
            meanings=(
                "Gray levels. A value that would leave 1 to 254 is left alone.",
                "The network's own numbers, as in CS231n and RDFIA. Nothing is left alone or clipped on the way.",
            ),
            later=True,
        ),
    ] = "pixels"
    rate: Annotated[
        float,
        Knob(
            "learning rate (length of a step in normalized space)",
            0.01,
            10.0,
            0.01,
            "CS231n takes 1, RDFIA 0.1 or 0.5.",
            only=("space", "normalized"),
            later=True,
        ),
    ] = 1.0


def update(values: Tensor, gradient: Tensor, levels: float) -> tuple[Tensor, Tensor]:
    """The step (N, 3, H, W) of this length in levels, and where it was set to zero.

    A value is left alone where the step would take it out of [1, 254] of 255.
    """
    step = unit(gradient) * (levels / 255)
    after = values + step
    leaves = (after < _LOW - _SLACK) | (after > _HIGH + _SLACK)
    return step.masked_fill(leaves, 0.0), leaves


def normalized_update(gradient: Tensor, rate: float, units: Tensor) -> Tensor:
    """The change (N, 3 or 1, H, W) in pixel values of rate * g / ||g||, with g the gradient in normalized space.

    gradient: (N, 3, H, W), in pixels.
    units: of the normalized space, `Units.size`. Of gray networks, there is one: the colors change alike.
    """
    along = gradient if units.shape[1] == gradient.shape[1] else gradient.sum(1, keepdim=True)
    return rate * unit(along * units) * units


def _change(case: Case, values: Tensor, gradient: Tensor, knobs: Knobs) -> tuple[Tensor, int]:
    """The step, and how many values it leaves alone."""
    if knobs.space == "normalized":
        model = case.criterion.model
        return normalized_update(gradient, knobs.rate, Units(model.preprocessing, model.device).size), 0
    step, leaves = update(values, gradient, knobs.step_size)
    return step, int(leaves.sum())


def run(case: Case, knobs: Knobs) -> Iterator[Attempt]:
    """One frame per step. The attack ends with the first rounded picture that has the lead or probability asked for."""
    criterion, values = case.criterion, case.start()
    start = values
    for step in range(1, knobs.steps + 1):
        logits, gradient = criterion.pull(values, lambda own, z: _objective(own, z, knobs.objective))
        change, zeroed = _change(case, values, gradient, knobs)
        values = values + change
        case.floating = case.floating or bool(criterion.reached(logits)[0])
        with torch.no_grad():
            logits = criterion.logits(rounded(values))
        criterion.record(step, logits, float(lengths(rounded(values) - start)[0]), zeroed)
        if _arrived(case, logits, knobs.lead):
            case.offer(rounded(values), logits)
            yield case.attempt(step, step, values)
            return
        case.consider(rounded(values), logits)
        if step == knobs.steps and knobs.lead:
            case.note = f"The lead of {knobs.lead:g} logits was not reached within {knobs.steps} steps."
        yield case.attempt(step, knobs.steps, values)


def _objective(criterion: Criterion, logits: Tensor, objective: str) -> Tensor:
    """(N,), of logits (N, ways, K)."""
    if objective == "margin" or criterion.target is None:
        return criterion.lead_of(logits).mean(1)
    return logits[..., criterion.target[0]].mean(1)


def _arrived(case: Case, logits: Tensor, lead: float) -> bool:
    enough = bool((case.criterion.lead_of(logits) >= lead).all())
    return enough and bool(case.criterion.reached(logits, case.goals[-1])[0])


METHOD = Attack(
    key="classic",
    label="Gradient ascent",
    paper="Szegedy et al. 2013, arXiv 1312.6199; as taught in lectures",
    idea="Takes the gradient of the target's score with respect to the picture and adds a little of it, again and "
    "again, until the rounded picture is the target.",
    run=run,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
)
