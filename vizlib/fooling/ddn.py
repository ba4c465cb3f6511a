"""DDN: Rony et al., "Decoupling Direction and Norm" (2019, arXiv 1811.09600), in L2.

Each step goes along the gradient of the target's log-probability, and then the change is rescaled to a length that
shrinks while the picture fools and grows while it does not.
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
from vizlib.fooling.scoring import Criterion, lengths, rounded, unit
from vizlib.method import Knob

_RATES: Final = (1.0, 0.01)  # step sizes at first and at last


@dataclass(frozen=True)
class Knobs:
    steps: Annotated[int, Knob("steps", 1, 2000, 1, "Each takes one gradient.", limited=True)] = 100
    gamma: Annotated[float, Knob("change of the length per step (share)", 0.01, 0.5, 0.01, "The paper's gamma.")] = 0.05
    length: Annotated[
        float,
        Knob(
            "first length (L2, pixel values in [0, 1])", 0.05, 20.0, 0.05, "The length of the change at the first step."
        ),
    ] = 1.0
    whole_levels: Annotated[
        bool, Knob("whole gray levels", help="Rounds each step to 256 levels, as the paper's own code does.")
    ] = True  # of files; `perturb` does not round unless it is asked to


def search(criterion: Criterion, start: Tensor, goal: float, knobs: Knobs, seed: int) -> Iterator[Batch]:
    """One batch per gradient, of values (N, 3, H, W); `best` is the shortest change so far that reaches the goal."""
    draws = [torch.Generator().manual_seed(seed) for _ in start]
    change, length = torch.zeros_like(start), torch.full((len(start),), knobs.length, device=start.device)
    longest = lengths(torch.maximum(start, 1 - start))
    shortest, best, found = longest.clone(), start.clone(), torch.zeros_like(longest, dtype=torch.bool)
    for step in range(knobs.steps):
        values, size = start + change, lengths(change)
        logits, gradient = criterion.pull(values, Criterion.likelihood)
        reached = criterion.reached(logits, goal)
        better = reached & (size < shortest)
        found, shortest = found | better, torch.where(better, size, shortest)
        best = torch.where(_wide(better), values, best)
        yield Batch(step + 1, knobs.steps, values, logits, best, found)
        rate = _RATES[1] + (_RATES[0] - _RATES[1]) * (1 + cos(pi * step / knobs.steps)) / 2
        change = change + rate * unit(_somewhere(criterion, gradient, draws))
        factor = torch.where(reached, 1 - knobs.gamma, 1 + knobs.gamma)
        length = torch.minimum(length * factor, longest)
        values = (start + change * _wide(length / lengths(change))).clamp(0, 1)
        change = (rounded(values) if knobs.whole_levels else values) - start


def _wide(each: Tensor) -> Tensor:
    return each.view(-1, 1, 1, 1)


def _somewhere(criterion: Criterion, gradient: Tensor, draws: list[torch.Generator]) -> Tensor:
    """The gradients, and noise in the place of one that is zero, each by a generator of its own."""
    rows = (lengths(gradient) < 1e-12).nonzero().flatten().tolist()
    if not rows:
        return gradient
    gradient = gradient.clone()
    for row in rows:
        noise = torch.randn((1, *gradient.shape[1:]), generator=draws[row]).to(gradient)
        gradient[row : row + 1] = criterion.tie(noise)
    return gradient


METHOD = Attack(
    key="ddn",
    label="DDN",
    paper="Rony et al. 2019, arXiv 1811.09600",
    idea="Follows the gradient, but sets the length of the change by itself: a little shorter whenever the picture "
    "fools, a little longer whenever it does not.",
    run=partial(follow, search),
    search=search,
    unrounded={"whole_levels": False},
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("decoupled direction and norm",),
)
