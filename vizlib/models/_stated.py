"""What a person, or torchvision's weights, state about a network: its preprocessing and the names of its classes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Final

from vizlib.errors import UnknownName, VizError
from vizlib.records import Preprocessing, Size
from vizlib.weights import fits, readable, stated_names

_INTERPOLATIONS: Final = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")


def of_torchvision(weights: Any) -> tuple[Preprocessing, list[str]]:
    """The preprocessing and the class names of torchvision's weights. Raises VizError for anything else."""
    try:
        steps, names = weights.transforms(), list(map(str, weights.meta["categories"]))
        crop, resize = steps.crop_size[0], steps.resize_size[0]
        mean, std = tuple(map(float, steps.mean)), tuple(map(float, steps.std))
        return Preprocessing((crop, crop), crop / resize, "center", steps.interpolation.value, mean, std), names
    except (AttributeError, KeyError, TypeError, IndexError) as problem:
        what = f"{type(weights).__name__} says neither how pictures of a classifier are prepared nor its classes."
        remedy = "Give one of torchvision's, such as torchvision.models.ResNet18_Weights.IMAGENET1K_V1, or none."
        raise VizError(what, remedy) from problem


def settled(known: Preprocessing, wanted: Mapping[str, Any]) -> Preprocessing:
    """The preprocessing with what is wanted instead; None wants nothing. Raises VizError for what cannot be."""
    said: dict[str, Any] = {name: _READ[name](name, value) for name, value in wanted.items() if value is not None}
    return replace(known, **said)


def _numbers(name: str, value: Any) -> tuple[float, ...]:
    values = [value] if isinstance(value, Real) else value
    try:
        found = tuple(map(float, values))
    except (TypeError, ValueError):
        found = ()
    if len(found) not in (1, 3) or not all(map(math.isfinite, found)) or (name == "std" and min(found) <= 0):
        kind = "positive numbers" if name == "std" else "numbers"
        raise VizError(f"The {name} is {value!r}.", f"Give one number, or three {kind}, on the scale from 0 to 1.")
    return found


def _size(name: str, value: Any) -> Size:
    sides = (value, value) if isinstance(value, Integral) else value
    whole = isinstance(sides, Sequence) and all(isinstance(each, Integral) and int(each) > 0 for each in sides)
    if not whole or isinstance(sides, str) or len(sides) != 2:
        raise VizError(f"The size is {value!r}.", "Give (height, width) in px, or one number for both.")
    return int(sides[0]), int(sides[1])


def _crop(name: str, value: Any) -> float:
    if not isinstance(value, Real) or not 0 < float(value) <= 1:
        raise VizError(f"The crop is {value!r}.", "Give the share of the side that it keeps, over 0 and up to 1.")
    return float(value)


def _interpolation(name: str, value: Any) -> str:
    known = str(getattr(value, "value", value)).lower()  # torchvision has an enumeration of them
    if known not in _INTERPOLATIONS:
        raise UnknownName.among("way of resizing", value, _INTERPOLATIONS)
    return known


_READ: Final = {"mean": _numbers, "std": _numbers, "size": _size, "crop": _crop, "interpolation": _interpolation}


def names_given(given: Any, count: int) -> list[str]:
    """The names of `count` classes, in their order or by number. Raises VizError if they do not fit."""
    try:
        numbered = given if isinstance(given, Mapping) else list(given)
        names = stated_names({"classes": numbered})[1] if given and not isinstance(given, str) else []
    except (TypeError, ValueError):
        names = []
    if not names:
        remedy = 'Give a list of texts, or texts by number, {0: "cat", 1: "dog"}.'
        raise VizError(f"The class names are {str(given)[:60]}.", remedy)
    if not fits(names, count):
        are, plural = ("is", "") if len(names) == 1 else ("are", "s")
        what = f"There {are} {len(names)} class name{plural} for {count} classes."
        raise VizError(what, "Give one name per class, in the order of the logits.")
    return readable(names)
