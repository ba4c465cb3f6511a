"""Ours beside the published figures: what was measured before, and a button that measures it here."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib import exercises
from vizlib.exercises import NOTHING, Exercise, Measured
from vizlib.models import Classifier
from vizlib.ui.shared import live, networks, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.progress import counted
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_ASKED: Final = "exercise that is measured"  # in the session: its key
_GRAY, _OWN_PICTURES = "bundled/digits", ("shortcut",)


def draw(exercise: Exercise, here: Chosen) -> None:
    """Draws the table of figures, and the button if there is something to measure."""
    kept = exercises.kept().get(exercise.key, ())
    for each in kept:
        _table(each)
    if not kept:
        _published(exercise)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(_state(exercise, bool(kept))), width="stretch")
        if exercise.measure:
            _button(exercise, here)
    if st.session_state.get(_ASKED) == exercise.key:
        with guard():
            _run(exercise, here)


def _state(exercise: Exercise, measured: bool) -> str:
    """Why there is no figure of ours for the course's own network."""
    words = [] if measured else ["Not measured here."]
    if not exercise.published:
        words.append("The course publishes no figure.")
    if exercise.checked:
        steps = "The algorithm's steps equal an implementation from the course's description"
        words.append(f"{steps} ({exercise.checked}).")
    return " ".join(
        [*words, f"To measure it as the course does, it takes: {exercise.needs[:1].lower()}{exercise.needs[1:]}"]
    )


def _table(measured: Measured) -> None:
    st.caption(f"On **{plain(networks.called(measured.network))}**, {plain(measured.pictures)}:")
    if any(each.published != NOTHING for each in measured.rows):
        rows = [[each.what, each.published, each.ours, each.verdict] for each in measured.rows]
        show.table(["Figure", "Published", "Ours", "Reproduced?"], rows)
    else:  # the course publishes none, so there is nothing to compare
        show.table(["Figure", "Ours", "In words"], [[each.what, each.ours, each.verdict] for each in measured.rows])


def _published(exercise: Exercise) -> None:
    if not exercise.published:
        return
    rows = [[each.what, each.value, exercises.EVIDENCE[each.evidence]] for each in exercise.published]
    show.table(["Figure", "Published", "Known from"], rows)


def _button(exercise: Exercise, here: Chosen) -> None:
    name = here.model.name if fits(exercise, here.model) else str(exercise.bundled["network"])
    words = f"Measure it on {networks.called(name)}"
    st.button(plain(words), key=f"measure {exercise.key}", on_click=_ask, args=(exercise.key,), icon=":material/speed:")


def _ask(key: str) -> None:
    st.session_state[_ASKED] = key


def fits(exercise: Exercise, model: Classifier) -> bool:
    """Whether the exercise can be measured on that network: on its own pictures, and in its colors."""
    if exercise.measure in _OWN_PICTURES or not model.has_classes:
        return False
    return (model.preprocessing.channels == 1) == (exercise.bundled["network"] == _GRAY)


def _run(exercise: Exercise, here: Chosen) -> None:
    device = str(here.model.device)
    model = here.model if fits(exercise, here.model) else networks.load(str(exercise.bundled["network"]), device)
    recipe = {"what": "exercise", "exercise": exercise.key, "network": model.name, "weights": model.fingerprint}
    place, where = st.empty(), live.Place(device, keep=False)
    last = live.follow(where, recipe, partial(_start, exercise.key, model), partial(_draw, place), "Measuring")
    if last is not None:
        _draw(place, last)


def _start(key: str, model: Classifier) -> Generator[Measured, None, None]:
    yield from exercises.run(key, model)


def _draw(place: Any, frame: Measured) -> None:
    if frame.rows:
        with place.container():
            _table(frame)


def summary(shown: Sequence[Exercise]) -> str:
    """How many of the exercises were measured here, and how many of the figures are reproduced."""
    rows = [row for each in shown for found in exercises.kept().get(each.key, ()) for row in found.rows]
    compared = [row for row in rows if row.published != NOTHING]
    same = sum(row.verdict.startswith("reproduced") for row in compared)
    measured = sum(each.key in exercises.kept() for each in shown)
    figures = f"; {same} of {len(compared)} figures beside a published one are reproduced" if compared else ""
    return f"{counted(len(shown), 'exercise', 'exercises')}, {measured} of them measured here{figures}."
