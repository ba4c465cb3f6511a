"""The list of this visitor's kept runs, which looks after them every two seconds."""

from __future__ import annotations

import streamlit as st

from vizlib.runs import Reading
from vizlib.ui.shared import keeping, progress, server, trained, visitor
from vizlib.ui.shared.words import plain

_EVERY = 2.0  # seconds
_ICONS = {
    "running": ":material/play_circle:",
    "stopped": ":material/pause_circle:",
    "finished": ":material/check_circle:",
    "failed": ":material/error:",
}


def draw() -> None:
    """Draws the list, and draws it again every two seconds if there is anything in it."""
    st.fragment(_draw, run_every=_EVERY if _mine() else None)()


def _mine() -> list[Reading]:
    owner = visitor.owner()
    return server.runs().keeper.of(owner) if owner else []


def _draw() -> None:
    runs = _mine()
    for run in runs:
        _one(run)
    if not runs:
        st.info(
            "You keep no runs. A page that trains for minutes has **Keep running** beside **Stop** while it does: "
            "the run then goes on when you leave the page, and is in this list.",
            icon=":material/bookmark_add:",
        )


def _one(run: Reading) -> None:
    kept, so_far = run.kept, progress.together(run.frames)
    with st.container(border=True, key=f"kept {kept.number}"):
        st.markdown(f"{_ICONS[run.state]} **{plain(kept.title)}**")
        if run.state in ("running", "stopped"):
            st.progress(progress.share(so_far), text=plain(_where(run)))
        else:
            st.markdown(plain(_where(run)))
        for each in filter(None, (_survival(run), kept.note)):
            st.caption(plain(each))
        with st.container(horizontal=True):
            _buttons(run)


def _where(run: Reading) -> str:
    """How far the run is, in a sentence."""
    so_far = progress.together(run.frames)
    if run.state == "finished":
        return "Finished."
    if run.state == "failed":
        return run.kept.ended
    if so_far is None:
        return "Waiting for its next step ..." if run.state == "running" else "Stopped."
    if run.state == "stopped":
        return f"Stopped{progress.stage(so_far)}."
    ahead = f", {progress.counted(run.ahead, 'run', 'runs')} ahead of it" if run.ahead else ""
    return f"Step {so_far.step:,} of {so_far.total:,}{progress.about(run.seconds_left)}{ahead}."


def _survival(run: Reading) -> str:
    """What a restart of the server would do to it, and how to see it again, unless nothing is special."""
    if run.kept.on_disk:
        return run.problem_on_disk if run.state == "running" else ""
    said = keeping.goes_on(run) if run.state in ("running", "stopped") else ""
    return f"{said} To see it, open its page and give the same pictures again.".strip() if run.kept.private else said


def _buttons(run: Reading) -> None:
    number, kept = run.kept.number, run.kept
    if st.button("Open", key=f"open {number}", icon=":material/open_in_new:"):
        trained.go(kept.page, kept.controls)
        st.rerun()  # of the whole page, which then changes
    if run.state == "running":
        st.button("Stop", key=f"stop {number}", on_click=keeping.stop, args=(run,), icon=":material/stop_circle:")
        return
    if run.state == "stopped":
        st.button("Go on", key=f"go on {number}", on_click=keeping.go_on, args=(run,), icon=":material/resume:")
    st.button("Remove", key=f"remove {number}", on_click=keeping.remove, args=(run,), icon=":material/delete:")
