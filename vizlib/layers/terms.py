"""The algebra of objectives: weighted sums of terms, each of which reads logits or layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

Function: TypeAlias = Callable[..., Tensor]  # from a batch's logits (B, K), or maps (B, C, H, W), to values (B,)
Number: TypeAlias = "float | np.number[Any] | Tensor"


@dataclass(frozen=True)
class Reference:
    """Pictures that others are compared with. References with the same pixels are equal.

    Attributes:
        digest: 64 hexadecimal digits that identify the pixels, also in a recipe.
        pixels: (N, 3, h, w) in [0, 1], float32 on the CPU.
        values: what the term's layer gives for them, ready for the comparison; None before a network was met.
    """

    digest: str
    pixels: Tensor = field(compare=False, repr=False)
    values: Tensor | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Term:
    """One summand of an objective."""

    kind: str  # "logit", "channel", "neuron", "direction", "layer", "custom" or one of `COMPARISONS`
    layer: str = ""  # path; "" for a logit and a custom term
    index: int | str = 0  # class (or its name) or channel
    position: tuple[int, int] | None = None  # of a neuron, (row, column) on the layer's grid; None: the center
    vector: tuple[float, ...] = ()  # of a direction, one number per channel
    weight: float = 1.0
    function: Function | None = field(default=None, hash=False)  # of a custom term
    layers: tuple[str, ...] = ()  # of a custom term: the paths of the layers that its function is given
    reference: Reference | None = None  # of a comparison: the pictures that others are compared with

    def __str__(self) -> str:
        place = "" if self.position is None else f" at {self.position[0]}, {self.position[1]}"
        what = {
            "logit": f"logit of class {self.index}",
            "channel": f"{self.layer} channel {self.index}",
            "neuron": f"{self.layer} neuron {self.index}{place}",
            "direction": f"{self.layer} direction",
            "layer": f"{self.layer}, all channels",
            "custom": f"{self.name}({', '.join(self.layers) or 'logits'})",
            "inversion": f"{self.layer} as for picture {self.pictures}",
            "caricature": f"{self.layer} towards picture {self.pictures}",
            "statistics": f"statistics of {self.layer} as for pictures {self.pictures}",
        }[self.kind]
        return what if self.weight == 1 else f"{self.weight:g} x {what}"

    @property
    def name(self) -> str:
        """Of a custom term's function."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def pictures(self) -> str:
        """The first digits of what identifies the pictures of a comparison."""
        return self.reference.digest[:8] if self.reference else ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The layers that it reads; none for what reads the logits."""
        return {"logit": (), "custom": self.layers}.get(self.kind, (self.layer,))


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms; larger is better. Objectives can be added, subtracted, scaled and divided by numbers.

    Attributes:
        terms: what is summed. `class_logit`, `channel`, `neuron`, `direction`, `whole_layer` and `custom` make an
            objective of one term.

    Example:
        >>> import vizlib
        >>> print((vizlib.class_logit(3) - vizlib.channel("layer2", 7)) / 2)
        0.5 x logit of class 3 + -0.5 x layer2 channel 7
    """

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
        number = as_python(factor)
        if not isinstance(number, Real):
            return NotImplemented
        return Objective(tuple(replace(each, weight=each.weight * float(number)) for each in self.terms))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Number) -> Objective:
        number = as_python(divisor)
        if not isinstance(number, Real):
            return NotImplemented
        return Objective(tuple(replace(each, weight=each.weight / float(number)) for each in self.terms))

    def __str__(self) -> str:
        return " + ".join(map(str, self.terms))

    @property
    def layers(self) -> list[str]:
        """The paths of the layers that it reads; a logit needs none."""
        return sorted({path for each in self.terms for path in each.paths})


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def as_python(value: Any) -> Any:
    """Numbers and arrays of NumPy and torch as Python's; everything else as it is."""
    return value.tolist() if isinstance(value, (Tensor, np.ndarray, np.generic)) else value
