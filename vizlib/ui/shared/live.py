"""Watching a run: how far it is, live frames, a Stop button; an unrelated control does not start it again.

A page has one row, directly under its controls, in which each of its runs says how it goes: `status`. What a run shows
is drawn elsewhere and never moves that row. While a run goes on, the style sheet hides what belonged to the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vizlib.records import Snapshot
from vizlib.runs import Job, Recipe
from vizlib.ui.shared import asked, server
from vizlib.ui.shared.words import plain

T = TypeVar("T", bound=Snapshot)
_SECONDS_PER_FRAME = 0.12  # pictures cost about 80 ms to paint: more of them would only queue
_PATIENCE = 4  # times what drawing a frame costs here passes before the next: the run comes first
_SELDOM = 2.0  # seconds between two frames at most, however many watch
_GLANCE = 0.25  # seconds without news until a reader says why, and notices that its visitor has left
_STATUS = "status row"  # in the session, during one script run
_SURE = 1.0  # seconds of a run after which its pace says when it ends
_LEFT = "runs left"  # in the session: keys of the runs that this visitor has stopped watching
_MOST_LEFT = 64


@dataclass(frozen=True)
class Place:
    """Where a run computes, and whether its result may be kept on disk: not if it shows a visitor's own picture."""

    device: str
    keep: bool


@dataclass(frozen=True)
class Invitation:
    """How a page asks for a run that takes more than about three seconds."""

    button: str  # what the button says, an imperative
    until: Callable[[], object] | None = None  # draws what the page shows before the run is asked for
    beside: Callable[[], object] | None = None  # draws further buttons beside it


def status() -> None:
    """Reserves the row in which the runs of this page say how they go. A page calls it once, under its controls."""
    st.session_state[_STATUS] = st.container(key="status", gap=None)


def verdict() -> Any:
    """The page's row as a place for the one sentence that says what its runs have found."""
    return st.session_state[_STATUS]


def forget() -> None:
    """Forgets the row of the last script run. app.py calls it before it draws a page."""
    st.session_state.pop(_STATUS, None)


def _row(place: Place | None) -> Any:
    """The place of a run's row: the page's, or the current one for a download and for a page without such a row."""
    parent = st.session_state.get(_STATUS) if place is not None else None
    return (st if parent is None else parent).empty()


def follow(
    place: Place | None,
    parts: dict[str, Any],
    start: Callable[[], Generator[T, None, None]],
    draw: Callable[[T], None] | None = None,
    what: str = "Computing",
    invitation: Invitation | None = None,
) -> T | None:
    """Runs the recipe's job to its end, or goes on where it stands, drawing frames; answers the last one.

    All sessions that ask for the same recipe read the same job. place: None for what computes nothing, such as a
    download. invitation: the run starts on its button, unless its result is there or the page's link asked for it.
    """
    recipe = Recipe(parts)
    job = job_of(place, recipe, start)
    row = _row(place)
    if invitation is not None and job.latest is None and not job.done and not asked.includes(recipe.key):
        _invite(invitation, recipe.key, row)
        return None
    if job.done:
        _return(recipe.key)
        if job.error is not None:
            raise job.error
    elif recipe.key not in _left():
        _pump(job, recipe.key, draw, what, row)
    if job.latest is not None and draw is not None:
        draw(job.latest)
    if not job.done:
        _offer(job, recipe.key, row)
    return job.latest


def asked_for(recipe: Recipe, invitation: Invitation) -> bool:
    """Whether several runs of the page were asked for together, under this recipe. If not, draws the invitation."""
    if asked.includes(recipe.key):
        return True
    _invite(invitation, recipe.key, verdict().empty())
    return False


def _invite(invitation: Invitation, key: str, row: Any) -> None:
    with row.container(horizontal=True):
        st.button(
            plain(invitation.button), type="primary", key=f"start {key}", on_click=asked.ask, args=(key,),
            icon=":material/play_arrow:",
        )  # fmt: skip
        if invitation.beside is not None:
            invitation.beside()
    if invitation.until is not None:
        invitation.until()


def job_of(place: Place | None, recipe: Recipe, start: Callable[[], Generator[T, None, None]]) -> Job[T]:
    """The run of this recipe that all sessions share."""
    if place is None:
        return server.runs().job(recipe, start)
    return server.runs().job(recipe, start, place.device, place.keep)


def _left() -> dict[str, bool]:
    left: dict[str, bool] = st.session_state.setdefault(_LEFT, {})
    return left


def leave(key: str) -> None:
    """Only this visitor stops: the run goes on for the others, and stands still if there are none."""
    left = _left()
    left[key] = True
    while len(left) > _MOST_LEFT:
        left.pop(next(iter(left)))


def _return(key: str) -> None:
    _left().pop(key, None)


def _offer(job: Job[Any], key: str, row: Any) -> None:
    """Says where the run stands for a visitor who has stopped watching it, with a way back."""
    others = job.others(_visitor())
    watching = plain(_counted(others, "other visitor", "other visitors"))
    words = f"{watching} still watching: it goes on." if others else None
    with row.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(f"Stopped{_stage(job.latest)}."), width="content")
        st.button("Go on", key=f"go on {key}", on_click=_return, args=(key,), icon=":material/resume:", help=words)


def _stage(frame: Snapshot | None) -> str:
    """Where a stopped run stands. After the last step there is only the check of the result."""
    if frame is None:
        return ""
    if frame.step >= frame.total:
        return " before the result was checked"
    return f" after step {frame.step} of {frame.total}"


def _visitor() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _pump(job: Job[T], key: str, draw: Callable[[T], None] | None, what: str, row: Any) -> None:
    with row.container(horizontal=True, vertical_alignment="center", key=f"running {key}"):
        bar = st.progress(0.0, text=f"{plain(what)} ...")
        st.button("Stop", key=f"stop {key}", on_click=leave, args=(key,), icon=":material/stop_circle:")
    try:
        _watch(job, bar, draw, what)
    finally:  # after an error, its sentence follows, and nothing is waited for any more
        row.empty()


def _watch(job: Job[T], bar: Any, draw: Callable[[T], None] | None, what: str) -> None:
    due, pace = 0.0, Pace()
    with closing(job.watch(_GLANCE, _visitor())) as news:
        for frame in news:
            now = time.monotonic()
            if frame is None:
                bar.progress(_share(job.latest), text=plain(waiting(what, job)))
            elif now >= due or frame.step >= frame.total:
                bar.progress(_share(frame), text=plain(_text(what, frame) + pace.left(frame, now)))
                if draw is not None and frame.step < frame.total:
                    draw(frame)
                done = time.monotonic()
                due = done + min(_SELDOM, max(_SECONDS_PER_FRAME, _PATIENCE * job.crowd * (done - now)))


class Pace:
    """How fast a run goes, measured since this visitor began to watch it."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def left(self, frame: Snapshot, now: float) -> str:
        """How long the run still takes, in words; "" as long as that cannot be told."""
        began, step = self._first = self._first or (now, frame.step)
        if now - began < _SURE or frame.step <= step or frame.step >= frame.total:
            return ""
        seconds = (now - began) / (frame.step - step) * (frame.total - frame.step)
        return f", about {seconds:.0f} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"


def _share(frame: Snapshot | None) -> float:
    return min(1.0, frame.step / frame.total) if frame is not None and frame.total else 0.0


def waiting(what: str, job: Job[Any]) -> str:
    """Why nothing moves: other runs have the device, or the step takes its time."""
    said = f"{what} ..." if job.latest is None else _text(what, job.latest)
    ahead = job.ahead
    return f"{said} · {_counted(ahead, 'run', 'runs')} ahead of yours" if ahead else said


def _text(what: str, frame: Snapshot) -> str:
    note = getattr(frame, "note", "")
    if note and not frame.step and not frame.total:
        return f"{what}: {note}"
    if note == "bytes":
        done = f"{frame.step / 1e6:,.1f}"
        return f"{what}: {done} of {frame.total / 1e6:,.1f} MB" if frame.total else f"{what}: {done} MB"
    if frame.total and frame.step >= frame.total:
        return f"{what}: checking the result ..."
    return f"{what}: {frame.step} of {frame.total}"
