"""A fooling image and its difference from the original, as the page "What fools it?" and `vizlib.fool` make them."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from PIL import Image

from vizlib.batch.saved.kind import Asked, Recipe, Remaking, Saved, followed, is_what
from vizlib.errors import VizError
from vizlib.fooling import MENU, Fooling, fooling
from vizlib.fooling.reading import reading_of
from vizlib.layers import Objective, class_logit
from vizlib.method import turn
from vizlib.render import Image8, difference


def differing(result: Fooling) -> tuple[Image8, dict[str, Any]]:
    """The difference from the original, magnified, and what its recipe says beyond that of the fooling image."""
    change, factor = difference(result.original, result.image)
    return change, {"factor": factor}


def _is_difference(recipe: Recipe) -> bool:
    return is_what("fooling image")(recipe) and "factor" in recipe


def _is_image(recipe: Recipe) -> bool:
    return is_what("fooling image")(recipe) and "factor" not in recipe


def _image(asked: Asked) -> Remaking:
    result = yield from _again(asked)
    return result.image


def _difference(asked: Asked) -> Remaking:
    result = yield from _again(asked)
    return difference(result.original, result.image, asked.recipe["factor"])[0]


def _again(asked: Asked) -> Any:
    """The frames of the attack; returns the result that the recipe names, of several that one run may have."""
    recipe = asked.recipe
    method, goal = MENU[recipe["method"]], float(recipe["goal"])
    knobs = turn(method.knobs, **recipe["settings"])
    picture = Image.new("RGB", (64, 64)) if method.begin is not None else _original(asked, method.resolution(knobs))
    sought = float(recipe.get("asked", goal))
    run = fooling(asked.model, picture, _target(recipe["target"]), method.key, sought, recipe["seed"], **asdict(knobs))
    last = yield from followed(run)
    result = last.result
    if result is None:  # only the last frame of an attack has one, and this is it
        raise VizError("The attack has no result.", "Check the recipe's settings.")
    if recipe.get("plain"):
        return result.plain or result
    return next((each for each in result.frontier if each.goal == goal), result)


def _original(asked: Asked, resolution: str) -> Image.Image:
    """The picture that the network reads as the recipe says."""

    def fits(picture: Image.Image) -> bool:
        read = reading_of(asked.model, picture, resolution).original
        return hashlib.sha256(read.tobytes()).hexdigest() == asked.recipe["picture"]

    return asked.find(fits).picture


def _target(given: Any) -> Any:
    """The class, None, or the sum of logits of [weight, class] pairs."""
    if not isinstance(given, list):
        return given
    terms: list[Objective] = [float(weight) * class_logit(int(label)) for weight, label in given]
    return sum(terms[1:], terms[0])


IMAGE = Saved("fooling image", _is_image, _image)
DIFFERENCE = Saved("difference from the original", _is_difference, _difference)
