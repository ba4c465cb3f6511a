"""PGD: Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (2017, arXiv 1706.06083).

Steps of fixed length along the gradient of the target's log-probability (its sign, for L-infinity), each followed by a
projection back into a ball around the original. The size of the ball is given, and the attack shows whether a change
of that size is enough. A file stays in the ball too: what rounding to whole levels adds is taken back where needed.

Kolter and Madry's tutorial (2018) first teaches the same with the plain gradient times a rate, whatever its length, and
clips the change alone: then values may leave [0, 1] on the way, and come back when they are rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import floor
from typing import Annotated

import torch
from torch import Tensor

from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import Batch, follow
from vizlib.fooling.scoring import Criterion, lengths, unit
from vizlib.method import Knob


@dataclass(frozen=True)
class Knobs:
    norm: Annotated[
        str,
        Knob(
            "norm",
            help="What the radius limits.",
            choices=("L2", "L-infinity"),
            meanings=("The length of the whole change.", "The change of every single value."),
        ),
    ] = "L2"
    l2: Annotated[float, Knob("radius for L2 (pixel values in [0, 1])", 0.05, 30.0, 0.05, only=("norm", "L2"))] = 1.5
    levels: Annotated[
        float, Knob("radius for L-infinity (gray levels of 255)", 0.5, 64.0, 0.5, only=("norm", "L-infinity"))
    ] = 4.0
    step_size: Annotated[
        float, Knob("step size (share of the radius)", 0.01, 1.0, 0.01, only=("step", "fixed length"))
    ] = 0.1
    steps: Annotated[int, Knob("steps", 1, 1000, 1, "Each takes one gradient.", limited=True)] = 40
    random_start: Annotated[
        bool, Knob("random start", help="Begins at a point of the ball that is drawn by the seed.")
    ] = True
    step: Annotated[
        str,
        Knob(
            "step",
            help="How far a step goes.",
            choices=("fixed length", "plain gradient"),
            meanings=(
                "A share of the radius, whatever the gradient's length; for L-infinity, along its sign.",
                "The gradient times a rate, as Kolter and Madry begin. [0, 1] is kept by the file alone.",
            ),
            later=True,
        ),
    ] = "fixed length"
    rate: Annotated[
        float,
        Knob(
            "rate of the plain gradient",
            0.001,
            10.0,
            0.001,
            "Kolter and Madry take 0.1 away from a class and 0.005 towards one.",
            only=("step", "plain gradient"),
            later=True,
        ),
    ] = 0.1
    objective: Annotated[
        str,
        Knob(
            "objective",
            help="What a step raises.",
            choices=("log-probability", "logit difference"),
            meanings=(
                "The target's log-probability; without a target, the cross-entropy of the original's class.",
                "The target's score minus that of the original's class; of a sum of scores, the sum itself.",
            ),
            later=True,
        ),
    ] = "log-probability"

    @property
    def radius(self) -> float:
        """The radius of the ball, in pixel values from 0 to 1."""
        return self.l2 if self.norm == "L2" else self.levels / 255


def search(criterion: Criterion, start: Tensor, goal: float, knobs: Knobs, seed: int) -> Iterator[Batch]:
    """One batch per gradient, of values in the ball (N, 3, H, W); `best` is the last that fooled, or the last.

    There is one gradient more than steps, so that the values after the last step are looked at too.
    """
    values = _begin(criterion, start, knobs, seed)
    best, found = values, torch.zeros(len(start), dtype=torch.bool, device=start.device)
    fit = partial(_rounded_l2, radius=knobs.l2) if knobs.norm == "L2" else partial(rounded_linf, levels=knobs.levels)
    raised = Criterion.likelihood if knobs.objective == "log-probability" else Criterion.difference
    for step in range(knobs.steps + 1):
        logits, gradient = criterion.pull(values, raised)
        reached = criterion.reached(logits, goal)
        best = torch.where((reached | ~found).view(-1, 1, 1, 1), values.clamp(0, 1), best)
        found = found | reached
        yield Batch(step + 1, knobs.steps + 1, values, logits, best, found, partial(fit, start))
        if step < knobs.steps:
            values = _moved(values, gradient, start, knobs)


def _moved(values: Tensor, gradient: Tensor, start: Tensor, knobs: Knobs) -> Tensor:
    if knobs.step == "plain gradient":
        return within(values + knobs.rate * gradient, start, knobs)
    direction = unit(gradient) if knobs.norm == "L2" else gradient.sign()
    return projected(values + knobs.step_size * knobs.radius * direction, start, knobs)


def projected(values: Tensor, start: Tensor, knobs: Knobs) -> Tensor:
    """The nearest values in the ball around `start`, clipped to [0, 1]."""
    return within(values, start, knobs).clamp(0, 1)


def within(values: Tensor, start: Tensor, knobs: Knobs) -> Tensor:
    """The nearest values in the ball around `start`."""
    change = values - start
    if knobs.norm == "L2":
        change = change * (knobs.radius / lengths(change).clamp_min(1e-20)).clamp_max(1).view(-1, 1, 1, 1)
    else:
        change = change.clamp(-knobs.radius, knobs.radius)
    return start + change


def _begin(criterion: Criterion, start: Tensor, knobs: Knobs, seed: int) -> Tensor:
    """The originals, or a point that is drawn evenly from the volume of the ball, the same for each picture."""
    if not knobs.random_start:
        return start
    draws, one = torch.Generator().manual_seed(seed), start[:1]
    if knobs.norm == "L-infinity":
        noise = (2 * torch.rand(one.shape, generator=draws) - 1).to(start) * knobs.radius
    else:
        away = torch.rand(1, generator=draws) ** (1 / one.numel())
        direction = unit(torch.randn(one.shape, generator=draws))
        noise = (direction * knobs.radius * away.view(-1, 1, 1, 1)).to(start)
    return projected(start + criterion.tie(noise), start, knobs)


def rounded_linf(start: Tensor, values: Tensor, levels: float) -> Tensor:
    """Values at whole levels, none further than `levels` from those of `start`, which are whole."""
    base = (start * 255).round()
    change = ((values.clamp(0, 1) * 255).round() - base).clamp(-floor(levels), floor(levels))
    return (base + change) / 255


def _rounded_l2(start: Tensor, values: Tensor, radius: float) -> Tensor:
    """Values at whole levels in the ball around `start`, whose levels are whole.

    Each value goes to the nearest level. Where that makes the change too long, values that were rounded away from the
    original go to the next level towards it, those first that save the most length for the least error.
    """
    base = (start * 255).round()
    exact = (values.clamp(0, 1) * 255 - base).double().flatten(1)
    change, limit = exact.round(), (radius * 255) ** 2
    fits = change.square().sum(1, keepdim=True) <= limit
    if bool(fits.all()):
        return ((base.flatten(1) + change.to(base)) / 255).view_as(start)
    away = change.abs() > exact.abs()
    saved = (2 * change.abs() - 1) * away  # of the squared length
    price = ((2 * (exact.abs() - exact.abs().floor()) - 1) / saved).masked_fill(~away, torch.inf)
    order = price.argsort(dim=1)
    left = change.square().sum(1, keepdim=True) - saved.gather(1, order).cumsum(1)  # after each of them
    count = (left > limit).sum(1, keepdim=True).clamp_max(exact.shape[1] - 1)
    highest = price.gather(1, order).gather(1, count)  # of what is taken back; equal prices go together
    change = torch.where(~fits & away & (price <= highest), change - change.sign(), change)
    return ((base.flatten(1) + change.to(base)) / 255).view_as(start)


METHOD = Attack(
    key="pgd",
    label="PGD",
    paper="Madry et al. 2017, arXiv 1706.06083",
    idea="Follows the gradient, and is put back into a ball around the original whenever it leaves the ball. It does "
    "not look for a small change: it tests whether a change of a given size is enough.",
    run=partial(follow, search),
    search=search,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("projected gradient descent",),
)
