"""Many pictures through a network in parts that memory holds, and the memory of what it once did not hold."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import TypeVar

import torch

from vizlib.errors import TooBig
from vizlib.models.classifier import Classifier
from vizlib.models.devices import device_error

T = TypeVar("T")
_MOST_KINDS = 64  # of work whose limits a network remembers, the oldest goes


def let_go(problem: BaseException) -> None:
    """Forgets where an exception came from: those frames hold each other and the tensors that did not fit."""
    problem.__traceback__ = problem.__cause__ = problem.__context__ = None


class Parts:
    """How many pictures go through a network at once: at first `most`, fewer from where memory was short.

    The limit is remembered on the network by `kind`, which names all that the need of memory hangs on, so that the
    next work of that kind begins with it.
    """

    def __init__(self, model: Classifier, kind: Hashable, most: int) -> None:
        self._model, self._kind = model, kind
        self.at_once = min(most, self._limits().get(kind, most))

    def __call__(self, count: int, part: Callable[[slice], T]) -> list[T]:
        """The parts' answers, in order; `part` is asked for some of `count` pictures. Raises TooBig for one alone."""
        found: list[T] = []
        first = 0
        while first < count:
            some = min(count - first, self.at_once)
            answer = self._tried(part, slice(first, first + some))
            if answer is None:
                self._halve(some)
            else:
                found.append(answer)
                first += some
        return found

    def note(self, count: int) -> str:
        """What a person should know about `count` pictures where memory was short, "" otherwise."""
        limit = self._limits().get(self._kind, count)
        if limit >= count:
            return ""
        held = f"{limit} picture{'s' * (limit != 1)}"
        return f"The device's memory held {held} at once, so they were made in parts."

    def _tried(self, part: Callable[[slice], T], some: slice) -> T | None:
        try:
            return part(some)
        except (TooBig, torch.OutOfMemoryError) as problem:
            if some.stop - some.start == 1:
                what = f"{self._model.name} with 1 picture"
                raise device_error(problem, what, self._model.device) or problem from problem.__cause__
            let_go(problem)
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
            with suppress(RuntimeError):  # while another thread captures a graph
                torch.cuda.empty_cache()

    def _limits(self) -> dict[Hashable, int]:
        limits: dict[Hashable, int] = self._model.memo.setdefault("at once", {})
        return limits
