"""The card of one unit, as the page of filters saves it: pictures that activate and suppress it, made and found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from vizlib.activation_maximization import Frame, channel, maximize, preset
from vizlib.batch.kinds import evidence
from vizlib.batch.saved.kind import Asked, Remaking, Saved, followed, is_what
from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.render import Array, contact_sheet, poster, to_image
from vizlib.units import CROP, PictureSource, Survey, found_crops, search

SHOWN: Final = 9  # found pictures with the highest activation, and with the lowest
VERSIONS: Final = 4
_DIVERSITY: Final = 0.5
Panel = tuple[str, Array]


@dataclass(frozen=True)
class CardPlan:
    """How the unit's pictures are optimized.

    Attributes:
        unit: the channel of a layer.
        seed: of the noise and the transforms.
        size: of a picture, px.
        steps: per picture.
    """

    unit: Unit
    seed: int
    size: int
    steps: int

    def recipe(self, model: Classifier, what: str) -> dict[str, Any]:
        """Makes a part of the card again: its "extremes", its "versions", or the "card" without the found pictures."""
        own = {
            "what": what,
            "layer": self.unit.layer,
            "channel": self.unit.channel,
            "seed": self.seed,
            "size": self.size,
            "steps": self.steps,
            "precision": preset(model, inside=True)["precision"],
        }
        return {"network": model.name, "weights": model.fingerprint, **own}

    def extremes(self, model: Classifier) -> Any:
        """The run of two pictures: what activates the unit most, and what suppresses it."""
        goal = channel(self.unit.layer, self.unit.channel)
        return maximize(model, [goal, -goal], self.steps, self.seed, None, self.size)

    def versions(self, model: Classifier) -> Any:
        """The run of several pictures of the unit that must look different to the network."""
        goals = [channel(self.unit.layer, self.unit.channel)] * VERSIONS
        return maximize(model, goals, self.steps, self.seed + 1, None, self.size, diversity=_DIVERSITY)


def found(model: Classifier, unit: Unit, source: PictureSource, survey: Survey) -> list[Panel]:
    """The pictures that activate the unit most and least, as two sheets with their labels."""
    return [
        (
            f"found: activate it {'most' if most else 'least'}",
            contact_sheet(found_crops(model, unit, source, survey, most, SHOWN), 3, tile=CROP, gap=4)[0],
        )
        for most in (True, False)
    ]


def draw(title: str, extremes: Frame, versions: Frame | None, found: Sequence[Panel]) -> Array:
    """The card as one picture."""
    images = to_image(extremes.pixels)
    panels: list[Panel] = [("activates it most", images[0]), ("suppresses it most", images[1])]
    if versions is not None:
        sheet, _ = contact_sheet(to_image(versions.pixels), 2, tile=max(versions.pixels.shape[2:]), gap=4)
        panels.append(("different versions", sheet))
    return poster(title, [*panels, *found])


def _remake(asked: Asked) -> Remaking:
    recipe, model = asked.recipe, asked.model
    plan = CardPlan(Unit(recipe["layer"], recipe["channel"]), recipe["seed"], recipe["size"], recipe["steps"])
    source = _source(model, recipe["source"])
    extremes = yield from followed(plan.extremes(model))
    several = None
    if asked.view("versions", True):
        several = yield from followed(plan.versions(model))
    survey = yield from followed(search(model, plan.unit.layer, source))
    usual = f"{model.name} · {plan.unit.layer} · channel {plan.unit.channel}"
    return draw(asked.view("title", usual), extremes, several, found(model, plan.unit, source, survey))


def _source(model: Classifier, key: str) -> PictureSource:
    for kind in (evidence.DRAWN, evidence.PHOTOGRAPHS):
        if (source := evidence.source_of(model, kind)).key == key:
            return source
    what = "The card was made among pictures that are not here: somebody's own, or those of another version."
    raise VizError(what, "Make the card again on the page, with the same pictures.")


SAVED = Saved("unit card", is_what("card"), _remake, "its title, and whether different versions are on it")
