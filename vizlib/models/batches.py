"""Many pictures through a network in batches that fit into memory; the size that fitted is remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Final, TypeVar

import torch

from vizlib.errors import TooBig
from vizlib.models._passes import Network
from vizlib.models.devices import device_error
from vizlib.records import Size

T = TypeVar("T")
_MOST_KINDS = 64  # of work whose limits a network remembers; the oldest is dropped
_USUAL: Final = {"cuda": 64}  # pictures of 224 x 224 px per pass; more are hardly faster
_USUAL_ELSEWHERE: Final = 16


def at_most(device: torch.device, size: Size) -> int:
    """How many pictures of `size` (H, W) px to pass at once: as many pixels as 16 usual ones have, on CUDA 64."""
    usual = _USUAL.get(device.type, _USUAL_ELSEWHERE)
    return max(1, usual * 224 * 224 // max(1, size[0] * size[1]))


def usual_batches(model: Network, kind: Hashable, size: Size) -> Batches:
    """Batches of as many pictures of `size` (H, W) px as is usual for the device, for work of this kind."""
    return Batches(model, (kind, size), at_most(model.device, size))


def drop_traceback(problem: BaseException) -> None:
    """Drops the traceback of an exception: its frames hold the tensors that did not fit."""
    problem.__traceback__ = problem.__cause__ = problem.__context__ = None


class Batches:
    """Runs pictures through a network in batches: at first of `most`, of fewer once memory was short.

    The network remembers the limit by `kind`, which names everything that the need of memory depends on, so that the
    next work of that kind begins with it.
    """

    def __init__(self, model: Network, kind: Hashable, most: int) -> None:
        self._model, self._kind = model, kind
        self.at_once = min(most, self._limits().get(kind, most))

    def __call__(self, count: int, answer: Callable[[slice], T]) -> list[T]:
        """The results of `answer` for slices of `count` pictures, in order; TooBig if one picture does not fit."""
        found: list[T] = []
        first = 0
        while first < count:
            some = min(count - first, self.at_once)
            result = self._tried(answer, slice(first, first + some))
            if result is None:
                self._halve(some)
            else:
                found.append(result)
                first += some
        return found

    def note(self, count: int) -> str:
        """A sentence for the user if memory did not hold `count` pictures at once, else ""."""
        limit = self._limits().get(self._kind, count)
        if limit >= count:
            return ""
        held = f"{limit} picture{'s' * (limit != 1)}"
        return f"The device's memory held {held} at once, so they were made in parts."

    def _tried(self, answer: Callable[[slice], T], some: slice) -> T | None:
        try:
            return answer(some)
        except (TooBig, torch.OutOfMemoryError) as problem:
            if some.stop - some.start == 1:
                what = f"{self._model.name} with 1 picture"
                raise device_error(problem, what, self._model.device) or problem from problem.__cause__
            drop_traceback(problem)
        return None

    def _halve(self, some: int) -> None:
        self.at_once = some // 2
        with self._model.lock:
            limits = self._limits()
            limits.pop(self._kind, None)
            while len(limits) >= _MOST_KINDS:
                limits.pop(next(iter(limits)))
            limits[self._kind] = self.at_once
        if self._model.device.type == "cuda":
            with suppress(RuntimeError):  # raised while another thread captures a graph
                torch.cuda.empty_cache()

    def _limits(self) -> dict[Hashable, int]:
        limits: dict[Hashable, int] = self._model.memo.setdefault("at once", {})
        return limits
