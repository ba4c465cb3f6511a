"""Shakes: changes of a picture that keep its meaning, one row each, with their units and usual values.

Every shake goes through the network's own preprocessing and changes one thing in it. Values in px scale with the
network's input size. A picture of an object keeps its class; a picture just beyond a decision border falls back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from types import SimpleNamespace
from typing import Any, Final, Literal, TypeAlias

from torch import Tensor

from vizlib.errors import VizError
from vizlib.evaluation.shaking import Setting, own_resize, shaken
from vizlib.method import Option, Options, key_of
from vizlib.models import Classifier
from vizlib.pictures import Picture
from vizlib.records import Preprocessing
from vizlib.render import Image8, from_image

Value: TypeAlias = int | float | str
ShakeName: TypeAlias = Literal[
    "resize", "crop", "shift", "rotation", "blur", "jpeg", "brightness", "noise", "interpolation"
]

INTERPOLATIONS: Final = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
_SIDE: Final = 224  # px, for which the values in px below are written
_MOST_VALUES: Final = 1000
_TYPICAL: Final[Any] = SimpleNamespace(input_size=(_SIDE, _SIDE), preprocessing=Preprocessing())  # a network


@dataclass(frozen=True)
class Shake:
    """One way to shake. Its values can depend on the network: `usual`, `neutral` and `limits` are functions of it."""

    key: str
    label: str  # on screen
    unit: str  # of its values, with their direction
    usual: Callable[[Classifier], tuple[Value, ...]]  # in rising order; of the quality, falling
    neutral: Callable[[Classifier], Value | None]  # the value that changes nothing; None: there is none
    limits: Callable[[Classifier], tuple[float, float]] | None  # lowest and highest value; None: values are words
    whole: bool = False  # whether only whole numbers mean something

    def checked(self, value: Any, model: Classifier) -> Value:
        """The value in the type that this shake takes. Raises VizError or UnknownName with a remedy."""
        if self.limits is None:
            return key_of("interpolation", value, dict.fromkeys(INTERPOLATIONS, ()))
        low, high = self.limits(model)
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not number or not low <= float(value) <= high or (self.whole and float(value) % 1):
            kind = "whole number" if self.whole else "number"
            raise VizError(
                f"{self.label} cannot be {value!r}.", f"Give a {kind} from {low:g} to {high:g} ({self.unit})."
            )
        return int(value) if self.whole else float(value)

    def setting(self, value: Value, seed: int = 0) -> Setting:
        """The setting with this value and nothing else changed."""
        given: Any = (value, 0) if self.key in ("crop", "shift") else value
        return Setting(**{self.key: given, "seed": seed})

    def image(self, picture: Picture, value: Value, model: Classifier, seed: int = 0) -> Image8:
        """What the network sees of the picture, uint8 (H, W, 3). Raises VizError for an impossible value."""
        return shaken(picture, self.setting(self.checked(value, model), seed), model)

    def view(self, picture: Picture, value: Value, model: Classifier, seed: int = 0) -> Tensor:
        """The same as pixels (1, 3, H, W) on the network's device."""
        return from_image(self.image(picture, value, model, seed)[None], model.device)


def find_shake(key: object) -> Shake:
    """The shake of this name, in any spelling. Raises UnknownName with the closest names."""
    return SHAKES[key_of("transform", key, {each.key: (each.label,) for each in _TABLE})]


def shakes(model: Classifier | None = None) -> Options:
    """What `sweep` can do to pictures: each transform with the unit, the range and the usual values.

    `print(vizlib.shakes())` is a table.

    model: values in px are for this network; without it, for one with an input of 224 px.

    Returns a list of `vizlib.method.Option`, whose default is the values that `sweep` takes without any.

    Example:
        >>> import vizlib
        >>> for shake in vizlib.shakes():
        ...     print(shake.name, shake.takes, len(shake.default))
        resize 56 to 896 26
        crop -224 to 224 17
        shift -224 to 224 17
        rotation -360 to 360 21
        blur 0 to 224 17
        jpeg 1 to 100 21
        brightness 0 to 10 15
        noise 0 to 255 17
        interpolation nearest, box, bilinear, hamming, bicubic, lanczos 6
    """
    return Options(_option(each, model or _TYPICAL) for each in _TABLE)


def _option(shake: Shake, model: Classifier) -> Option:
    limits = shake.limits(model) if shake.limits else None
    kind = "str" if limits is None else "int" if shake.whole else "float"
    takes = ", ".join(INTERPOLATIONS) if limits is None else f"{limits[0]:g} to {limits[1]:g}"
    return Option(shake.key, kind, shake.usual(model), takes, f"{shake.label}: {shake.unit}.")


def checked_values(shake: Shake, values: Any, model: Classifier) -> tuple[Value, ...]:
    """Values for a sweep, None for the usual ones. Raises VizError or UnknownName with a remedy."""
    if values is None:
        values = shake.usual(model)
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise VizError(f"The values are {values!r}.", "Give a list of values, or leave them out for the usual ones.")
    given = values.tolist() if hasattr(values, "tolist") else list(values)
    if not 0 < len(given) <= _MOST_VALUES:
        raise VizError(f"There are {len(given)} values.", f"Give 1 to {_MOST_VALUES} of them.")
    return tuple(shake.checked(each, model) for each in given)


def side(model: Classifier) -> int:
    """The short side of the network's input, px."""
    return min(model.input_size)


def _sizes(model: Classifier) -> tuple[Value, ...]:
    """200 ... 400 px for a network of 224 px, its input size and its own value among them."""
    spread = {round(each * side(model) / _SIDE) for each in range(200, 401, 8)}
    return tuple(sorted(spread | {side(model), own_resize(model)}))


def _around_zero(reach: int, steps: int) -> Callable[[Classifier], tuple[Value, ...]]:
    """Whole px from -reach to reach for a network of 224 px, `steps` on either side of 0, fewer on small networks."""

    def usual(model: Classifier) -> tuple[Value, ...]:
        most = max(2, reach * side(model) / _SIDE)
        return tuple(sorted({round(most * step / steps) for step in range(-steps, steps + 1)}))

    return usual


def _sigmas(model: Classifier) -> tuple[Value, ...]:
    most = max(1.0, 4 * side(model) / _SIDE)
    return tuple(round(most * step / 16, 3) for step in range(17))


def _always(*values: Value) -> Callable[[Classifier], tuple[Value, ...]]:
    return lambda model: values


def _whole_input(model: Classifier) -> tuple[float, float]:
    """A move by the whole input in either direction."""
    return -side(model), side(model)


_TABLE: Final = (
    Shake(
        "resize",
        "Size before the crop",
        "px, short side before the center crop; where that is smaller than the crop, reflected at its edges",
        _sizes,
        own_resize,
        lambda model: (max(4, side(model) // 4), 4 * side(model)),
        whole=True,
    ),
    Shake(
        "crop",
        "Crop window",
        "px that the window moves to the right over the resized picture; reflected at its edges",
        _around_zero(32, 8),
        lambda model: 0,
        _whole_input,
        whole=True,
    ),
    Shake(
        "shift",
        "Shift",
        "px that the network's input moves to the right; its edge is repeated",
        _around_zero(8, 8),
        lambda model: 0,
        _whole_input,
        whole=True,
    ),
    Shake(
        "rotation",
        "Rotation",
        "degrees, counterclockwise; the corners show more of the picture, or its reflection",
        _always(*range(-30, 31, 3)),
        lambda model: 0,
        lambda model: (-360.0, 360.0),
    ),
    Shake(
        "blur",
        "Blur",
        "px, standard deviation of the Gaussian on the network's input",
        _sigmas,
        lambda model: 0,
        lambda model: (0.0, float(side(model))),
    ),
    Shake(
        "jpeg",
        "JPEG quality",
        "quality, 1 to 100, at which the file is saved and opened again",
        _always(100, 98, *range(95, 4, -5)),
        lambda model: None,
        lambda model: (1, 100),
        whole=True,
    ),
    Shake(
        "brightness",
        "Brightness",
        "factor on the values of the network's input",
        _always(*(round(0.4 + 0.1 * step, 1) for step in range(15))),
        lambda model: 1.0,
        lambda model: (0.0, 10.0),
    ),
    Shake(
        "noise",
        "Noise",
        "gray levels of 255, standard deviation on the network's input; the same noise for all pictures",
        _always(*range(0, 65, 4)),
        lambda model: 0,
        lambda model: (0.0, 255.0),
    ),
    Shake(
        "interpolation",
        "Interpolation",
        "how the network's resize reads between pixels",
        _always(*INTERPOLATIONS),
        lambda model: model.preprocessing.interpolation,
        None,
    ),
)
SHAKES: Final[Mapping[str, Shake]] = {shake.key: shake for shake in _TABLE}  # in the order on screen
