"""Which run has the next step on a device: the one that has used it least, so that each gets the same share."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary


@dataclass
class _Claim:
    used: float  # seconds of the device, as if the run had been here from the start
    waiting: int = 0  # threads that ask for its next step
    running: bool = False


class Turns:
    """The queue of one device. Any hashable object stands for a run; it is forgotten with its last reference."""

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once  # steps that may run side by side
        self._claims: WeakKeyDictionary[Hashable, _Claim] = WeakKeyDictionary()
        self._news = threading.Condition()
        self._clock = 0.0  # what the run served last had used: a new run begins here, without a credit

    @contextmanager
    def turn(self, run: Hashable, patience: float | None = None) -> Iterator[bool]:
        """Gives True if it is this run's turn within the block, False if `patience` seconds were not enough."""
        mine = self._wait(run, patience)
        began = time.monotonic()
        try:
            yield mine
        finally:
            if mine:
                self._give_back(run, time.monotonic() - began)

    def ahead(self, run: Hashable) -> int:
        """How many runs get the device before this one, with those that compute now."""
        with self._news:
            used = self._claim(run).used
            others = [claim for other, claim in self._claims.items() if other is not run]
        return sum(each.running or (each.waiting > 0 and each.used < used) for each in others)

    @property
    def busy(self) -> int:
        """How many runs compute or wait."""
        with self._news:
            return sum(each.running or each.waiting > 0 for each in self._claims.values())

    def _claim(self, run: Hashable) -> _Claim:
        return self._claims.setdefault(run, _Claim(self._clock))

    def _wait(self, run: Hashable, patience: float | None) -> bool:
        with self._news:
            claim = self._claim(run)
            claim.used = max(claim.used, self._clock)  # a run that paused gets no credit for it
            claim.waiting += 1
            try:
                if not self._news.wait_for(lambda: self._is_next(claim), patience):
                    return False
            finally:
                claim.waiting -= 1
                self._news.notify_all()  # this claim may have held others back
            claim.running = True
            self._clock = max(self._clock, claim.used)
            return True

    def _is_next(self, claim: _Claim) -> bool:
        claims = list(self._claims.values())
        if sum(each.running for each in claims) >= self.at_once:
            return False
        return all(each.used >= claim.used for each in claims if each.waiting)

    def _give_back(self, run: Hashable, seconds: float) -> None:
        with self._news:
            claim = self._claim(run)
            claim.running = False
            claim.used += seconds
            self._news.notify_all()
