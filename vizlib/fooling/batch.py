"""Published attacks on batches: they take and give values, and know nothing of files.

An attack of this kind is a `Search`: a generator of `Batch`es over values (N, 3, H, W) in [0, 1]. `together` makes
files of what it finds. `perturb` gives the pictures alone, as papers and other libraries have them: not rounded to
levels. A picture in a batch gets what it gets alone, up to rounding: each begins with the seed's own draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.fooling.aim import Targets, aims, sought
from vizlib.fooling.case import Case
from vizlib.fooling.result import HIGHEST, Attempt
from vizlib.fooling.scoring import Criterion, joined, lengths, rounded
from vizlib.models import Classifier


@dataclass(frozen=True, eq=False, repr=False)
class Batch:
    """N pictures after `step` of `total` gradients.

    Attributes:
        step: gradients of each picture so far, from 1.
        total: gradients of each picture in all.
        values: Tensor (N, 3, H, W) in [0, 1], the pictures whose logits these are.
        logits: Tensor (N, ways, K); of `perturbing`, ways is 1.
        best: Tensor (N, 3, H, W) in [0, 1], the answer if the search ended here.
        found: Tensor (N,) of bool: whether `best` reaches its target, before any rounding.
        rounding: puts values on whole levels of 255, without leaving the radius that the search was given.
    """

    step: int
    total: int
    values: Tensor
    logits: Tensor
    best: Tensor
    found: Tensor
    rounding: Callable[[Tensor], Tensor] = rounded

    def __repr__(self) -> str:
        return f"Batch(step {self.step} of {self.total}: found {int(self.found.sum())} of {len(self.found)})"


# (criterion, start (N, 3, H, W), goal, knobs, seed): a batch per gradient
Search: TypeAlias = Callable[[Criterion, Tensor, float, Any, int], Iterator[Batch]]


def follow(search: Search, case: Case, knobs: Any) -> Iterator[Attempt]:
    """The attack on one picture, a frame per gradient."""
    for (attempt,) in together(search, [case], knobs):
        yield attempt


def together(search: Search, cases: Sequence[Case], knobs: Any) -> Iterator[list[Attempt]]:
    """The attack on pictures of one size, a frame for each of them per gradient: what its rounded picture is taken for.

    What the search would answer at that step is rounded too, and offered as a file if it is new.
    """
    criterion = joined([case.criterion for case in cases])
    starts, offered = [case.start() for case in cases], [torch.empty(0)] * len(cases)
    start = torch.cat(starts)
    for batch in search(criterion, start, cases[0].goals[-1], knobs, cases[0].seed):
        shown = batch.rounding(batch.values)
        with torch.no_grad():
            logits = criterion.logits(shown)
        last = batch.step == batch.total
        new = [last or _is_new(batch, row, offered[row]) for row in range(len(cases))]
        best = batch.rounding(batch.best) if any(new) and not torch.equal(batch.best, batch.values) else shown
        for row, case in enumerate(cases):
            one = slice(row, row + 1)
            case.criterion.gradients = criterion.gradients // len(cases)
            case.criterion.record(batch.step, logits[one], float(lengths(shown[one] - starts[row])[0]))
            case.floating = case.floating or bool(batch.found[row])
            if new[row]:
                offered[row] = batch.best[row]
                _offer(case, best[one], None if not torch.equal(best[one], shown[one]) else logits[one])
        yield [case.attempt(batch.step, batch.total, shown[i : i + 1]) for i, case in enumerate(cases)]


def _is_new(batch: Batch, row: int, offered: Tensor) -> bool:
    """Whether a picture reaches its target, and is another one than that which was offered last."""
    return bool(batch.found[row]) and not torch.equal(batch.best[row], offered)


def _offer(case: Case, values: Tensor, logits: Tensor | None) -> None:
    if logits is None:
        with torch.no_grad():
            logits = case.criterion.logits(values)
    case.offer(values, logits)


def plain_criterion(model: Classifier, pixels: Tensor, targets: Targets) -> Criterion:
    """A criterion without files: the network is shown the values as they are, and the highest score is enough.

    Raises what `aims` raises, and VizError for targets of several kinds.
    """
    wanted = aims(model, targets, HIGHEST, 0, len(pixels))
    if len({each.kind for each in wanted}) > 1:
        what = "The targets are of several kinds: classes, sums of classes and None."
        raise VizError(what, "Give those of each kind in a call of their own.")
    criterion = Criterion(model, model, lambda values: values, torch.zeros(0), None)
    criterion.settle(pixels, *sought(wanted, len(model.class_names), model.device))
    criterion.lead = 0.0  # nothing is rounded
    return criterion
