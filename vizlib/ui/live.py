"""Watching a run: a bar, live frames, a Stop button; an unrelated control does not start it anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import streamlit as st

from vizlib.job import Job, JobTable
from vizlib.records import Recipe, Snapshot

T = TypeVar("T", bound=Snapshot)
_SECONDS_PER_FRAME = 0.12  # pictures cost about 80 ms to paint: more of them would only queue
_PATIENCE = 4  # times what drawing a frame costs here passes before the next: the run comes first


@st.cache_resource(show_spinner=False)
def _table() -> JobTable:
    return JobTable()


def follow(
    parts: dict[str, Any],
    start: Callable[[], Generator[T, None, None]],
    draw: Callable[[T], None] | None = None,
    what: str = "Computing",
) -> T | None:
    """Runs the recipe's job to its end, or goes on where it stands, drawing frames; answers the last one.

    Whoever asks for the same recipe, in this session or another, reads the same job.
    """
    key = Recipe(parts).key
    job: Job[T] = _table().get(key, start)
    if not job.done:
        _pump(job, key, draw, what)
    elif job.error is not None:
        raise job.error
    if job.latest is not None and draw is not None:
        draw(job.latest)
    if job.stopped:
        st.caption(f"Stopped{_where(job)}.")
        st.button("Start again", key=f"again {key}", on_click=_table().forget, args=(key,), icon=":material/replay:")
    return job.latest


def _where(job: Job[Any]) -> str:
    return "" if job.latest is None else f" after step {job.latest.step} of {job.latest.total}"


def _pump(job: Job[T], key: str, draw: Callable[[T], None] | None, what: str) -> None:
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=f"{what} ...")
        st.button("Stop", key=f"stop {key}", on_click=job.stop, icon=":material/stop_circle:")
    due = 0.0
    for frame in job:
        now = time.monotonic()
        if now < due and frame.step < frame.total:
            continue
        bar.progress(min(1.0, frame.step / frame.total) if frame.total else 0.0, text=_text(what, frame))
        if draw is not None and frame.step < frame.total:
            draw(frame)
        done = time.monotonic()
        due = done + max(_SECONDS_PER_FRAME, _PATIENCE * (done - now))
    place.empty()


def _text(what: str, frame: Snapshot) -> str:
    note = getattr(frame, "note", "")
    if note and not frame.step and not frame.total:
        return f"{what}: {note}"
    if note == "bytes":
        done = f"{frame.step / 1e6:,.1f}"
        return f"{what}: {done} of {frame.total / 1e6:,.1f} MB" if frame.total else f"{what}: {done} MB"
    return f"{what}: {frame.step} of {frame.total}"
