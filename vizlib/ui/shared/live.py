"""Watching a run: how far it is, live frames, a Stop button; an unrelated control does not start it again.

A page has one row, directly under its controls, in which each of its runs says how it goes: `status`. What a run shows
is drawn elsewhere and never moves that row. While a run goes on, the style sheet hides what belonged to the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from vizlib.records import Snapshot
from vizlib.runs import READER, Job, Reading, Recipe, as_stored
from vizlib.ui.shared import asked, keeping, progress, server, watching
from vizlib.ui.shared.keeping import Lasting as Lasting
from vizlib.ui.shared.noted import Noted
from vizlib.ui.shared.slot import Row
from vizlib.ui.shared.watching import Draw
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets import staged

T = TypeVar("T", bound=Snapshot)
_STATUS = "status row"  # in the session, during one script run
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
    return Noted(st.session_state[_STATUS])


def forget() -> None:
    """Forgets the row of the last script run. app.py calls it before it draws a page."""
    st.session_state.pop(_STATUS, None)


def _row(place: Place | None) -> Row:
    """The place of a run's row: the page's, or the current one for a download and for a page without such a row."""
    parent = st.session_state.get(_STATUS) if place is not None else None
    return Row(st if parent is None else parent)


@dataclass(frozen=True)
class Run(Generic[T]):
    """One of the runs that a page follows: what makes it again, and what begins it."""

    parts: dict[str, Any]
    start: Callable[[], Generator[T, None, None]]


def follow(  # noqa: PLR0913  what a run is, and what is said about it
    place: Place | None,
    parts: dict[str, Any],
    start: Callable[[], Generator[T, None, None]],
    draw: Callable[[T], None] | None = None,
    what: str = "Computing",
    invitation: Invitation | None = None,
    lasting: Lasting | None = None,
) -> T | None:
    """Runs the recipe's job to its end, or goes on where it stands, drawing frames; answers the last one.

    All sessions that ask for the same recipe read the same job. place: None for what computes nothing, such as a
    download. invitation: the run starts on its button, unless its result is there or the page's link asked for it.
    lasting: what the list of runs says about it; a visitor may then keep it going when the page is left.
    """

    def draw_it(frames: Sequence[T | None]) -> None:
        if draw is not None and frames[0] is not None:
            draw(frames[0])

    return follow_all(place, [Run(parts, start)], draw_it, what, invitation, lasting)[0]


def follow_all(
    place: Place | None,
    runs: Sequence[Run[T]],
    draw: Draw[T],
    what: str = "Computing",
    invitation: Invitation | None = None,
    lasting: Lasting | None = None,
) -> list[T | None]:
    """Follows several runs at once, as `follow` does one: each makes a step in turn, and they share one row.

    lasting: what the list of runs says about them; a visitor may then keep them going when the page is left.

    Raises the first error when all have ended.
    """
    recipes = [Recipe(each.parts) for each in runs]
    jobs = [job_of(place, recipe, each.start) for recipe, each in zip(recipes, runs, strict=True)]
    key = recipes[0].key if len(recipes) == 1 else Recipe({"runs": [each.key for each in recipes]}).key
    row = _row(place)
    kept = keeping.find(recipes) if lasting else None
    if invitation is not None and not kept and not _there(place, recipes, jobs) and not asked.includes(key):
        _invite(invitation, key, row)
        return [None] * len(jobs)
    if all(job.done for job in jobs):
        row.empty()
        _return(key)
    elif key not in _left() and not (kept and kept.state == "stopped"):

        def buttons() -> None:
            st.button("Stop", key=f"stop {key}", on_click=_stop, args=(key, kept), icon=":material/stop_circle:")
            if lasting is not None and place is not None:
                keeping.offer(lasting, place, recipes, jobs, key)

        with staged.paused():
            _pump(jobs, key, draw, what, row, buttons)
    _note(place, recipes, jobs)
    _finish(jobs, draw)
    if not all(job.done for job in jobs):
        _offer(jobs, key, row, kept)
    return [job.latest for job in jobs]


def _note(place: Place | None, recipes: Sequence[Recipe], jobs: Sequence[Job[Any]]) -> None:
    """A lecture that takes what the page shows takes the recipes that make it again."""
    for recipe, job in zip(recipes, jobs, strict=True):
        if place is not None and job.latest is not None:
            staged.result(recipe.key, recipe.parts, place.keep)


def _begun(job: Job[Any]) -> bool:
    return job.latest is not None or job.done


def _there(place: Place | None, recipes: Sequence[Recipe], jobs: Sequence[Job[Any]]) -> bool:
    """Whether each of the runs has begun or its result is in the store."""
    return all(_begun(job) or stored(place, recipe) for job, recipe in zip(jobs, recipes, strict=True))


def stored(place: Place | None, recipe: Recipe) -> bool:
    """Whether the store has the result, so that showing it takes no time."""
    if place is None or not place.keep:
        return False
    return server.runs().store.has(as_stored(recipe, place.device).key)


def _finish(jobs: Sequence[Job[T]], draw: Draw[T]) -> None:
    """Draws what there is at the end, or when the visitor has stopped; raises the first error."""
    problem = next((job.error for job in jobs if job.error is not None), None)
    if (problem is None or len(jobs) > 1) and any(job.latest is not None for job in jobs):
        draw([job.latest for job in jobs])
    if problem is not None:
        raise problem


def asked_for(recipe: Recipe, invitation: Invitation) -> bool:
    """Whether several runs of the page were asked for together, under this recipe. If not, draws the invitation."""
    if asked.includes(recipe.key):
        return True
    _invite(invitation, recipe.key, verdict().empty())
    return False


def _invite(invitation: Invitation, key: str, row: Row) -> None:
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


def _return(key: str, kept: Reading | None = None) -> None:
    _left().pop(key, None)
    if kept is not None:
        keeping.go_on(kept)


def _offer(jobs: Sequence[Job[Any]], key: str, row: Row, kept: Reading | None) -> None:
    """Says where the run stands for a visitor who has stopped watching it, with a way back."""
    others = max(job.others(watching.visitor(), READER) for job in jobs)
    watchers = plain(progress.counted(others, "other visitor", "other visitors"))
    words = f"{watchers} still watching: it goes on." if others else None
    stage = progress.stage(progress.together([job.latest for job in jobs]))
    with row.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(f"Stopped{stage}."), width="content")
        st.button("Go on", key=f"go on {key}", on_click=_return, args=(key, kept), icon=":material/resume:", help=words)


def _stop(key: str, kept: Reading | None) -> None:
    leave(key)
    if kept is not None:
        keeping.stop(kept)


def _pump(jobs: Sequence[Job[T]], key: str, draw: Draw[T], what: str, row: Row, buttons: Callable[[], object]) -> None:
    with row.container(horizontal=True, vertical_alignment="center", key=f"running {key}"):
        bar = st.progress(0.0, text=f"{plain(what)} ...")
        buttons()
    try:
        watching.watch(jobs, bar, draw, what)
    except Exception:  # its sentence follows, and nothing is waited for any more
        row.empty()
        raise
    row.empty()  # not where the script runs again: then the row stays until the next one is drawn
