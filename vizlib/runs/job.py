"""A long run that one can leave, come back to and share.

A Job owns a generator of snapshots. Whoever iterates it pumps it: a step is computed when no newer snapshot than
the reader's own is there. So a run nobody watches stands still, a run that two watch is computed once, and a reader
that comes back goes on where the last one stopped. The lock is never held during a step: a class of thirty that reads
one job gets every snapshot as it comes, and reading `latest` never waits. Jobs that share a device take turns.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

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
        self._busy = False  # a reader is computing a step, or waits for its turn to
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
        """As iterating does, but with a None whenever `patience` seconds brought no news: time to look around.

        reader: who watches, so that `others` can tell him from the rest.
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
        """How many other runs have the device before this one's next step."""
        return self._turns.ahead(self) if self._turns else 0

    @property
    def crowd(self) -> int:
        """How many watch: readers of this run, times the runs that share its device."""
        return self.readers * max(1, self._turns.busy if self._turns else 1)

    @property
    def readers(self) -> int:
        """How many watch."""
        with self._news:
            return self._watchers.total()

    def others(self, reader: object) -> int:
        """How many watch beside this one."""
        return self.readers - self._watchers[reader]

    def _watch(self, reader: object, change: int) -> None:
        with self._news:
            self._watchers[reader] += change
            if not self._watchers[reader]:
                del self._watchers[reader]
            abandoned = not self.readers and not self.done
        if abandoned:
            self._tell("left")

    def _after(self, seen: int, patience: float | None) -> tuple[int, T | None]:
        """The first snapshot after number `seen`, computed here unless another reader is at it; None where none is."""
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
            except BaseException as problem:  # noqa: BLE001 - whatever ended the run, every reader must hear of it
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
        """One line for the operator; nothing in it tells what is in a picture."""
        if not self._about:
            return
        frame = self.latest
        done = {"step": frame.step, "of": frame.total} if frame is not None else {}
        numbers = {"seconds": round(self._seconds, 3), "readers": self.readers}
        _log.info(json.dumps({"event": "run", **self._about, **numbers, **done, "outcome": outcome}))


class JobTable:
    """The process's jobs by recipe key; of those that nobody watches, the least recently used dropped first.

    most: jobs; paused: jobs that are neither watched nor finished, which hold a network and its numbers;
    limit: bytes of the finished jobs' last snapshots, as `measure` counts them.
    """

    def __init__(
        self, most: int = 64, paused: int = 8, limit: int = 256_000_000, measure: Callable[[Any], int] = sys.getsizeof
    ) -> None:
        self.most, self.paused, self.limit = most, paused, limit
        self._measure = measure
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._sizes: WeakKeyDictionary[Job[Any], int] = WeakKeyDictionary()  # of the finished ones
        self._lock = threading.Lock()

    def get(
        self, key: str, start: Callable[[], Generator[T, None, None]], turns: Turns | None = None, **about: Any
    ) -> Job[T]:
        """The job of this recipe: the one that is there, else a new one. A failed one is not kept.

        A job dropped for want of room is not stopped: who still reads it reads on, and it ends with its last reader.
        """
        with self._lock:
            job: Job[T] | None = self._jobs.pop(key, None)
            if job is None or job.error is not None:
                job = Job(start, turns, **about)
            self._jobs[key] = job
            self._make_room(job)
        return job

    def forget(self, key: str) -> None:
        """Drops the job and stops it, so that asking again starts anew."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.stop()

    def clear(self) -> None:
        """Drops all that nobody watches."""
        with self._lock:
            for key in [key for key, job in self._jobs.items() if not job.readers]:
                del self._jobs[key]

    def counts(self) -> dict[str, int]:
        """Jobs by what they are at: "running" (somebody watches), "paused", "finished"."""
        with self._lock:
            jobs = list(self._jobs.values())
        running = sum(not job.done and job.readers > 0 for job in jobs)
        finished = sum(job.done for job in jobs)
        return {"running": running, "paused": len(jobs) - running - finished, "finished": finished}

    def size(self) -> int:
        """Bytes of the finished jobs' last snapshots."""
        with self._lock:
            return sum(self._size(job) for job in self._jobs.values())

    def _size(self, job: Job[Any]) -> int:
        if not job.done:
            return 0
        if job not in self._sizes:
            self._sizes[job] = self._measure(job.latest)
        return self._sizes[job]

    def _make_room(self, asked: Job[Any]) -> None:
        idle = [(key, job) for key, job in self._jobs.items() if job is not asked and not job.readers]
        paused = sum(not job.done for _, job in idle)
        used = sum(self._size(job) for job in self._jobs.values())
        for key, job in idle:
            too_many = len(self._jobs) > self.most or (paused > self.paused and not job.done)
            if too_many or (used > self.limit and job.done):
                paused -= not job.done
                used -= self._size(job)
                del self._jobs[key]

    def __len__(self) -> int:
        return len(self._jobs)
