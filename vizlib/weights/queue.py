"""The order of downloads in one process, and a pause after a failure before the hub is asked again."""

from __future__ import annotations

import threading
import time
from math import ceil

from vizlib.errors import ModelUnavailable

_PRESENT = 2.0  # seconds: a ticket that has not asked for so long has left


class DownloadQueue:
    """Downloads in the order of their requests; `at_once` run, the others wait."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._running: set[object] = set()
        self._waiting: dict[object, float] = {}  # the time when each last asked, in the order of arrival
        self._lock = threading.Lock()

    def ahead(self, ticket: object) -> int:
        """How many come before this ticket; at 0 it may run, and it keeps its place until it leaves."""
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
    """Recent failures, so that many people who reload a page do not ask the hub again each time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds  # for which a failure is remembered
        self._known: dict[str, tuple[float, ModelUnavailable]] = {}

    def check(self, name: str) -> None:
        """Raises the remembered failure of `name`, if there is one, with the time until the next try."""
        when, problem = self._known.get(name, (0.0, None))
        left = when + self.seconds - time.monotonic()
        if problem is not None and left > 0:
            raise ModelUnavailable(problem.sentence, f"{problem.remedy} Next try in {ceil(left)} s.")

    def remember(self, name: str, problem: ModelUnavailable) -> None:
        now = time.monotonic()
        self._known = {key: each for key, each in self._known.items() if now - each[0] < self.seconds}
        self._known[name] = now, problem

    def forget(self) -> None:
        """Forgets all failures: the hub is asked again at once."""
        self._known = {}
