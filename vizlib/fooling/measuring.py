"""The counting behind `accuracy_under_attack`: some pictures at a time, each method, each epsilon."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.fooling import fgsm, ifgsm, pgd
from vizlib.fooling.batch import Search
from vizlib.fooling.result import HIGHEST
from vizlib.fooling.scoring import Criterion
from vizlib.models import Classifier, folded

_ITERATED: Final = ("ifgsm", "pgd")
_MADRY: Final = 2.5  # PGD's step size: this many radii, divided among the steps
_KURAKIN: Final = 2.0  # the same of I-FGSM: 20 steps of 0.8 levels for epsilon 8, as NTU's course has them


class Measuring:
    """How many pictures are right so far under each method at each epsilon, and the work on the next ones.

    epsilons are in levels of 255, ascending; `right` is a Tensor (methods, epsilons) of int64.
    """

    def __init__(
        self, model: Classifier, epsilons: tuple[int, ...], methods: tuple[str, ...], steps: int, seed: int
    ) -> None:
        self.model, self.epsilons, self.methods, self.steps, self.seed = model, epsilons, methods, steps, seed
        self.fast, _ = folded(model)
        self.count, self.right = 0, torch.zeros(len(methods), len(epsilons), dtype=torch.long)
        self._gray = model.preprocessing.channels == 1
        self._costs = [self.steps + 1 if each in _ITERATED else 1 for each in methods]
        self.each = max(1, sum(self._costs) * sum(epsilon > 0 for epsilon in epsilons))  # gradients per picture

    def part(self, start: Tensor, labels: Tensor, numbers: Sequence[int]) -> Iterator[int]:
        """Attacks some pictures, and counts them when all is done; yields how many gradients each has had.

        start: (N, 3, H, W) in [0, 1], at whole levels. numbers: of the pictures, for their noise.
        """
        found, done = torch.zeros_like(self.right), 0
        right = self._right(start, labels)
        for row, (method, cost) in enumerate(zip(self.methods, self._costs)):
            left = right
            for column, epsilon in enumerate(self.epsilons):
                asked = left if method in _ITERATED else right  # what a smaller epsilon fooled, a larger one fools
                rows = asked.nonzero().flatten()
                left = torch.zeros_like(right)
                if len(rows):
                    some = [numbers[each] for each in rows.tolist()]
                    changed = yield from self._changed(method, start[rows], epsilon, some, done)
                    left[rows] = self._right(changed, labels[rows])
                found[row, column] = int(left.sum())
                done += cost if epsilon else 0
        self.right, self.count = self.right + found, self.count + len(start)

    def _right(self, values: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            return self.model(values).argmax(1) == labels

    def _changed(
        self, method: str, start: Tensor, epsilon: int, numbers: Sequence[int], done: int
    ) -> Generator[int, None, Tensor]:
        """Yields the gradients so far; returns the changed pictures, at whole levels within epsilon."""
        changed = start
        if epsilon and method == "noise":
            changed = (start + self._signs(start, numbers) * (epsilon / 255)).clamp(0, 1)
        elif epsilon:
            search, knobs = self._attack(method, epsilon)
            for batch in search(self._criterion(start), start, HIGHEST, knobs, self.seed):
                yield done + batch.step
                changed = batch.rounding(batch.best) if batch.step == batch.total else changed
        return changed

    def _attack(self, method: str, epsilon: int) -> tuple[Search, Any]:
        if method == "fgsm":
            return fgsm.search, fgsm.Knobs(epsilon)
        if method == "ifgsm":
            return ifgsm.search, ifgsm.Knobs(epsilon, _KURAKIN * epsilon / self.steps, self.steps)
        step = min(1.0, _MADRY / self.steps)
        return pgd.search, pgd.Knobs("L-infinity", levels=epsilon, step_size=step, steps=self.steps)

    def _criterion(self, start: Tensor) -> Criterion:
        """Away from the network's own answer, which is the right one; a gray network is shown gray changes."""
        tie = _gray if self._gray else _as_it_is
        criterion = Criterion(self.model, self.fast, _as_it_is, torch.zeros(0), None, tie)
        criterion.settle(start, None, None)
        criterion.lead = 0.0  # only the rounded picture counts
        return criterion

    def _signs(self, start: Tensor, numbers: Sequence[int]) -> Tensor:
        """-1 or 1 for each value; each picture has its own, the same at every epsilon."""
        shape = (1 if self._gray else 3, *start.shape[2:])
        drawn = [np.random.default_rng([self.seed, each]).integers(0, 2, shape) for each in numbers]
        return torch.as_tensor(np.stack(drawn) * 2 - 1).to(start)


def _as_it_is(values: Tensor) -> Tensor:
    return values


def _gray(change: Tensor) -> Tensor:
    return change.mean(1, keepdim=True).expand_as(change)
