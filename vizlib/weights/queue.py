"""Who may download now, and what need not be tried again so soon: one process asks the hub like one polite visitor."""

from __future__ import annotations

import threading
import time
from math import ceil

from vizlib.errors import ModelUnavailable

_PRESENT = 2.0  # seconds after which whoever has not asked again is taken to have left


class Line:
    """Downloads in the order in which they were asked for; `at_once` run, the others wait."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._running: set[object] = set()
        self._waiting: dict[object, float] = {}  # when each was last asked about, in the order of arrival
        self._lock = threading.Lock()

    def ahead(self, ticket: object) -> int:
        """How many come before this one; 0: it is its turn, and it has its place until it leaves."""
        now = time.monotonic()
        with self._lock:
            self._waiting[ticket] = now
            present = [each for each, seen in self._waiting.items() if now - seen < _PRESENT]  # the others have left
            before = present.index(ticket)
            if len(self._running) + before >= self.at_once:
                return len(self._running) + before
            del self._waiting[ticket]
            self._running.add(ticket)
            return 0

    def leave(self, ticket: object) -> None:
        with self._lock:
            self._waiting.pop(ticket, None)
            self._running.discard(ticket)


class Failures:
    """What failed a moment ago, so that a class that reloads its page does not ask the hub again and again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds  # that it is remembered
        self._known: dict[str, tuple[float, ModelUnavailable]] = {}

    def check(self, name: str) -> None:
        """Raises what was remembered of `name`, and when the next try is."""
        when, problem = self._known.get(name, (0.0, None))
        left = when + self.seconds - time.monotonic()
        if problem is not None and left > 0:
            raise ModelUnavailable(problem.sentence, f"{problem.remedy} Next try in {ceil(left)} s.")

    def remember(self, name: str, problem: ModelUnavailable) -> None:
        now = time.monotonic()
        self._known = {key: each for key, each in self._known.items() if now - each[0] < self.seconds}
        self._known[name] = now, problem

    def forget(self) -> None:
        """The next try may be now."""
        self._known = {}
