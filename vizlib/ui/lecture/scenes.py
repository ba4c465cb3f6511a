"""The list of scenes: each with its thumbnail, its title and its note, which can be changed, and its place."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from vizlib.ui import navigation
from vizlib.ui.lecture import offering
from vizlib.ui.lecture.taking import KINDS
from vizlib.ui.shared import sidebar
from vizlib.ui.shared.lectures import Entry, Lecture
from vizlib.ui.shared.words import plain, size
from vizlib.ui.widgets import player

_LONGEST = 70  # letters of what a scene shows


def draw(lecture: Lecture) -> None:
    """Draws all scenes in their order."""
    for at, entry in enumerate(lecture.entries):
        with st.container(border=True, key=f"scene {entry.number}"):
            _one(lecture, entry, at)


def _one(lecture: Lecture, entry: Entry, at: int) -> None:
    left, middle, right, last = st.columns([2, 6, 4, 1], gap="medium", vertical_alignment="center")
    with left:
        _thumbnail(entry, at)
    number, scene = entry.number, entry.scene
    change = partial(_change, lecture, entry)
    middle.text_input(f"Scene {at + 1:d}: title", scene.title, max_chars=200, key=f"title {number}", on_change=change)
    right.text_area("Note", scene.note, max_chars=2000, height=100, key=f"note {number}", on_change=change)
    with middle:
        st.caption(plain(_about(entry)))
        _state(entry)
    with last, st.container(gap=None, key=f"scene tools {number}"):
        _buttons(lecture, entry, at)


def _thumbnail(entry: Entry, at: int) -> None:
    if entry.thumbnail:
        st.image(entry.thumbnail, width="stretch", alt=f"Scene {at + 1}")
    else:
        kinds = ", ".join(dict.fromkeys(KINDS[each.widget] for each in entry.scene.parts))
        st.markdown(f"*{plain(kinds if entry.filled else 'Empty')}*")


def _change(lecture: Lecture, entry: Entry) -> None:
    """A callback: takes what was written. Only then, so that a second window does not undo it."""
    title, note = (str(st.session_state[f"{each} {entry.number}"]) for each in ("title", "note"))
    lecture.put(replace(entry, scene=replace(entry.scene, title=title, note=note)))


def _state(entry: Entry) -> None:
    if not entry.filled:
        _way_to_fill(entry)
    elif entry.other:
        st.caption(f":orange[{plain(differs(entry)):s}]")


def _about(entry: Entry) -> str:
    scene = entry.scene
    parts = "; ".join(f"{KINDS[each.widget]}: {each.words}" for each in scene.parts)
    parts = parts if len(parts) <= _LONGEST else parts[: _LONGEST - 1] + "…"
    measured = f" · {size(entry.size)}" if entry.filled else ""
    return f"{navigation.TITLES[scene.page]} · {parts}{measured}"


def differs(entry: Entry) -> str:
    """What is not as it was when the scene was saved."""
    names = ", ".join(entry.other)
    return f"This result was made by another recipe than the saved one. What differs: {names}."


def _way_to_fill(entry: Entry) -> None:
    st.markdown("**This scene is empty.** Its page computes the result again, and then it is filled.")
    st.button("Open its page", key=f"open {entry.number}", icon=":material/play_arrow:", on_click=_open, args=(entry,))


def _open(entry: Entry) -> None:
    """A callback: opens the page of the scene with the scene's controls, and asks for its runs."""
    st.session_state[offering.OPENED] = entry.number
    sidebar.open_link(entry.scene.page, {**entry.scene.controls, "run": ["1"]})


def _buttons(lecture: Lecture, entry: Entry, at: int) -> None:
    number, last = entry.number, len(lecture.entries) - 1
    name = f"scene {at + 1}"
    if _small("visibility", f"Preview {name}", f"preview {number}", not entry.filled):
        st.dialog(plain(entry.scene.title) or name, width="large")(partial(_preview, entry))()
    _small("arrow_upward", f"Move {name} up", f"up {number}", at == 0, partial(lecture.move, number, -1))
    _small("arrow_downward", f"Move {name} down", f"down {number}", at == last, partial(lecture.move, number, 1))
    _small("delete", f"Remove {name}", f"remove {number}", False, partial(lecture.remove, [number]))


def _small(icon: str, words: str, key: str, disabled: bool, act: partial[None] | None = None) -> bool:
    """A button that shows only its symbol; its words are read aloud and shown under the mouse."""
    return st.button(
        plain(words),
        key=f"small {key}",
        icon=f":material/{icon}:",
        help=plain(words),
        disabled=disabled,
        on_click=act,
        type="tertiary",
    )


def _preview(entry: Entry) -> None:
    player.show(entry.scene.title, [entry.scene], f"preview of {entry.number}")
