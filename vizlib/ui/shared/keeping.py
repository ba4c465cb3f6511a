"""Runs that go on when their page is left: the button that keeps them, and what is said in its place.

A kept run survives a restart of the server where its recipes alone make it again: `vizlib.ui.runs.again` knows how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from vizlib.errors import VizError
from vizlib.runs import Job, Kept, Reading, Recipe
from vizlib.runs.limits import allowed
from vizlib.ui.shared import reset, server, visitor
from vizlib.ui.shared.words import plain

_REFUSED = "why a run is not kept"  # in the session: by key of the runs
_SIDEBAR = ("network", "labels")  # controls of the sidebar that belong to a training
_TRAINED = "trained/"  # such a network is in the memory of its visitor's session only
LIST = "pages/runs.py"


@dataclass(frozen=True)
class Lasting:
    """What the list of runs says about the runs of a page, which a visitor may keep going.

    title: what is trained, in a few words. page: the name of the page.
    """

    title: str
    page: str


def find(recipes: Sequence[Recipe]) -> Reading | None:
    """This visitor's kept run of these recipes."""
    owner = visitor.owner()
    return server.runs().keeper.find(owner, [each.key for each in recipes]) if owner else None


def stop(run: Reading) -> None:
    """A callback: the run stays in the list, and stands still unless somebody watches it."""
    server.runs().keeper.stop(run.kept.owner, run.kept.number)


def go_on(run: Reading) -> None:
    """A callback: goes on with a run that was stopped."""
    server.runs().keeper.go_on(run.kept.owner, run.kept.number)


def remove(run: Reading) -> None:
    """A callback: the run is forgotten."""
    server.runs().keeper.remove(run.kept.owner, run.kept.number)


def offer(lasting: Lasting, place: Any, recipes: Sequence[Recipe], jobs: Sequence[Job[Any]], key: str) -> None:
    """Draws the button that keeps the runs, or says how long they go on."""
    run = find(recipes)
    if run is None and not allowed().kept:
        return
    if run is None:
        refused = st.session_state.setdefault(_REFUSED, {}).pop(key, "")
        st.button(
            "Keep running", key=f"keep {key}", on_click=partial(_keep, lasting, place, recipes, jobs, key),
            icon=":material/bookmark_add:", help="It then goes on when you leave this page. The page Runs lists it.",
        )  # fmt: skip
        if refused:
            st.markdown(f":orange[{plain(refused):s}]", width="content")
        return
    st.markdown(plain(goes_on(run)), width="content")
    st.page_link(LIST, label="All runs", icon=":material/list:")


def goes_on(run: Reading) -> str:
    """How long a kept run goes on, in a sentence."""
    if run.kept.on_disk:
        return run.problem_on_disk or "Goes on when you leave."
    if not server.runs().keeper.shelter.open:
        return "Goes on when you leave, until the server is restarted."
    why = "what is made of your own pictures" if run.kept.private else "a network of your session"
    return f"Goes on when you leave, until the server is restarted: {why} is never written to disk."


def _from_session(parts: Sequence[Mapping[str, Any]]) -> bool:
    return any(str(each.get("network", "")).startswith(_TRAINED) for each in parts)


def _keep(lasting: Lasting, place: Any, recipes: Sequence[Recipe], jobs: Sequence[Job[Any]], key: str) -> None:
    """A callback: the runs go on from now on."""
    parts, owner = [each.parts for each in recipes], visitor.become_known()
    controls = {name: st.session_state[name] for name in _SIDEBAR if name in st.session_state} | reset.controls()
    private, on_disk = not place.keep, not _from_session(parts)
    kept = Kept(owner, lasting.title, lasting.page, controls, parts, place.device, private, on_disk)
    try:
        server.runs().keeper.keep(kept, jobs)
    except VizError as problem:
        st.session_state.setdefault(_REFUSED, {})[key] = str(problem)
