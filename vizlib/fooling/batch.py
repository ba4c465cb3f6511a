"""Published attacks on batches: they take and give values, and know nothing of files.

An attack of this kind is a `Search`: a generator of `Batch`es over values (N, 3, H, W) in [0, 1]. `follow` makes an
attack on one picture of it, `perturbed` gives the pictures alone, as papers and other libraries have them: not rounded
to levels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.fooling.case import Case
from vizlib.fooling.result import HIGHEST, Attempt
from vizlib.fooling.scoring import Criterion, lengths, rounded
from vizlib.models import Classifier


@dataclass(frozen=True, eq=False)
class Batch:
    """N pictures after `step` of `total` gradients."""

    step: int
    total: int
    values: Tensor  # (N, 3, H, W), whose logits these are
    logits: Tensor  # (N, ways, K)
    best: Tensor  # (N, 3, H, W), the answer if the search ended here
    found: Tensor  # (N,) bool: whether `best` reaches the goal, before any rounding


# (criterion, start (N, 3, H, W), goal, knobs, seed): a batch per gradient
Search: TypeAlias = Callable[[Criterion, Tensor, float, Any, int], Iterator[Batch]]


def follow(search: Search, case: Case, knobs: Any) -> Iterator[Attempt]:
    """The attack on one picture, a frame per gradient: what the rounded picture is taken for at each step.

    What the search would answer at that step is rounded too, and offered as a file.
    """
    start, offered = case.start(), None
    for batch in search(case.criterion, start, case.goals[-1], knobs, case.seed):
        shown, best = rounded(batch.values), rounded(batch.best)
        with torch.no_grad():
            logits = case.criterion.logits(shown)
        case.criterion.record(batch.step, logits, float(lengths(shown - start)[0]))
        case.floating = case.floating or bool(batch.found[0])
        last = batch.step == batch.total
        if last or (bool(batch.found[0]) and (offered is None or not torch.equal(batch.best, offered))):
            offered = batch.best
            if not torch.equal(best, shown):
                with torch.no_grad():
                    logits = case.criterion.logits(best)
            case.offer(best, logits)
        yield case.attempt(batch.step, batch.total, batch.values)


def perturbed(search: Search, criterion: Criterion, pixels: Tensor, knobs: Any, seed: int) -> Tensor:
    """What the search answers in the end, (N, 3, H, W), not rounded; the highest score is enough."""
    return deque(search(criterion, pixels, HIGHEST, knobs, seed), maxlen=1).pop().best


def labels_of(
    model: Classifier, pixels: Tensor, targets: Sequence[int | str] | Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """(sources, targets), both (N,). Raises VizError for another number of targets, UnknownName for no such class."""
    model.need_classes()
    with torch.no_grad():
        sources = model(pixels).argmax(1)
    if targets is None:
        return sources, None
    if isinstance(targets, Sequence):
        targets = [model.class_index(each) if isinstance(each, str) else each for each in targets]
    try:
        wanted = torch.as_tensor(targets, device=model.device)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise VizError("The targets are not whole numbers.", "Give a class per picture, or None.") from problem
    if wanted.shape != sources.shape or wanted.is_floating_point():
        raise VizError(f"There are {len(pixels)} pictures and {wanted.numel()} targets.", "Give a class per picture.")
    count = len(model.class_names)
    if not bool(((wanted >= 0) & (wanted < count)).all()):
        raise UnknownName(f"{model.name} has no such class.", f"Choose from 0 to {count - 1}.")
    return sources, wanted.long()


def plain_criterion(model: Classifier, pixels: Tensor, targets: Sequence[int | str] | Tensor | None) -> Criterion:
    """A criterion without files: the network is shown the values as they are, and the highest score is enough."""
    sources, wanted = labels_of(model, pixels, targets)
    return Criterion(model, model, lambda values: values, sources, wanted)
