"""A kept run under way: a thread reads its jobs in turn until they have ended or it is stopped."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from typing import Any

from vizlib.errors import VizError
from vizlib.runs.job import Job
from vizlib.runs.provenance import versions
from vizlib.runs.recipe import Recipe

READER = "keeper"  # the name of all these readers of jobs: nobody sees what they read
_GLANCE = 0.25  # seconds without news until a reader notices that it was stopped
_SURE = 2.0  # seconds of reading after which the pace says when the run ends


@dataclass(frozen=True)
class Kept:
    """What is kept: jobs that one page shows together.

    Attributes:
        owner: a digest of the person's token.
        title: what the list calls it. page, controls: where it is shown: the page's name, and values of its controls.
        parts: of the jobs' recipes. device: where they compute.
        private: whether it is made of a person's own pictures. on_disk: whether it survives a restart.
        ended: "stopped", "finished", or the sentence of what went wrong; "" while it goes on.
        note: a sentence about how it was resumed.
        since: when it was kept, or has ended: seconds since 1970.
        versions: of the libraries that compute it.
    """

    owner: str
    title: str
    page: str
    controls: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]
    device: str = "cpu"
    private: bool = False
    on_disk: bool = True
    ended: str = ""
    note: str = ""
    since: float = field(default_factory=time.time)
    versions: Mapping[str, str] = field(default_factory=versions)

    @property
    def keys(self) -> list[str]:
        """The keys of the jobs' recipes."""
        return [Recipe(each).key for each in self.parts]

    @property
    def number(self) -> str:
        """64 hexadecimal digits: the same jobs of the same person have the same."""
        return hashlib.sha256("".join([self.owner, *self.keys]).encode()).hexdigest()


class Reading:
    """Keeps jobs going. changed: is called with this when `kept` has changed."""

    def __init__(self, kept: Kept, jobs: Mapping[str, Job[Any]], changed: Callable[[Reading], None]) -> None:
        self.kept, self.jobs = kept, jobs  # by the keys of their recipes
        self.problem_on_disk = ""  # why the last checkpoint could not be written
        self._changed = changed
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None
        self._began: tuple[float, int] | None = None

    @property
    def state(self) -> str:
        """ "running", "stopped", "finished" or "failed"."""
        known = {"": "running", "stopped": "stopped", "finished": "finished"}
        return known.get(self.kept.ended, "failed")

    @property
    def frames(self) -> list[Any]:
        """The last frame of each job, None for one without."""
        return [each.latest for each in self.jobs.values()]

    @property
    def ahead(self) -> int:
        """How many other runs get the device before this one's next step."""
        return min((each.ahead for each in self.jobs.values() if not each.done), default=0)

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at the pace since this process reads it; None as long as that cannot be told."""
        frames, now = self.frames, time.monotonic()
        if self._began is None or self.state != "running" or any(each is None for each in frames):
            return None
        (began, first), step = self._began, sum(each.step for each in frames)
        if now - began < _SURE or step <= first:
            return None
        return (now - began) / (step - first) * (sum(each.total for each in frames) - step)

    def go_on(self) -> None:
        """Begins to read, unless it does already or all is read."""
        if self._thread is not None and self._thread.is_alive() and not self._halt.is_set():
            return
        self._halt, self._began = threading.Event(), None
        self._end("")
        self._thread = threading.Thread(target=self._read, args=(self._halt,), name="kept run", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Reads no more after the step under way."""
        self._halt.set()
        if self.state == "running":
            self._end("stopped")

    def _end(self, how: str) -> None:
        if how != self.kept.ended:
            self.kept = replace(self.kept, ended=how, since=time.time() if how else self.kept.since)
        self._changed(self)

    def _read(self, halt: threading.Event) -> None:
        problem = ""
        with ExitStack() as stack:
            left = {each: stack.enter_context(closing(each.watch(_GLANCE, READER))) for each in self.jobs.values()}
            while left and not halt.is_set():
                for job, frames in list(left.items()):
                    try:
                        next(frames)
                    except StopIteration:
                        del left[job]
                    except Exception as wrong:  # noqa: BLE001  the job has told the log; the list says it in a sentence
                        del left[job]
                        problem = str(wrong) if isinstance(wrong, VizError) else "Something went wrong in this run."
                if self._began is None and all(each is not None for each in self.frames):
                    self._began = time.monotonic(), sum(each.step for each in self.frames)
        if not halt.is_set():
            self._end(problem or "finished")
