"""Reading the jobs of a page for one visitor: a bar that says how far they are, and frames as often as it can draw."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vizlib.records import Snapshot
from vizlib.runs import Job
from vizlib.ui.shared import opening, progress
from vizlib.ui.shared.words import plain

T = TypeVar("T", bound=Snapshot)
Draw = Callable[[Sequence[T | None]], None]  # draws the last frames of several runs, None for one that has none
_SECONDS_PER_FRAME = 0.12  # pictures cost about 80 ms to paint: more of them would only queue
_SLOWING = 0.02  # of the seconds watched so far passes before the next frame: a slow browser catches up in a long run,
_SLOWED = 0.45  # seconds, at most. Without it, its frames queue until the run has ended, and no click is answered.
_PATIENCE = 4  # times what drawing a frame costs here passes before the next: the run comes first
_CALM = 1.2  # seconds without a drawing, again and again: React shows a control whose code the browser has just loaded
_BETWEEN_CALMS = 2.8  # only after half a second without news. Otherwise it would appear when the run has ended.
_NO_TIME = 0.5  # seconds: a browser need not be asked about a run that has ended by then
_SELDOM = 2.0  # seconds between two frames at most, however many watch
_GLANCE = 0.1  # seconds without news until a reader says why, and notices that its visitor has clicked or left


def watch(jobs: Sequence[Job[T]], bar: Any, draw: Draw[T], what: str) -> None:
    """Reads the jobs to their ends, drawing frames and what the bar says."""
    rhythm, pace, says = Rhythm(opening.patience()), progress.Pace(), _Bar(bar)
    with closing(_news(jobs)) as news, opening.ended():
        for job, frame in news:
            _notice_a_click()
            frames = [each.latest for each in jobs]
            sofar, now = progress.together(frames), time.monotonic()
            if frame is None or sofar is None:
                says(progress.share(sofar), progress.waiting(what, job, sofar))
            elif rhythm.due(now) or sofar.step >= sofar.total:
                says(progress.share(sofar), progress.text(what, sofar) + pace.left(sofar, now))
                if sofar.step < sofar.total:
                    draw(frames)
                rhythm.drawn(now, time.monotonic(), job.crowd)
            elif rhythm.waits(now):
                opening.ask()


class Rhythm:
    """When the next frame is drawn. The server does not hear how long a browser takes to paint one, so it gives time.

    All times are in seconds.
    """

    def __init__(self, patience: float = 0.0) -> None:
        """patience: how long no frame follows the first one, while a browser shows the page that it has just opened."""
        self._first: float | None = None  # when the first frame had been drawn
        self._due = 0.0
        self._opening = patience > 0
        self._calm, self._until_calm = (patience, 0.0) if patience else (_CALM, _BETWEEN_CALMS)

    def due(self, now: float) -> bool:
        """Whether a frame may be drawn."""
        return now >= self._due

    def waits(self, now: float) -> bool:
        """Whether frames wait for a browser that has just opened the page, and a run that takes no time is over."""
        return self._opening and self._first is not None and now >= self._first + _NO_TIME

    def drawn(self, began: float, ended: float, crowd: int = 1) -> None:
        """A frame has been drawn in that time, while so many sessions watched a run."""
        self._first = ended if self._first is None else self._first
        slowed = min(_SLOWED, _SLOWING * (ended - self._first))
        self._due = ended + max(_SECONDS_PER_FRAME, slowed, min(_SELDOM, _PATIENCE * crowd * (ended - began)))
        if ended >= self._first + self._until_calm:
            self._due = max(self._due, ended + self._calm)
            self._calm, self._until_calm = _CALM, self._due + _BETWEEN_CALMS - self._first


class _Bar:
    """What the bar says. Nothing is sent twice: each message puts off what else the browser has to show."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._said: tuple[float, str] | None = None

    def __call__(self, share: float, words: str) -> None:
        if (share, words) != self._said:
            self._said = share, words
            self._bar.progress(share, text=plain(words))


def _notice_a_click() -> None:
    """Lets Streamlit end this script if its visitor has clicked. It looks at each access to the session."""
    _ = "any key" in st.session_state


def _news(jobs: Sequence[Job[T]]) -> Generator[tuple[Job[T], T | None], None, None]:
    """The next frame of each job in turn, or None where there is no news, until all have ended."""
    with ExitStack() as stack:
        open_ones = {job: stack.enter_context(closing(job.watch(_GLANCE, visitor()))) for job in jobs}
        while open_ones:
            for job, frames in list(open_ones.items()):
                try:
                    yield job, next(frames)
                except StopIteration:
                    del open_ones[job]
                except Exception:
                    del open_ones[job]
                    if job.error is None:
                        raise


def visitor() -> str:
    """The name of this visitor as a reader of jobs."""
    context = get_script_run_ctx()
    return context.session_id if context else ""
