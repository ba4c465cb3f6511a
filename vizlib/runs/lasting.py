"""Runs that last: one that somebody keeps goes on when nobody watches it, and after the server was stopped or killed.

A thread of the process reads the kept run's jobs, so that they make their steps. Every few seconds, between two steps,
a frame's checkpoint is written to disk. The next server goes on from there: on the CPU, the end result is equal to the
bit. The person who keeps a run is known by a digest only. What is made of a person's own pictures is never written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from vizlib.errors import CheckpointMismatch, VizError
from vizlib.records import Snapshot
from vizlib.runs.job import Job
from vizlib.runs.limits import allowed
from vizlib.runs.provenance import versions
from vizlib.runs.reading import Kept, Reading
from vizlib.runs.recipe import Recipe
from vizlib.runs.shelter import Shelter

T = TypeVar("T", bound=Snapshot)
Again = Callable[[Mapping[str, Any], "bytes | None", str], Generator[Any, None, None]]
Begin = Callable[[Recipe, Callable[[], Generator[Any, None, None]], str, bool], Job[Any]]
EVERY: Final = 10.0  # seconds between two checkpoints of a run
_ENDED, _ENDED_IN_ALL = 8, 40  # ended runs of one person in the list, and of all persons
_DAYS: Final = 7  # for which an ended run stays in the list
_log = logging.getLogger("vizlib.runs.lasting")


@runtime_checkable
class Resumable(Protocol):
    """A frame of a run that can go on from a checkpoint."""

    def freeze(self) -> Callable[[], bytes]:
        """The whole run as it stands after this frame: its state is copied now, and packed when that is called."""


class Keeper:
    """The kept runs of a process. Every method that changes one asks for its owner."""

    def __init__(self, shelter: Shelter, every: float = EVERY) -> None:
        self.shelter, self.every = shelter, every
        self._runs: dict[str, Reading] = {}
        self._lock = threading.RLock()
        self._written: dict[str, float] = {}  # when the job's last checkpoint was made

    def of(self, owner: str) -> list[Reading]:
        """The person's kept runs, the newest first."""
        with self._lock:
            self._tidy()
            return [each for each in reversed(self._runs.values()) if each.kept.owner == owner]

    def find(self, owner: str, keys: Sequence[str]) -> Reading | None:
        """The person's kept run of the jobs with these recipe keys."""
        return next((each for each in self.of(owner) if each.kept.keys == list(keys)), None)

    def job(self, key: str) -> Job[Any] | None:
        """The job with this recipe key, if somebody keeps it and it has not failed."""
        with self._lock:
            jobs = [job for each in self._runs.values() if (job := each.jobs.get(key)) and not job.error]
        return jobs[0] if jobs else None

    def keep(self, kept: Kept, jobs: Sequence[Job[Any]]) -> Reading:
        """Keeps the jobs from now on. Raises VizError where the operator allows no more."""
        with self._lock:
            found = self._runs.get(kept.number)
            if found is None:
                self._check(kept.owner)
                kept = replace(kept, on_disk=kept.on_disk and not kept.private and self.shelter.open)
                found = self._add(Reading(kept, dict(zip(kept.keys, jobs, strict=True)), self._write))
            found.go_on()
        return found

    def _check(self, owner: str) -> None:
        limits, open_ones = allowed(), [each for each in self._runs.values() if each.state in ("running", "stopped")]
        mine = sum(each.kept.owner == owner for each in open_ones)
        if mine >= limits.kept:
            what = f"You keep {_counted(mine)} already, and this server keeps no more for one visitor."
            raise VizError(what, "Remove one in the list of runs, or wait until one has ended.")
        if len(open_ones) >= limits.kept_in_all:
            what = f"This server keeps {_counted(len(open_ones))} of its visitors already, and no more."
            raise VizError(what, "Leave this page open instead, or try again later.")

    def _add(self, run: Reading) -> Reading:
        self._runs[run.kept.number] = run
        self._tidy()
        return run

    def _tidy(self) -> None:
        """Forgets what ended long ago, and each person's oldest ended runs where there are many."""
        ended = [each for each in self._runs.values() if each.state in ("finished", "failed")]
        for run in ended:
            later = [each for each in ended if each.kept.since > run.kept.since]
            many = sum(each.kept.owner == run.kept.owner for each in later) >= _ENDED or len(later) >= _ENDED_IN_ALL
            if many or time.time() - run.kept.since > _DAYS * 86_400:
                self._forget(run)

    def stop(self, owner: str, number: str) -> None:
        """Keeps the run no longer going; it stays in the list."""
        if run := self._mine(owner, number):
            run.stop()

    def go_on(self, owner: str, number: str) -> None:
        """Goes on with a run that was stopped."""
        if run := self._mine(owner, number):
            run.go_on()

    def remove(self, owner: str, number: str) -> None:
        """Ends the keeping, and removes what is on disk."""
        if run := self._mine(owner, number):
            run.stop()
            with self._lock:
                self._forget(run)

    def _mine(self, owner: str, number: str) -> Reading | None:
        with self._lock:
            run = self._runs.get(number)
        return run if run is not None and run.kept.owner == owner else None

    def _forget(self, run: Reading) -> None:
        self._runs.pop(run.kept.number, None)
        self.shelter.forget(run.kept.number)
        for key in run.jobs:
            if self.job(key) is None:
                self.shelter.drop(key)

    def hand_over(self, before: str, owner: str) -> None:
        """Gives the runs of one person to another: the browser knew its visitor already, by another token."""
        for run in self.of(before):
            with self._lock:
                self._forget(run)
                run.kept = replace(run.kept, owner=owner)
                self._write(self._add(run))

    def _write(self, run: Reading) -> None:
        if run.kept.on_disk and self._runs.get(run.kept.number) is run:
            self.shelter.note(run.kept.number, asdict(run.kept))

    # Checkpoints

    def written(self, key: str, start: Callable[[], Generator[T, None, None]]) -> Generator[T, None, None]:
        """The run of a job; while it is kept, a checkpoint is written every few seconds, between two steps."""
        with closing(start()) as frames:
            for frame in frames:
                if self._is_due(key) and isinstance(frame, Resumable):
                    self._checkpoint(key, frame)
                yield frame

    def _is_due(self, key: str) -> bool:
        if time.monotonic() - self._written.get(key, float("-inf")) < self.every:
            return False
        return any(key in each.jobs and each.kept.on_disk for each in list(self._runs.values()))

    def _checkpoint(self, key: str, frame: Resumable) -> None:
        self._written[key] = time.monotonic()
        try:
            content = frame.freeze()
        except VizError:  # the last frame has none
            return
        except Exception:  # noqa: BLE001  the run is worth more than its checkpoint
            _log.exception("a checkpoint failed")
            return
        self.shelter.write(key, content, lambda problem: self._tell(key, problem))

    def _tell(self, key: str, problem: str) -> None:
        for run in list(self._runs.values()):
            if key in run.jobs:
                run.problem_on_disk = problem

    # After a restart

    def resume(self, begin: Begin, again: Again) -> None:
        """Goes on with everything that the last process kept.

        begin: gives the job of a recipe. again: makes its run again, from a checkpoint if there is one.
        """
        for kept in self._recorded():
            jobs = [begin(Recipe(parts), self._resumed(kept, parts, again), kept.device, True) for parts in kept.parts]
            run = Reading(kept, dict(zip(kept.keys, jobs, strict=True)), self._write)
            with self._lock:
                self._add(run)
            if not kept.ended:
                run.go_on()

    def _recorded(self) -> Generator[Kept, None, None]:
        for record in self.shelter.records():
            try:
                yield Kept(**record)
            except TypeError:  # it was written by a version with other fields
                _log.warning("a kept run of another version is left out")

    def _resumed(self, kept: Kept, parts: Mapping[str, Any], again: Again) -> Callable[[], Generator[Any, None, None]]:
        def start() -> Generator[Any, None, None]:
            content = self.shelter.checkpoint(Recipe(parts).key)
            run, first = self._first(kept, content, lambda given: again(parts, given, kept.device))
            with closing(run):
                yield first
                yield from run

        return start

    def _first(self, kept: Kept, content: bytes | None, make: Callable[[bytes | None], Any]) -> tuple[Any, Any]:
        """The run and its first frame: from the checkpoint, or from step 0, and then the list says why."""
        why = "its checkpoint was damaged or missing"
        if kept.versions != versions():
            content, why = None, "this server has another version since"
        if content is not None:
            run = make(content)
            try:
                return run, next(run)
            except CheckpointMismatch as problem:
                _log.warning("a checkpoint was not taken: %s", problem)
        self._renew(kept.number, f"It began again at step 0 after a restart, because {why}.")
        run = make(None)
        return run, next(run)

    def _renew(self, number: str, note: str) -> None:
        if run := self._runs.get(number):
            run.kept = replace(run.kept, note=note, versions=versions())
            self._write(run)


def _counted(runs: int) -> str:
    return f"{runs} run{'s' * (runs != 1)}"
