"""A saliency map, over its picture or alone, as the page "Which pixels matter?" saves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vizlib.batch.pictures import picture_key
from vizlib.batch.saved.kind import Asked, Recipe, Remaking, Saved, followed, seen
from vizlib.errors import VizError
from vizlib.method import Method, turn
from vizlib.records import Unit
from vizlib.render import Array, Image8, heat, outline, overlay, scale_of
from vizlib.saliency import MENU, explaining

STRENGTH: Final = 0.75  # of a map over its picture, where nobody chooses


@dataclass(frozen=True)
class MapView:
    """How a map is drawn.

    Attributes:
        strength: 0 shows the picture only, 1 the map only.
        limit: the value of the strongest color, in the unit of the map; None for the map's own scale.
        outlined: whether the drawn object's contour is on it.
    """

    strength: float = STRENGTH
    limit: float | None = None
    outlined: bool = False

    @property
    def parts(self) -> dict[str, Any]:
        """Its part of a file's recipe."""
        return {"strength": self.strength, "limit": self.limit, "outlined": self.outlined}


def is_signed(method: Method, values: Array) -> bool:
    """Whether the map's negative values mean something; Grad-CAM's do where they are kept."""
    return method.signed or bool((values < 0).any())


def draw(image: Image8, values: Array, signed: bool, view: MapView, mask: Array | None = None) -> Image8:
    """The map (h, w) over the image (H, W, 3), as the view has it. mask: of the object, (H, W), where it is known."""
    limit = scale_of(values) if view.limit is None else view.limit
    alone = view.strength >= 1
    picture = heat(values, signed, limit) if alone else overlay(image, values, signed, view.strength, limit)
    return outline(picture, mask) if view.outlined and mask is not None else picture


def _fits(recipe: Recipe) -> bool:
    return "what" not in recipe and recipe.get("method") in {each.key for each in MENU}


def _remake(asked: Asked) -> Remaking:
    recipe = asked.recipe
    if "references" in recipe:
        raise VizError(
            "This map compares the picture with a set of pictures, which no file holds.",
            "Open the page, choose the set, and save the map again.",
        )
    found = asked.find(lambda picture: picture_key(picture) == recipe["picture"])
    method = MENU[recipe["method"]]
    last = yield from followed(
        explaining(
            asked.model,
            asked.model.prepare(found.picture),
            method.key,
            _target(recipe["target"]),
            layer=recipe["layer"] if method.needs_layer else None,
            against=recipe.get("against"),
            knobs=turn(method.knobs, **recipe["settings"]),
        )
    )
    image, mask = seen(asked.model, found)
    values = last.values[0].numpy()
    view = MapView(asked.view("strength", STRENGTH), asked.view("limit"), asked.view("outlined", False))
    return draw(image, values, is_signed(method, values), view, mask)


def _target(given: int | Mapping[str, Any]) -> int | Unit:
    """The class, or the unit, whose position JSON has made a list."""
    if not isinstance(given, Mapping):
        return given
    position = given.get("position")
    return Unit(**{**given, "position": None if position is None else tuple(position)})


SAVED = Saved(
    "saliency map",
    _fits,
    _remake,
    "how strongly the map covers the picture, on which scale, and whether the object is outlined",
)
