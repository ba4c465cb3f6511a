"""A running average of the weights: what two adversaries circle around, while their weights go on circling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """The average of what the parameters were after each step; later steps count more.

    share: of the average that stays at each step; 0: it is the weights of the last step.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], share: float) -> None:
        self._parameters, self._share = list(parameters), share
        self._mean = [each.detach().clone() for each in self._parameters] if share else []

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """After a step. The first ones are left behind sooner, because they are far from all later ones."""
        if self._share:
            share = min(self._share, step / (step + 10))
            torch._foreach_lerp_(self._mean, [each.detach() for each in self._parameters], 1 - share)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Within this block the parameters have the values of the average."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for number, each in enumerate(self._parameters[: len(self._mean)]):
            self._mean[number], each.data = each.data, self._mean[number]

    def state(self) -> list[Tensor]:
        """For a checkpoint."""
        return list(self._mean)

    def restore(self, state: Sequence[Tensor]) -> None:
        """Goes on from there."""
        for mine, theirs in zip(self._mean, state, strict=True):
            mine.copy_(theirs)
