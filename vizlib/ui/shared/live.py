"""Watching a run: a bar, live frames, a Stop button; an unrelated control does not start it again."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vizlib.records import Snapshot
from vizlib.runs import Recipe
from vizlib.runs import Job
from vizlib.ui.shared import server
from vizlib.ui.shared.words import plain

T = TypeVar("T", bound=Snapshot)
_SECONDS_PER_FRAME = 0.12  # pictures cost about 80 ms to paint: more of them would only queue
_PATIENCE = 4  # times what drawing a frame costs here passes before the next: the run comes first
_SELDOM = 2.0  # seconds between two frames at most, however many watch
_GLANCE = 0.25  # seconds without news until a reader says why, and notices that its visitor has left
_LEFT = "runs left"  # in the session: keys of the runs that this visitor has stopped watching
_MOST_LEFT = 64


@dataclass(frozen=True)
class Place:
    """Where a run computes, and whether its result may be kept on disk: not if it shows a visitor's own picture."""

    device: str
    keep: bool


def follow(
    place: Place | None,
    parts: dict[str, Any],
    start: Callable[[], Generator[T, None, None]],
    draw: Callable[[T], None] | None = None,
    what: str = "Computing",
) -> T | None:
    """Runs the recipe's job to its end, or goes on where it stands, drawing frames; answers the last one.

    All sessions that ask for the same recipe read the same job. place: None for what computes nothing, such as a
    download.
    """
    recipe = Recipe(parts)
    job = job_of(place, recipe, start)
    if job.done:
        _return(recipe.key)
        if job.error is not None:
            raise job.error
    elif recipe.key not in _left():
        _pump(job, recipe.key, draw, what)
    if job.latest is not None and draw is not None:
        draw(job.latest)
    if not job.done:
        _offer(job, recipe.key)
    return job.latest


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


def _offer(job: Job[Any], key: str) -> None:
    """Says where the run stands for a visitor who has stopped watching it, with a way back."""
    step = "" if job.latest is None else f" after step {job.latest.step:d} of {job.latest.total:d}"
    others = job.others(_visitor())
    watching = plain(_counted(others, "other visitor", "other visitors"))
    words = f"{watching} still watching: it goes on." if others else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Stopped{step}.", width="content")
        st.button("Go on", key=f"go on {key}", on_click=_return, args=(key,), icon=":material/resume:", help=words)


def _visitor() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _pump(job: Job[T], key: str, draw: Callable[[T], None] | None, what: str) -> None:
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=f"{plain(what)} ...")
        st.button("Stop", key=f"stop {key}", on_click=leave, args=(key,), icon=":material/stop_circle:")
    try:
        _watch(job, bar, draw, what)
    except Exception:  # of the run: its sentence follows, and nothing is waited for any more
        place.empty()
        raise
    place.empty()


def _watch(job: Job[T], bar: Any, draw: Callable[[T], None] | None, what: str) -> None:
    due = 0.0
    with closing(job.watch(_GLANCE, _visitor())) as news:
        for frame in news:
            now = time.monotonic()
            if frame is None:
                bar.progress(_share(job.latest), text=plain(waiting(what, job)))
            elif now >= due or frame.step >= frame.total:
                bar.progress(_share(frame), text=plain(_text(what, frame)))
                if draw is not None and frame.step < frame.total:
                    draw(frame)
                done = time.monotonic()
                due = done + min(_SELDOM, max(_SECONDS_PER_FRAME, _PATIENCE * job.crowd * (done - now)))


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
    return f"{what}: {frame.step} of {frame.total}"
