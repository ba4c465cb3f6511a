"""What can be asked of a network: classes, channels, neurons, directions, layers; negatives, sums and scales of them.

An objective is a weighted sum of terms, so `channel("layer2", 3) - 0.5 * channel("layer2", 7)` works. A layer's
own output is read: before the activation function (a convolution, a norm) or after it (a block).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import VizError
from vizlib.models import check_path
from vizlib.records import Layer, Unit

Function: TypeAlias = Callable[..., Tensor]  # from a batch's logits (B, K), or maps (B, C, H, W), to values (B,)
Number: TypeAlias = "float | np.number[Any] | Tensor"


@dataclass(frozen=True)
class Term:
    """One summand of an objective."""

    kind: str  # "logit", "channel", "neuron", "direction", "layer" or "custom"
    layer: str = ""  # path; "" for a logit and a custom term
    index: int | str = 0  # class (or its name) or channel
    position: tuple[int, int] | None = None  # of a neuron, (row, column) on the layer's grid; None: the center
    vector: tuple[float, ...] = ()  # of a direction, one number per channel
    weight: float = 1.0
    function: Function | None = field(default=None, hash=False)  # of a custom term
    layers: tuple[str, ...] = ()  # of a custom term: the paths of the layers that its function is given

    def __str__(self) -> str:
        place = "" if self.position is None else f" at {self.position[0]}, {self.position[1]}"
        what = {
            "logit": f"logit of class {self.index}",
            "channel": f"{self.layer} channel {self.index}",
            "neuron": f"{self.layer} neuron {self.index}{place}",
            "direction": f"{self.layer} direction",
            "layer": f"{self.layer}, all channels",
            "custom": f"{self.name}({', '.join(self.layers) or 'logits'})",
        }[self.kind]
        return what if self.weight == 1 else f"{self.weight:g} x {what}"

    @property
    def name(self) -> str:
        """Of a custom term's function."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def paths(self) -> tuple[str, ...]:
        """The layers that it reads; none for what reads the logits."""
        return {"logit": (), "custom": self.layers}.get(self.kind, (self.layer,))


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms; larger is better. Objectives can be added, subtracted, scaled and divided by numbers."""

    terms: tuple[Term, ...]

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.terms + other.terms) if isinstance(other, Objective) else NotImplemented

    def __radd__(self, other: int) -> Objective:
        return self if isinstance(other, Real) and other == 0 else NotImplemented  # so that `sum` works

    def __sub__(self, other: Objective) -> Objective:
        return self + -other if isinstance(other, Objective) else NotImplemented

    def __neg__(self) -> Objective:
        return -1.0 * self

    def __mul__(self, factor: Number) -> Objective:
        number = python(factor)
        if not isinstance(number, Real):
            return NotImplemented
        return Objective(tuple(replace(each, weight=each.weight * float(number)) for each in self.terms))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Number) -> Objective:
        number = python(divisor)
        if not isinstance(number, Real):
            return NotImplemented
        return Objective(tuple(replace(each, weight=each.weight / float(number)) for each in self.terms))

    def __str__(self) -> str:
        return " + ".join(map(str, self.terms))

    @property
    def layers(self) -> list[str]:
        """The paths of the layers that it reads; a logit needs none."""
        return sorted({path for each in self.terms for path in each.paths})


Goal: TypeAlias = "Objective | Unit | Function | int | np.integer[Any] | str"


def class_logit(target: int | str) -> Objective:
    """The logit of a class, by index or by name. Never its probability, whose gradient vanishes where it is near 1."""
    return Objective((Term("logit", index=python(target)),))


def channel(layer: str | Layer, index: int) -> Objective:
    """The mean of a channel over all positions."""
    return Objective((Term("channel", _path(layer), python(index)),))


def neuron(layer: str | Layer, index: int, position: tuple[int, int] | None = None) -> Objective:
    """A channel at one position (row, column) of the layer's own grid, its center by default."""
    place = python(position)
    place = tuple(place) if isinstance(place, list) else place
    return Objective((Term("neuron", _path(layer), python(index), place),))


def direction(layer: str | Layer, vector: Sequence[float] | NDArray[Any] | Tensor) -> Objective:
    """The inner product of `vector` (C,) with a layer's channels, mean over all positions."""
    path = _path(layer)
    try:
        numbers = np.asarray(vector.detach().cpu() if isinstance(vector, Tensor) else vector, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    if numbers.ndim != 1 or not np.isfinite(numbers).all() or not numbers.any():
        raise VizError(f"A direction in {path} is one finite number per channel.", "Give a vector that is not zero.")
    return Objective((Term("direction", path, vector=tuple(numbers.tolist())),))


def whole_layer(layer: str | Layer) -> Objective:
    """The mean square of a layer's values: more of all that it responds to (DeepDream, Mordvintsev et al. 2015)."""
    return Objective((Term("layer", _path(layer)),))


def custom(function: Function, *layers: str | Layer) -> Objective:
    """What a function makes of the logits (B, K), or of the maps (B, C, H, W) of one or several layers: (B,)."""
    if not callable(function):
        raise VizError(f"{function!r} is no function.", "Give a function of the logits, or of the layers' maps.")
    return Objective((Term("custom", function=function, layers=tuple(_path(each) for each in layers)),))


def as_objective(goal: Goal) -> Objective:
    """An objective as it is; a class's index or name as its logit; a Unit as its channel or neuron; a function."""
    if isinstance(goal, Objective):
        return goal
    if isinstance(goal, Unit):
        return _of_unit(goal)
    plain = python(goal)
    if isinstance(plain, str) or (isinstance(plain, Integral) and not isinstance(plain, bool)):
        return class_logit(plain if isinstance(plain, str) else int(plain))
    if callable(goal) and not isinstance(goal, type):
        return custom(goal)
    remedy = "Give a class by its number or name, a Unit, an objective such as channel(layer, index), or a function."
    raise VizError(f"The target is {goal!r}.", remedy)


def _of_unit(unit: Unit) -> Objective:
    index, place = python(unit.channel), python(unit.position)
    if not is_whole(index) or not _is_place(place):
        raise VizError(f"{unit!r} is no unit.", "Give a layer's path, a channel and (row, column) as whole numbers.")
    return channel(unit.layer, index) if place is None else neuron(unit.layer, index, place)


def _is_place(place: Any) -> bool:
    return place is None or (isinstance(place, (tuple, list)) and len(place) == 2 and all(map(is_whole, place)))


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def python(value: Any) -> Any:
    """Numbers and arrays of NumPy and torch as Python's; everything else as it is."""
    return value.tolist() if isinstance(value, (Tensor, np.ndarray, np.generic)) else value


def _path(layer: str | Layer) -> str:
    path = layer.path if isinstance(layer, Layer) else layer
    check_path(path)
    return path
