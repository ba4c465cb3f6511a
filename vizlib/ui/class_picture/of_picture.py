"""Pictures that a layer draws from the picture in the sidebar: their controls, the run, and its control beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.activation_maximization import Frame, Settings
from vizlib.activation_maximization.deep_dream import Dream
from vizlib.activation_maximization.repertoire import USUAL
from vizlib.batch.saved import repertoire
from vizlib.batch.saved.repertoire import ACCENTUATION, CARICATURE, DREAM, INVERSION, RANDOM_DIRECTION, RANDOM_WEIGHTS
from vizlib.method import knob_fields
from vizlib.records import Layer
from vizlib.render import to_image
from vizlib.runs import Recipe, limits
from vizlib.ui.class_picture import measured
from vizlib.ui.shared import knobs, layer_choice, live, save, show
from vizlib.ui.shared.head import about
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_STEPS, _BOX = 96, 140  # usual steps; px, of a box for a number
_BUTTONS: Final = {
    INVERSION: "Invert the layer",
    CARICATURE: "Draw the caricature",
    ACCENTUATION: "Accentuate the picture",
    DREAM: "Dream",
}


@dataclass(frozen=True)
class Drawing:
    """Everything that draws the picture again on a given network."""

    what: str
    layer: Layer
    steps: int  # of a dream, per octave, and then also one of its settings
    seed: int
    settings: dict[str, Any]
    control: str

    def recipe(self, here: Chosen, control: str = "") -> dict[str, Any]:
        """The network, the picture and this drawing; with a control, that of the picture beside it."""
        parts = {"layer": self.layer.path, "seed": self.seed, "settings": self.settings}
        steps = {} if self.what == DREAM else {"steps": self.steps}
        return here.recipe | {"what": self.what} | parts | steps | ({"control": control} if control else {})

    def run(self, here: Chosen, control: str = "") -> live.Run[Frame]:
        """One of the two runs."""
        parts = self.recipe(here, control)
        return live.Run(parts, lambda: repertoire.start(here.model, parts, here.pixels))


def draw(here: Chosen, what: str) -> None:
    """Draws the controls, both runs side by side, and what was measured."""
    asked = _ask(here, what)
    about(asked.layer.path)
    live.status()
    columns = st.columns(3, gap="medium")
    with columns[0]:
        show.figure(here.image, f"The picture as {here.name} sees it ({here.subject.title})")
    places = [column.empty() for column in columns[1:]]
    captions = [f"{_title(asked)}, as {here.name} sees it", f"The same with {_said(asked.control)}"]

    def paint(frames: Sequence[Frame | None]) -> None:
        for place, frame, caption in zip(places, frames, captions):
            if frame is not None:
                show.forming(to_image(frame.pixels)[0], caption, frame.step, frame.total, place)

    words = f"**{plain(_BUTTONS[what])}** starts two runs: this one, and beside it {plain(_said(asked.control))}."
    invitation = live.Invitation(_BUTTONS[what], partial(places[0].markdown, words))
    runs = [asked.run(here), asked.run(here, asked.control)]
    frames = live.follow_all(here.place, runs, paint, _title(asked), invitation)
    _finish(here, asked, columns[1:], frames)


def _finish(here: Chosen, asked: Drawing, columns: Sequence[Any], frames: Sequence[Frame | None]) -> None:
    there = [each for each in frames if each is not None]
    if len(there) < len(frames):
        return
    for column, frame, control in zip(columns, there, ("", asked.control)):
        name = f"filterscope_{asked.what.replace(' ', '_')}{'_control' if control else ''}"
        with column:
            label = "Control (PNG)" if control else "Picture (PNG)"
            parts = asked.recipe(here, control) | {"step": frame.step}
            save.save_png(label, to_image(frame.pixels)[0], name, parts)
    if all(each.step == each.total for each in there):
        key = Recipe({"runs": [asked.recipe(here), asked.control]}).key
        measured.tell(key, here, asked.recipe(here), [each.pixels for each in there])


def _ask(here: Chosen, what: str) -> Drawing:
    above, row = layer_choice.frame()
    with row:
        layer = layer_choice.choose(here.model, layer_choice.middle_block, above, spatial=True)
        steps = _steps(what)
        seed = int(linked().number_input("Seed", 0, 999_999, 0, key="seed", width=_BOX))
        control = _control(what)
        given = _settings(what, steps)
    return Drawing(what, layer, steps, seed, repertoire.settings_of(here.model, what, **given), control)


def _steps(what: str) -> int:
    label, usual = ("Steps per octave", Dream.steps) if what == DREAM else ("Steps", _STEPS)
    most, usual = limits.steps(1000, usual)
    return int(linked().number_input(plain(label), 1, most, usual, key=f"{what}.steps", width=_BOX))


def _control(what: str) -> str:
    """What is drawn beside it."""
    if what not in (CARICATURE, ACCENTUATION):
        return RANDOM_WEIGHTS
    choices = [RANDOM_WEIGHTS, RANDOM_DIRECTION]
    return str(linked().segmented_control("Control", choices, default=choices[0], required=True, key="control"))


def _settings(what: str, steps: int) -> dict[str, Any]:
    """Draws the few settings that decide how it looks, behind a button; returns them."""
    usual: dict[str, Any] = {INVERSION: {"tv": USUAL[INVERSION]["tv"]}, ACCENTUATION: {"pull": repertoire.PULL}}.get(
        what, {}
    )
    fields = knob_fields(Dream if what == DREAM else Settings)
    if what == DREAM:
        usual = {name: fields[name][2] for name in ("octaves", "scale", "rate", "jitter")}
    found: dict[str, Any] = {"steps": steps} if what == DREAM else {}
    if usual:
        with st.popover("Settings", icon=":material/tune:"):
            for name, default in usual.items():
                kind, knob, _ = fields[name]
                found[name] = knobs.widget(f"{what}.{name}", kind, knob, default)
    return found


def _title(asked: Drawing) -> str:
    return f"{asked.what.capitalize()} at {asked.layer.path}"


def _said(control: str) -> str:
    return "random weights" if control == RANDOM_WEIGHTS else "a random direction of the layer"
