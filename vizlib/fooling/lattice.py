"""The least visible image on the 8-bit grid: a search that never leaves it, and a refinement level by level.

After Rony et al., "Decoupling Direction and Norm" (2019, arXiv 1811.09600), with the lattice in the place of the
sphere. A file holds whole levels, and a change that is spread over all pixels is rounded away. If the network were
linear with gradient g, the shortest whole-numbered change that raises the score enough would be round(c g) for some c.
So the memory of the search is a direction, never rounded, and the picture is the original plus that direction times c,
rounded: the gradient is taken there, as if rounding did nothing (straight through). c shrinks while the goal is
reached, and grows while it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, Final

import torch
from torch import Tensor

from vizlib.fooling.attack import Attack
from vizlib.fooling.case import FRONTIER, Case
from vizlib.fooling.ray import Ray
from vizlib.fooling.reading import RESOLUTIONS
from vizlib.fooling.result import Attempt
from vizlib.fooling.scoring import lengths, unit
from vizlib.method import Knob

_TURN: Final = (0.7, 0.05)  # how far a step turns the direction, at first and at last
_SCALE: Final = (0.1, 0.01)  # by which share a step changes c, at first and at last
_LATER: Final = (0.6, 0.05), (0.05, 0.01)  # both, for goals after the first, which begin where the last one ended
_FIRST: Final = 128.0  # levels that c begins with at most: far from the picture, gradients say little
_PATIENCE: Final = 5  # steps without progress after which c is left as it is
_PRUNE: Final = 4  # gradients that the refinement takes per goal
_PLUNGE: Final = 0.3  # by which share a step shrinks c at most
_HALVINGS: Final = 7


@dataclass(frozen=True)
class Knobs:
    steps: Annotated[
        int,
        Knob(
            "steps",
            10,
            1000,
            1,
            "Gradients for the first goal; each further goal takes half as many.",
            limited=True,
        ),
    ] = 96
    resolution: Annotated[
        str,
        Knob(
            "file size",
            help="How large the saved file is.",
            choices=RESOLUTIONS,
            meanings=(
                "As large as the network resizes pictures, so that nothing is lost on the way.",
                "As large as the picture itself; the network's resize and crop are then inside the loop.",
            ),
        ),
    ] = "network"
    frontier: Annotated[
        bool, Knob("trace the frontier", help="Also finds the least change for p = 0.5, 0.9 and 0.99, one by one.")
    ] = False


class _Search:
    """The direction and its length in levels, step by step."""

    def __init__(self, case: Case) -> None:
        self.case, self.criterion, self.ray = case, case.criterion, Ray(case.start())  # the ray's length is c
        self.nearest, self.stale = float("-inf"), 0  # the best margin, and how many steps ago that was

    def step(self, goal: float, done: float, first: bool) -> None:
        """One gradient; `done` is the share of the steps that is behind."""
        ray, values = self.ray, self.ray.values()
        logits, gradient = self.criterion.pull(values, lambda own, z: own.hardest(own.margin(z, goal)))
        met = bool(self.criterion.reached(logits, goal)[0])
        self.case.offer(values, logits)
        self.criterion.record(len(self.criterion.trace) + 1, logits, ray.l2)
        share = (1 + cos(pi * done)) / 2
        turns, scales = (_TURN, _SCALE) if first else _LATER
        turn, scale = (low + share * (high - low) for high, low in (turns, scales))
        if self.case.best(goal) is None:
            scale = scales[0]  # a network that hardly answers needs a long change
        slope = float((gradient * ray.direction).sum()) / 255  # logits per level of c
        ray.direction = unit(ray.direction + turn * unit(self.open(gradient)))
        if ray.length == 0:
            ray.length = self._guess(logits, gradient, goal)
        else:
            spare = float(self.criterion.hardest(self.criterion.margin(logits, goal))[0])
            ray.length *= _factor(spare, met, slope * ray.length, scale if met or self._gains(spare) else 0.0)
        ray.go()
        best = self.case.best(goal)
        if met and best is not None and ray.l2 >= best:
            ray.length *= 1 - scale
            ray.go()

    def _gains(self, margin: float) -> bool:
        """Whether longer changes come nearer to the goal; if not, only the direction turns for a while."""
        self.stale = 0 if margin > self.nearest else self.stale + 1
        self.nearest = max(margin, self.nearest)
        return self.stale < _PATIENCE or self.stale > 3 * _PATIENCE

    def open(self, gradient: Tensor) -> Tensor:
        """The gradient without what would push black further down and white further up."""
        levels = self.ray.base + self.ray.change
        shut = ((levels <= 0) & (gradient < 0)) | ((levels >= 255) & (gradient > 0))
        return gradient.masked_fill(shut, 0.0)

    def _guess(self, logits: Tensor, gradient: Tensor, goal: float) -> float:
        """The c that a linear network would need, and at least one level somewhere."""
        missing = -float(self.criterion.hardest(self.criterion.margin(logits, goal))[0])
        slope = float(lengths(gradient)[0]) / 255
        largest = float(self.ray.direction.abs().max())
        least = 1.0 / largest if largest else 0.0
        return max(least, min(missing / slope, _FIRST)) if slope else least

    def prune(self, goal: float) -> None:
        """Takes back levels that the goal does not need, beginning with the least margin lost per change saved."""
        found = next(self.case.candidates(goal), None)
        if found is None:
            return
        self.ray.change = self.ray.to(found)
        for _ in range(_PRUNE):
            if not self._pruned(goal):
                return

    def _pruned(self, goal: float) -> bool:
        """One gradient, then some passes that halve how many levels are taken back until the goal holds."""
        change = self.ray.change
        logits, gradient = self.criterion.pull(self.ray.values(), lambda own, z: own.hardest(own.margin(z, goal)))
        planes = 1 if self.case.reading.tied else 3  # tied: red, green and blue are taken back as one
        sign = change[:, :planes].sign()
        gain = gradient[:, :planes] * sign * (3 / planes)
        price = gain / (2 * change[:, :planes].abs() - 1).clamp_min(1)  # margin lost per squared level saved
        price = price.masked_fill(sign == 0, float("inf")).flatten()
        order = price.argsort(stable=True)[: int((sign != 0).sum())]
        spare = float(self.criterion.hardest(self.criterion.margin(logits, goal))[0])
        loss = gain.flatten()[order].cumsum(0) / 255
        count = int((loss <= spare).nonzero().max()) + 1 if bool((loss <= spare).any()) else 0
        for _ in range(_HALVINGS):
            if not count:
                return False
            taken = torch.zeros_like(sign).flatten()
            taken[order[:count]] = sign.flatten()[order[:count]]
            trial = change - taken.view_as(sign)
            values = self.ray.values(trial)
            with torch.no_grad():
                logits = self.criterion.logits(values)
            self.case.offer(values, logits)
            if bool(self.criterion.reached(logits, goal)[0]):
                self.ray.change = trial
                return True
            count //= 2
        return False


def _factor(spare: float, met: bool, slope: float, scale: float) -> float:
    """The factor for c: a little below or above 1, and far below 1 where the goal is exceeded by far.

    `spare` logits are left or missing; `slope` of them are lost or won by halving or doubling c, if all were linear.
    """
    if not met:
        return 1 + scale
    return max(1 - _PLUNGE, min(1 - scale, 1 - 0.5 * spare / slope)) if slope > 0 else 1 - scale


def run(case: Case, knobs: Knobs) -> Iterator[Attempt]:
    """One frame per gradient, one goal after the other; the finds are kept in the case."""
    search = _Search(case)
    with torch.no_grad():
        case.offer(case.start(), case.criterion.logits(case.start()))
    goals = [goal for goal in case.goals if case.best(goal) is None]  # the original may reach some already
    later = max(8, knobs.steps // 2)
    budgets = [knobs.steps if number == 0 else later for number in range(len(goals))]
    step, total = 0, sum(budgets)
    for number, (goal, budget) in enumerate(zip(goals, budgets)):
        gradients = budget - _PRUNE
        for done in range(gradients):
            search.step(goal, done / gradients, number == 0)
            step += 1
            yield case.attempt(step, total, search.ray.values(), goal)
        search.prune(goal)
        search.nearest, search.stale = float("-inf"), 0  # for the next goal
        search.ray.go()  # the next goal begins where the search was, not where pruning ended
        step += _PRUNE
        yield case.attempt(step, total, search.ray.values(), goal)


METHOD = Attack(
    key="lattice",
    label="Least visible",
    paper="after Rony et al. 2019, arXiv 1811.09600, on the 8-bit grid",
    idea="Looks for the smallest change that fools the network and still does after saving: it only ever tries "
    "whole gray levels, and changes the pixels that matter most by one or two of them.",
    run=run,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    traced=lambda knobs: FRONTIER if knobs.frontier else (),
    resolution=lambda knobs: str(knobs.resolution),
    frontier_knob="frontier",
)
