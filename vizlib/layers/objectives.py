"""What is to be maximized: a class, a channel, a neuron, a direction, a layer; negatives, sums and scales of them.

An objective is a weighted sum of terms, so `channel("layer2", 3) - 0.5 * channel("layer2", 7)` works. A layer's
own output is read: before the activation function (a convolution, a norm) or after it (a block).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TypeAlias

import numpy as np
from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.layers.catalogue import find_layer
from vizlib.models import Classifier, path_of
from vizlib.records import Layer, Size, Unit


@dataclass(frozen=True)
class Term:
    """One summand of an objective."""

    kind: str  # "logit", "channel", "neuron", "direction" or "layer"
    layer: str = ""  # path; "" for a logit
    index: int | str = 0  # class (or its name) or channel
    position: tuple[int, int] | None = None  # of a neuron, (row, column) on the layer's grid; None: the center
    vector: tuple[float, ...] = ()  # of a direction, one number per channel
    weight: float = 1.0

    def __str__(self) -> str:
        place = "" if self.position is None else f" at {self.position[0]}, {self.position[1]}"
        what = {
            "logit": f"logit of class {self.index}",
            "channel": f"{self.layer} channel {self.index}",
            "neuron": f"{self.layer} neuron {self.index}{place}",
            "direction": f"{self.layer} direction",
            "layer": f"{self.layer}, all channels",
        }[self.kind]
        return what if self.weight == 1 else f"{self.weight:g} x {what}"


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms; larger is better."""

    terms: tuple[Term, ...]

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.terms + other.terms)

    def __sub__(self, other: Objective) -> Objective:
        return self + -other

    def __neg__(self) -> Objective:
        return -1.0 * self

    def __mul__(self, factor: float) -> Objective:
        return Objective(tuple(replace(each, weight=each.weight * float(factor)) for each in self.terms))

    __rmul__ = __mul__

    def __str__(self) -> str:
        return " + ".join(map(str, self.terms))

    @property
    def layers(self) -> list[str]:
        """The paths of the layers that it reads; a logit needs none."""
        return sorted({each.layer for each in self.terms if each.layer})


Goal: TypeAlias = Objective | Unit | int | str


def class_logit(target: int | str) -> Objective:
    """The logit of a class, by index or by name. Never its probability, whose gradient vanishes where it is near 1."""
    return Objective((Term("logit", index=target),))


def channel(layer: str | Layer, index: int) -> Objective:
    """The mean of a channel over all positions."""
    return Objective((Term("channel", path_of(layer), index),))


def neuron(layer: str | Layer, index: int, position: tuple[int, int] | None = None) -> Objective:
    """A channel at one position (row, column) of the layer's own grid, its center by default."""
    return Objective((Term("neuron", path_of(layer), index, position),))


def direction(layer: str | Layer, vector: Sequence[float] | Tensor) -> Objective:
    """The inner product of `vector` (C,) with a layer's channels, mean over all positions."""
    path = path_of(layer)
    try:
        numbers = np.asarray(vector.detach().cpu() if isinstance(vector, Tensor) else vector, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    if numbers.ndim != 1 or not np.isfinite(numbers).all() or not numbers.any():
        raise VizError(f"A direction in {path} is one finite number per channel.", "Give a vector that is not zero.")
    return Objective((Term("direction", path, vector=tuple(numbers.tolist())),))


def whole_layer(layer: str | Layer) -> Objective:
    """The mean square of a layer's values: more of all that it responds to (DeepDream, Mordvintsev et al. 2015)."""
    return Objective((Term("layer", path_of(layer)),))


def as_objective(goal: Goal) -> Objective:
    """An objective as it is; a class's index or name as its logit; a Unit as its channel or neuron."""
    if isinstance(goal, Objective):
        return goal
    if isinstance(goal, Unit):
        whole = goal.position is None
        return channel(goal.layer, goal.channel) if whole else neuron(goal.layer, goal.channel, goal.position)
    if isinstance(goal, str) or (isinstance(goal, Integral) and not isinstance(goal, bool)):
        return class_logit(goal if isinstance(goal, str) else int(goal))
    raise VizError(f"{goal!r} is no objective.", "Give class_logit, channel, neuron or direction, or a list of them.")


def resolved(model: Classifier, objective: Objective, size: Size) -> Objective:
    """The objective with class names as indices and default positions filled in, checked for pictures of `size`.

    Raises UnknownName for a class, layer, channel or position that is not there, VizError for a wrong vector.
    """
    return Objective(tuple(_resolved(model, each, size) for each in objective.terms))


def _resolved(model: Classifier, term: Term, size: Size) -> Term:
    if not isinstance(term.weight, Real) or not np.isfinite(term.weight):
        raise VizError(f"The weight of {term.kind} {term.index} is not a finite number.", "Give a number.")
    if term.kind == "logit":
        return replace(term, index=model.class_index(term.index))
    channels, height, width = find_layer(model, term.layer, size).shape
    if term.kind in ("channel", "neuron"):
        _check_range(f"{term.layer} has no channel", term.index, channels)
    if term.kind == "direction" and len(term.vector) != channels:
        what = f"{term.layer} has {channels} channels, and the direction has {len(term.vector)} numbers."
        raise VizError(what, "Give one number per channel.")
    if term.kind != "neuron":
        return term
    position: object = (height // 2, width // 2) if term.position is None else term.position
    if not isinstance(position, Sequence) or len(position) != 2:
        raise VizError(f"{term.layer} has no position {position!r}.", "Give (row, column), or leave it out.")
    _check_range(f"{term.layer} has no row", position[0], height)
    _check_range(f"{term.layer} has no column", position[1], width)
    return replace(term, position=(int(position[0]), int(position[1])))


def at_size(model: Classifier, objective: Objective, old: Size, new: Size) -> Objective:
    """A resolved objective for pictures of another size: neurons stay at their place in the picture."""
    if old == new:
        return objective
    return Objective(tuple(_moved(model, each, old, new) for each in objective.terms))


def _moved(model: Classifier, term: Term, old: Size, new: Size) -> Term:
    if term.position is None:
        return term
    before, after = (find_layer(model, term.layer, size).shape[1:] for size in (old, new))
    row, column = ((2 * at + 1) * b // (2 * a) for at, a, b in zip(term.position, before, after))
    return replace(term, position=(row, column))


def _check_range(what: str, index: int | str, count: int) -> None:
    if isinstance(index, bool) or not isinstance(index, Integral):
        raise VizError(f"{what} {index!r}.", "Give a whole number.")
    if not 0 <= index < count:
        raise UnknownName(f"{what} {index}.", f"Choose one from 0 to {count - 1}.")
