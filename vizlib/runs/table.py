"""The process's jobs by recipe: bounded, and dropped in a fair order when there are too many."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from vizlib.records import Snapshot
from vizlib.runs.job import Job
from vizlib.runs.turns import Turns

T = TypeVar("T", bound=Snapshot)


class JobTable:
    """The process's jobs by recipe key. The least recently used of those that nobody watches are dropped first.

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

        A job that is dropped for lack of room is not stopped: it goes on for its readers and ends with the last one.
        """
        with self._lock:
            job: Job[T] | None = self._jobs.pop(key, None)
            if job is None or job.error is not None:
                job = Job(start, turns, **about)
            self._jobs[key] = job
            self._make_room(job)
        return job

    def forget(self, key: str) -> None:
        """Drops the job and stops it, so that asking again starts from the beginning."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.stop()

    def clear(self) -> None:
        """Drops all jobs that nobody watches."""
        with self._lock:
            for key in [key for key, job in self._jobs.items() if not job.readers]:
                del self._jobs[key]

    def counts(self) -> dict[str, int]:
        """How many jobs are "running" (somebody watches), "paused" and "finished"."""
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
