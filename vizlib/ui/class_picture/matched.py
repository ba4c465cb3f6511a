"""A class picture with the statistics of real pictures, beside the plain class picture: controls, runs, judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st
from torch import Tensor

from vizlib.activation_maximization import Check, Frame, Reel, class_verdict
from vizlib.activation_maximization.repertoire import matched_layers
from vizlib.batch.kinds import class_pictures
from vizlib.batch.saved import repertoire
from vizlib.layers import values_of
from vizlib.models import Classifier
from vizlib.render import to_image
from vizlib.runs import Recipe, limits
from vizlib.training import DRAWN_SETS
from vizlib.ui.class_picture.outcome import others
from vizlib.ui.shared import class_choice, live, networks, picture_set, save, show
from vizlib.ui.shared.head import about
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import number, percent, short

_STEPS, _BOX = 128, 140  # usual steps; px, of a box for a number
_BUTTON: Final = "Draw the matched picture"
_NAMES: Final = ("Matched to real pictures", "Plain class picture")


@dataclass(frozen=True)
class Matching:
    """Everything that draws the pair again on a given network."""

    target: int  # class
    name: str  # of the class
    pictures: Choice
    steps: int
    seed: int

    def recipe(self, here: Chosen) -> dict[str, Any]:
        """The network, the class and the real pictures."""
        asked = {"target": self.target, "name": self.name, "steps": self.steps, "seed": self.seed}
        settings = repertoire.settings_of(here.model, repertoire.MATCHED)
        network = {"network": here.model.name, "weights": here.model.fingerprint, "what": repertoire.MATCHED}
        found = {"layers": matched_layers(here.model), "pictures": self.pictures.parts, "settings": settings}
        return network | asked | found

    def plainly(self, here: Chosen) -> dict[str, Any]:
        """The plain class picture of as many steps, with the family's preset: the same run as the page's own."""
        settings = class_pictures.usual(here.model) | {"pull": 0.0}
        settings.pop("diversity")
        asked = {"target": self.target, "name": self.name, "start": "noise", "steps": self.steps, "seed": self.seed}
        return class_pictures.recipe(here.model, asked | {"size": here.model.input_size, "settings": settings})


def draw(here: Chosen) -> None:
    """Draws the controls, both runs beside a real picture, and the judges."""
    asked = _ask(here)
    about(asked.name)
    live.status()
    asked.pictures.need()
    real, *places = [column.empty() for column in st.columns(3, gap="medium")]
    _show_real(here, asked, real)

    def paint(frames: Sequence[Frame | Reel | None]) -> None:
        for place, given, name in zip(places, frames, _NAMES):
            if given is not None:
                caption = f"{name}: {asked.name}, as {here.name} sees it"
                show.forming(to_image(_frame(given).pixels)[0], caption, given.step, given.total, place)

    words = f"**{_BUTTON}** starts two runs: with the statistics of real pictures, and for the score alone."
    invitation = live.Invitation(_BUTTON, partial(places[0].markdown, words))
    place = here.private if asked.pictures.private else here.without_picture
    frames = live.follow_all(place, _runs(here, asked), paint, f"Drawing {asked.name}", invitation)
    found = [_frame(each) for each in frames if each is not None]
    if len(found) == len(frames) and all(each.step == each.total for each in found):
        _finish(here, asked, [each.pixels for each in found])


def _runs(here: Chosen, asked: Matching) -> list[live.Run[Any]]:
    parts, base = asked.recipe(here), asked.plainly(here)
    given = {"start": "noise", "size": here.model.input_size, **base["settings"]}
    return [
        live.Run(parts, lambda: repertoire.start_matched(here.model, parts, asked.pictures.data)),
        live.Run(base, lambda: class_pictures.start(here.model, asked.target, asked.steps, asked.seed, given)),
    ]


def _frame(given: Frame | Reel) -> Frame:
    return given.frame if isinstance(given, Reel) else given


def _ask(here: Chosen) -> Matching:
    model, usual = here.model, _usual(here.model)
    with st.container(horizontal=True, vertical_alignment="top"):
        target = class_choice.number_of(class_choice.choose("Class", model.class_names, "class"))
        pictures = picture_set.choose("real.", "Real pictures", usual, (repertoire.PICTURES, 0), files=st.container())
        most, steps = limits.steps(1000, _STEPS)
        steps = int(linked().number_input("Steps", 4, most, steps, key="matched.steps", width=_BOX))
        seed = int(linked().number_input("Seed", 0, 999_999, 0, key="seed", width=_BOX))
    assert pictures is not None  # there is no option without pictures
    return Matching(target, short(model.class_names[target]), pictures, steps, seed)


def _usual(model: Classifier) -> str:
    """The first drawn set with a class of the network."""
    known = set(model.class_names)
    return next((name for name, each in DRAWN_SETS.items() if known & {*each.classes}), "scenes")


def _show_real(here: Chosen, asked: Matching, place: Any) -> None:
    """Draws one of the real pictures. Raises VizError for a set without the class."""
    some = repertoire.pictures_of(asked.pictures.data, asked.name)
    image = to_image(here.model.prepare(some.pictures[0]))[0]
    show.figure(image, f"The first of {len(some)} real pictures of {asked.name}", place)


def _finish(here: Chosen, asked: Matching, pictures: Sequence[Tensor]) -> None:
    recipe = asked.recipe(here)
    key = Recipe(recipe).key
    rows, far = _judged(key, here, asked, pictures)
    live.verdict().markdown(
        f"The statistics of the matched picture differ from those of the real pictures by **{number(far[0])}** "
        f"of their square, those of the plain class picture by {number(far[1])}, of one real picture by "
        f"{number(far[2])}."
    )
    show.table(["probability of the class", *_NAMES], rows, numbers=True)
    save.save_png("Matched picture (PNG)", to_image(pictures[0])[0], "filterscope_matched", recipe)


@st.cache_data(max_entries=32, show_spinner=False)
def _judged(
    key: str, _here: Chosen, _asked: Matching, _pictures: Sequence[Tensor]
) -> tuple[list[list[str]], list[float]]:
    """A row of probabilities for each network that knows the class, and how far the statistics are from real ones."""
    model = _here.model
    given = model.prepare(list(repertoire.pictures_of(_asked.pictures.data, _asked.name).pictures)).to(model.device)
    goal = repertoire.matching(model, given)
    far = [-float(values_of(model, goal, each.to(model.device))[0]) for each in (*_pictures, given[:1])]
    judges = [networks.load(name, model.device.type) for name in others(model, _asked.target)]
    found = [_files(class_verdict(model, each.to(model.device), _asked.target, judges)) for each in _pictures]
    return [[what, *(percent(each[what]) for each in found)] for what in found[0]], far


def _files(checks: Sequence[Check]) -> dict[str, float]:
    """The probabilities of the file, to the network itself and to the others."""
    kept = {"saved and opened again": "its own network, of the saved file"}
    named = {kept.get(each.what, each.what): each.probability for each in checks}
    return {what: each for what, each in named.items() if what in kept.values() or what.startswith("on ")}
