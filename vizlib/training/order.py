"""The order in which pictures come in training, by a seed: each once before any comes again, in full batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


class Order:
    """Numbers of pictures, batch after batch.

    count: of pictures. size: of a batch; at most all pictures.
    """

    def __init__(self, count: int, size: int, seed: int) -> None:
        self._count, self._size, self._waiting = count, min(size, count), list[int]()
        self._generator = torch.Generator().manual_seed(seed)

    def batch(self) -> list[int]:
        """The numbers of the next batch."""
        while len(self._waiting) < self._size:
            self._waiting += torch.randperm(self._count, generator=self._generator).tolist()
        found, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
        return found

    def state(self) -> dict[str, Any]:
        """Where it stands, for a checkpoint."""
        return {"generator": self._generator.get_state(), "waiting": torch.tensor(self._waiting, dtype=torch.int64)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self._generator.set_state(state["generator"])
        self._waiting = state["waiting"].tolist()
