"""On what an exercise is measured: a network, and pictures whose classes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from vizlib.errors import VizError
from vizlib.exercises.record import Exercise, Query
from vizlib.fooling import MENU
from vizlib.method import knob_fields, turn
from vizlib.models import Classifier
from vizlib.pictures import open_picture, sample_photographs
from vizlib.synthetic import HELD_OUT_SEED, SCENE_CLASSES, draw_digit, draw_scene

_DRAWN: Final = 28  # scenes: two of each class, or one where it takes long; as many digits
_LONG: Final = {"rdfia_fooling", "sutd_fooling", "kolter_madry_targeted"}  # a hundred steps or more for each picture
_SEED: Final = HELD_OUT_SEED + 5000  # other pictures than the pages show first


@dataclass(frozen=True, eq=False)
class Subject:
    """A network and pictures.

    Attributes:
        exercise: what is asked.
        model: the network.
        pictures: PIL images.
        labels: their classes, as the network numbers them.
        name: what the pictures are.
    """

    exercise: Exercise
    model: Classifier
    pictures: Sequence[Image.Image]
    labels: Sequence[int]
    name: str

    def target(self, number: int, usual: int = 6) -> int:
        """The class that a picture shall become: the course's sixth, or the next one where that is its own."""
        wanted = usual % len(self.model.class_names)
        return wanted if wanted != self.labels[number] else (wanted + 1) % len(self.model.class_names)


def drawn_for(exercise: Exercise, model: Classifier) -> Subject:
    """Held-out drawings where the network has their classes; else the sample photographs, as the network names them.

    Raises VizError where there are no such pictures.
    """
    count = _DRAWN // 2 if exercise.measure in _LONG else _DRAWN
    if model.class_names == list(SCENE_CLASSES):
        scenes = [draw_scene(_SEED + each, each % len(SCENE_CLASSES)) for each in range(count)]
        name = f"{count} held-out drawn scenes"
        return Subject(exercise, model, [Image.fromarray(each.image) for each in scenes], _labels(scenes), name)
    if model.preprocessing.channels == 1 and len(model.class_names) == 10:
        digits = [draw_digit(_SEED + each, each % 10) for each in range(count)]
        pictures = [Image.fromarray(each.image).convert("RGB") for each in digits]
        return Subject(exercise, model, pictures, _labels(digits), f"{count} held-out drawn digits")
    return _photographs(exercise, model)


def _labels(drawings: Sequence[Any]) -> list[int]:
    return [int(each.label) for each in drawings]


def _photographs(exercise: Exercise, model: Classifier) -> Subject:
    files = sample_photographs()
    if not files:
        raise VizError("There are no pictures to measure it on.", "Install scikit-image, or give pictures and labels.")
    pictures = [open_picture(each) for each in files.values()]
    labels = model.predict(pictures).argmax(1).tolist()
    name = f"{len(pictures)} sample photographs, each with the class that the network answers"
    return Subject(exercise, model, pictures, labels, name)


def attack_of(exercise: Exercise) -> tuple[str, dict[str, Any]]:
    """The attack of the exercise's link, and those of its knobs that the link sets."""
    key = str(exercise.settings["attack"])
    return key, typed(exercise.settings, f"{key}.", MENU[key].knobs)


def typed(settings: Query, before: str, knobs: type[Any]) -> dict[str, Any]:
    """The settings of a link whose keys begin with `before`, as the record `knobs` takes them."""
    known = knob_fields(knobs)
    found = {}
    for key, value in settings.items():
        name = key.removeprefix(before)
        if key.startswith(before) and name in known:
            kind = known[name][0]
            found[name] = value == "true" if kind is bool else kind(value)
    turn(knobs, **found)
    return found
