"""FMN: Pintor et al., "Fast Minimum-norm Adversarial Attacks" (2021, arXiv 2102.12827), in L2.

Each step goes along the gradient of the lead over the best other class, and the change is then projected into a ball.
The radius is first a linear estimate of the distance to the decision border. From then on it shrinks a little while the
picture fools the network, and grows a little while it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import cos, pi
from typing import Annotated, Final

import torch
from torch import Tensor

from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import Batch, follow
from vizlib.fooling.scoring import Criterion, lengths, unit
from vizlib.method import Knob

_LAST_GAMMA: Final = 0.001
_LAST_RATE: Final = 0.01  # of the first one
_OVER: Final = 1.001  # not in the paper: rounding can leave a jump to the border just short of it, every time


@dataclass(frozen=True)
class Knobs:
    steps: Annotated[int, Knob("steps", 1, 2000, 1, "Each takes one gradient.", limited=True)] = 100
    rate: Annotated[
        float,
        Knob("first step size (L2, pixel values in [0, 1])", 0.05, 10.0, 0.05, "Falls to a hundredth, along a cosine."),
    ] = 1.0
    gamma: Annotated[
        float, Knob("first change of the radius per step (share)", 0.01, 0.5, 0.01, "Falls to 0.001, along a cosine.")
    ] = 0.05


def search(criterion: Criterion, start: Tensor, goal: float, knobs: Knobs, seed: int) -> Iterator[Batch]:
    """One batch per gradient, of values (N, 3, H, W); `best` is the shortest change so far that reaches the goal."""
    change = torch.zeros_like(start)
    longest = lengths(torch.maximum(start, 1 - start))
    radius = torch.full_like(longest, torch.inf)
    shortest, best, found = longest.clone(), start.clone(), torch.zeros_like(longest, dtype=torch.bool)
    for step in range(knobs.steps):
        values, size = start + change, lengths(change)
        logits, gradient = criterion.pull(values, lambda own, z: own.hardest(own.margin(z, goal)))
        reached = criterion.reached(logits, goal)
        better = reached & (size <= shortest)
        found, shortest = found | reached, torch.where(better, size, shortest)
        best = torch.where(better.view(-1, 1, 1, 1), values, best)
        yield Batch(step + 1, knobs.steps, values, logits, best, found)
        share = (1 + cos(pi * step / knobs.steps)) / 2
        rate = knobs.rate * (_LAST_RATE + (1 - _LAST_RATE) * share)
        gamma = _LAST_GAMMA + (knobs.gamma - _LAST_GAMMA) * share
        jump = criterion.hardest(criterion.margin(logits, goal)).abs() / lengths(gradient).clamp_min(1e-20)
        outside = torch.where(found, radius * (1 + gamma), (size + jump) * _OVER)
        radius = torch.where(reached, torch.minimum(radius * (1 - gamma), shortest), outside).minimum(longest)
        change = change + rate * unit(gradient)
        change = change * (radius / lengths(change).clamp_min(1e-20)).clamp_max(1).view(-1, 1, 1, 1)
        change = (start + change).clamp(0, 1) - start


METHOD = Attack(
    key="fmn",
    label="FMN",
    paper="Pintor et al. 2021, arXiv 2102.12827",
    idea="Estimates how far the border of the target's class is, jumps there, and then tightens a ball around the "
    "original step by step. Its changes are so small that rounding to 8 bits mostly takes them back.",
    run=partial(follow, search),
    search=search,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("fast minimum norm",),
)
