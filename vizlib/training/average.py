"""A running average of weights: what two adversaries circle around, while their weights go on circling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

_EARLY = 10  # steps: before about nine times as many, the average reaches less far back


class Average:
    """The average of what tensors of a network were after each step; later steps count more.

    share: of the average that stays at each step; 0: it is what the tensors are after the last step.
    """

    def __init__(self, tensors: Iterable[Tensor], share: float) -> None:
        self._tensors, self._share, self._steps = list(tensors), share, 0
        self._averages = [each.detach().clone() for each in self._tensors] if share else []

    @torch.no_grad()
    def follow(self) -> None:
        """After a step. The first ones are left behind sooner, because they are far from all later ones."""
        if self._share:
            kept = min(self._share, (1 + self._steps) / (_EARLY + self._steps)) if self._steps else 0.0
            torch._foreach_lerp_(self._averages, [each.detach() for each in self._tensors], 1 - kept)
        self._steps += 1

    @contextmanager
    def used(self) -> Iterator[None]:
        """Within this block the tensors have the values of the average."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for number, each in enumerate(self._tensors[: len(self._averages)]):
            self._averages[number], each.data = each.data, self._averages[number]

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"steps": self._steps, "weights": list(self._averages)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self._steps = state["steps"]
        for mine, theirs in zip(self._averages, state["weights"], strict=True):
            mine.copy_(theirs)
