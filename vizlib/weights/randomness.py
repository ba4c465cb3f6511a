"""torch's global generators, lent to one user at a time, who has a stream of random numbers of its own.

Networks draw their first weights and dropout from the generators of the whole process, and torchvision its transforms.
Within a loan these continue the user's stream; then they are as they were, and the user keeps its place in the stream.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

_ONE_AT_A_TIME = threading.RLock()


class Stream:
    """Random numbers that depend on a seed alone, whatever other threads draw meanwhile.

    used: whether numbers were drawn in the last loan.
    """

    def __init__(self, seed: int, device: torch.device | None = None) -> None:
        self.used, self._seed, self._states = False, seed, list[Tensor]()
        cuda = device is not None and device.type == "cuda"
        self._cuda = [device.index or 0] if cuda and device else []

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Within this block, torch's global generators give this stream. Never yield inside."""
        with _ONE_AT_A_TIME, torch.random.fork_rng(devices=self._cuda):
            generators = [torch.default_generator, *(torch.cuda.default_generators[each] for each in self._cuda)]
            for number, each in enumerate(generators):
                if self._states:
                    each.set_state(self._states[number])
                else:
                    each.manual_seed(self._seed)
            before = self._states or [each.get_state() for each in generators]
            yield
            self._states = [each.get_state() for each in generators]
            self.used = not all(map(torch.equal, before, self._states))

    def state(self) -> list[Tensor]:
        """Where the stream stands, for a checkpoint; empty before the first loan."""
        return list(self._states)

    def restore(self, state: Sequence[Tensor]) -> None:
        """Goes on from there."""
        self._states = list(state)
