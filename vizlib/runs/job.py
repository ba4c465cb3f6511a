"""A long run that one can leave, come back to and share.

A Job owns a generator of snapshots, and its readers drive it: a step is computed when a reader asks for a snapshot
that is not there yet. So a run that nobody watches stands still, a run that two people watch is computed once, and a
reader that comes back goes on where the last one stopped. The lock is never held during a step: a class of thirty that
reads one job gets every snapshot as it comes, and reading `latest` never waits. Jobs that share a device take turns.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from typing import Any, Generic, TypeVar

from vizlib.records import Snapshot
from vizlib.runs.turns import Turns

T = TypeVar("T", bound=Snapshot)
_log = logging.getLogger("vizlib.runs.job")


class Job(Generic[T]):
    """One run of `start()`, a generator of snapshots; `about` goes to the log with its outcome."""

    def __init__(self, start: Callable[[], Generator[T, None, None]], turns: Turns | None = None, **about: Any) -> None:
        self._steps = start()
        self._turns = turns
        self._about = about
        self._news = threading.Condition()
        self._count = 0  # snapshots so far
        self._busy = False  # a reader computes a step or waits for its turn
        self._stopping = False
        self._seconds = 0.0
        self._watchers: Counter[object] = Counter()
        self.latest: T | None = None
        self.done = False  # no further snapshot will come
        self.stopped = False  # ended by stop(), so `latest` may be unfinished
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[T]:
        """Yields the snapshots from here on, the latest first; raises the run's error to every reader."""
        return (frame for frame in self.watch() if frame is not None)

    def watch(self, patience: float | None = None, reader: object = None) -> Generator[T | None, None, None]:
        """Yields the snapshots as iterating does, and a None whenever `patience` seconds brought no news.

        reader: who watches, so that `others` can leave this reader out.
        """
        seen = 0
        self._watch(reader, +1)
        try:
            while True:
                count, frame = self._after(seen, patience)
                if frame is None and self.done:
                    return
                seen = count
                yield frame
        finally:
            self._watch(reader, -1)

    @property
    def ahead(self) -> int:
        """How many other runs get the device before this one's next step."""
        return self._turns.ahead(self) if self._turns else 0

    @property
    def crowd(self) -> int:
        """Readers of this run times the runs that share its device."""
        return self.readers * max(1, self._turns.busy if self._turns else 1)

    @property
    def readers(self) -> int:
        """How many readers watch."""
        with self._news:
            return self._watchers.total()

    def others(self, *readers: object) -> int:
        """How many readers watch besides these."""
        return self.readers - sum(self._watchers[each] for each in readers)

    def _watch(self, reader: object, change: int) -> None:
        with self._news:
            self._watchers[reader] += change
            if not self._watchers[reader]:
                del self._watchers[reader]
            abandoned = not self.readers and not self.done
        if abandoned:
            self._tell("left")

    def _after(self, seen: int, patience: float | None) -> tuple[int, T | None]:
        """The next snapshot after number `seen` and its number, computed here unless another reader does; or None."""
        with self._news:
            self._news.wait_for(lambda: self._count > seen or self.done or not self._busy, patience)
            mine = self._count == seen and not self._busy and not self.done and not self._stopping
            self._busy = self._busy or mine
        if mine:
            with self._turns.turn(self, patience) if self._turns else nullcontext(True) as granted:
                self._advance(granted and not self._stopping)
        with self._news:
            if self._count > seen:
                return self._count, self.latest
            if self.error is not None:
                raise self.error
            return seen, None

    def _advance(self, granted: bool) -> None:
        frame: T | None = None
        error: BaseException | None = None
        began, ended = time.monotonic(), False
        if granted:
            try:
                frame = next(self._steps)
            except StopIteration:
                ended = True
            except BaseException as problem:  # noqa: BLE001 - every reader must hear what ended the run
                ended, error = True, problem
        with self._news:
            self._busy = False
            self._seconds += time.monotonic() - began
            if frame is not None:
                self.latest = frame
                self._count += 1
            self.done, self.error = ended, error
            self._news.notify_all()
        if ended:
            self._tell("finished" if error is None else f"failed: {type(error).__name__}")

    def result(self) -> T:
        """Runs to the end and returns the last snapshot."""
        for _ in self:
            pass
        if self.latest is None:
            raise RuntimeError("the run ended without a snapshot")
        return self.latest

    def stop(self) -> None:
        """Ends the run after the step under way, for all readers; the latest snapshot stays."""
        with self._news:
            self._stopping = True
            self._news.wait_for(lambda: not self._busy)
            if self.done:
                return
            self.done = self.stopped = True
            self._steps.close()
            self._news.notify_all()
        self._tell("stopped")

    def _tell(self, outcome: str) -> None:
        """Logs one line for the operator, without anything about what a picture shows."""
        if not self._about:
            return
        frame = self.latest
        done = {"step": frame.step, "of": frame.total} if frame is not None else {}
        numbers = {"seconds": round(self._seconds, 3), "readers": self.readers}
        _log.info(json.dumps({"event": "run", **self._about, **numbers, **done, "outcome": outcome}))
