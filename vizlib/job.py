"""A long run that one can leave, come back to, share and stop.

A Job owns a generator of snapshots. Whoever iterates it pumps it: a step is computed when no newer snapshot than
the reader's own is there. So a run nobody watches stands still, a run that two watch is computed once, and a reader
that comes back goes on where the last one stopped. The lock is never held during a step: a class of thirty that reads
one job gets every snapshot as it comes, and reading `latest` never waits.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from typing import Any, Generic, TypeVar

from vizlib.records import Snapshot

T = TypeVar("T", bound=Snapshot)


class Job(Generic[T]):
    """One run of `start()`, a generator of snapshots."""

    def __init__(self, start: Callable[[], Generator[T, None, None]]) -> None:
        self._steps = start()
        self._news = threading.Condition()
        self._count = 0  # snapshots so far
        self._busy = False  # a reader is computing a step
        self._stopping = False
        self.latest: T | None = None
        self.done = False  # no further snapshot will come
        self.stopped = False  # ended by stop(), so `latest` may be unfinished
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[T]:
        """Yields the snapshots from here on, the latest first; raises the run's error to every reader."""
        seen = 0
        while (news := self._after(seen)) is not None:
            seen, frame = news
            yield frame

    def _after(self, seen: int) -> tuple[int, T] | None:
        """The first snapshot after number `seen`, computed here unless another reader is at it; None at the end."""
        with self._news:
            self._news.wait_for(lambda: self._count > seen or not self._busy)
            mine = self._count == seen and not self.done and not self._stopping
            self._busy = self._busy or mine
        if mine:
            self._advance()
        with self._news:
            if self._count > seen and self.latest is not None:
                return self._count, self.latest
            if self.error is not None:
                raise self.error
            return None

    def _advance(self) -> None:
        frame: T | None = None
        error: BaseException | None = None
        try:
            frame = next(self._steps)
        except StopIteration:
            pass
        except BaseException as problem:  # noqa: BLE001 - whatever ended the run, every reader must hear of it
            error = problem
        with self._news:
            self._busy = False
            if frame is None:
                self.done, self.error = True, error
            else:
                self.latest = frame
                self._count += 1
            self._news.notify_all()

    def result(self) -> T:
        """Runs to the end and returns the last snapshot."""
        for _ in self:
            pass
        if self.latest is None:
            raise RuntimeError("the run ended without a snapshot")
        return self.latest

    def stop(self) -> None:
        """Ends the run after the step under way; the latest snapshot stays."""
        with self._news:
            self._stopping = True
            self._news.wait_for(lambda: not self._busy)
            if not self.done:
                self.done = self.stopped = True
                self._steps.close()


class JobTable:
    """The process's jobs by recipe key, the least recently used dropped first."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, start: Callable[[], Generator[T, None, None]]) -> Job[T]:
        """The job of this recipe: the one that is there, else a new one. A failed one is not kept.

        A job dropped for want of room is not stopped: who still reads it reads on, and it ends with its last reader.
        """
        with self._lock:
            job: Job[T] | None = self._jobs.pop(key, None)
            if job is None or job.error is not None:
                job = Job(start)
            self._jobs[key] = job
            while len(self._jobs) > self._most:
                self._jobs.popitem(last=False)
        return job

    def forget(self, key: str) -> None:
        """Drops the job and stops it, so that asking again starts anew."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.stop()

    def __len__(self) -> int:
        return len(self._jobs)
