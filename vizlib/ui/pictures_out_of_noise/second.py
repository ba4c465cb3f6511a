"""The network that judges pictures it had no part in: a bundled one that knows the classes, else one trained here."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from vizlib.models import Classifier, counterpart
from vizlib.training import PictureSet, Tuning, fine_tune
from vizlib.ui.pictures_out_of_noise.plan import Plan
from vizlib.ui.shared import live, networks, picture_set
from vizlib.ui.shared.picture_set import Choice
from vizlib.weights import bundled_models

_PER_CLASS, _TESTS = 200, 50  # pictures that train it, and that are held out
_SETTINGS: Final[dict[str, Any]] = {"steps": 400, "rate": 0.01, "augment": False, "seed": 1}


@dataclass(frozen=True)
class Second:
    """The network, and what it is, in a clause."""

    model: Classifier
    about: str


def network(plan: Plan, judge: Classifier, place: live.Place) -> Second | None:
    """A network other than the judge that knows the classes; None while it is trained, or when that was stopped."""
    known = _bundled(plan.pictures.classes, judge)
    if known is not None:
        return Second(known, f"{known.name}, another architecture on the same classes")
    chosen = _pictures(plan)
    parts = {"network": judge.name, "weights": judge.fingerprint, "pictures": chosen.parts}
    recipe = {"what": "second network"} | parts | _SETTINGS
    start = partial(_training, judge, chosen)
    last = live.follow(place, recipe, start, what="Training a second network from random weights")
    if last is None or not last.done:
        return None
    right = f"right about {100 * last.accuracy:.0f} % of held-out pictures"
    return Second(last.model, f"the same architecture, trained here from random weights and {right}")


def _bundled(classes: tuple[str, ...], judge: Classifier) -> Classifier | None:
    for name in bundled_models():
        found = networks.load(name, judge.device.type)
        if name != judge.name and all(counterpart(found.class_names, each) is not None for each in classes):
            return found
    return None


def _pictures(plan: Plan) -> Choice:
    """Of a drawn set other pictures than the generator's; else the same ones."""
    parts = plan.pictures.parts
    return picture_set.of_drawn(parts["set"], _PER_CLASS, _TESTS, seed=1) if "set" in parts else plan.pictures


def _training(judge: Classifier, chosen: Choice) -> Generator[Tuning, None, None]:
    yield from fine_tune(judge, chosen.data, what="scratch", **_SETTINGS)


def tests(plan: Plan, name: str) -> PictureSet:
    """Real pictures of a class."""
    data = plan.pictures.data
    return (data.tests or data).only([name])
