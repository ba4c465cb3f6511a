"""Everything that can be set for a fine-tuning, checked, with sentences for what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Final, TypeAlias

from vizlib.errors import VizError
from vizlib.method import key_of
from vizlib.records import Size

Load: TypeAlias = "str | tuple[str, str]"
OPTIMIZERS: Final = ("adamw", "adam", "sgd")  # timm's names; its sgd has a momentum of 0.9
FREELY: Final = 4  # pictures in a batch, from which on batch normalization learns by default
_PARTLY: Final = ("up to", "without")
# name -> the smallest and the largest value, whether it is a whole number, whether it may be None
_NUMBERS: Final[dict[str, tuple[float, float, bool, bool]]] = {
    "steps": (1, 100_000, True, False),
    "seed": (0, 2**31 - 1, True, False),
    "rate": (0, 1e6, False, False),
    "body_rate": (0, 1000, False, False),
    "batch": (1, 1024, True, False),
    "patience": (1, 1000, True, True),
    "every": (1, 100_000, True, True),
    "held_out": (0.05, 0.5, False, False),
}


@dataclass(frozen=True)
class TuningSettings:
    """The settings of a fine-tuning; `fine_tune` explains each."""

    what: str = "head"
    steps: int = 100
    seed: int = 0
    load: Load = "all"
    rate: float = 0.01
    body_rate: float = 0.3
    freeze_norm: bool | None = None
    batch: int = 32
    augment: bool = True
    flip: bool | None = None
    optimizer: str = "adamw"
    patience: int | None = None
    every: int | None = None
    size: int | Size | None = None
    held_out: float = 0.3

    @property
    def loads(self) -> Load:
        """What is loaded: from scratch nothing is."""
        return "none" if self.what == "scratch" else self.load

    @property
    def pixels(self) -> Size | None:
        """The size of the pictures, (H, W), px; None for the network's own."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    @property
    def norms_frozen(self) -> bool:
        """Whether batch normalization keeps its statistics, weights and biases."""
        small = self.batch < FREELY and self.loads == "all"
        return small if self.freeze_norm is None else self.freeze_norm

    @property
    def between(self) -> int:
        """Steps from one check on held-out pictures to the next."""
        return self.every or max(1, self.steps // 10)

    def checked(self) -> TuningSettings:
        """The settings with plain Python numbers. Raises VizError or UnknownName for those that cannot be."""
        numbers = {name: _number(name, getattr(self, name)) for name in _NUMBERS}
        for name in ("augment", "freeze_norm", "flip"):
            _check_switch(name, getattr(self, name), name != "augment")
        if not isinstance(self.what, str):
            raise VizError(f"what is {self.what!r}.", 'Give "head", "all", "scratch", "rest", or a layer\'s path.')
        optimizer = key_of("optimizer", self.optimizer, dict.fromkeys(OPTIMIZERS, ()))
        return replace(self, **numbers, optimizer=optimizer, load=_load(self.load), size=_size(self.size))

    def said(self) -> dict[str, str]:
        """Each setting by its name, in words, for a table."""
        return {each.name: _word(getattr(self, each.name)) for each in fields(self)}


def _number(name: str, value: Any) -> Any:
    low, high, whole, optional = _NUMBERS[name]
    if value is None and optional:
        return None
    fits = isinstance(value, Real) and not isinstance(value, bool) and low <= float(value) <= high
    if not fits or (whole and float(value) % 1) or (name == "rate" and not value):
        kind = "a whole number" if whole else "a number"
        reach = "over 0" if name == "rate" else f"from {low:,g} to {high:,g}"
        raise VizError(f"{name} is {value!r}.", f"Give {kind} {reach}{', or None' * optional}.")
    return int(value) if whole else float(value)


def _check_switch(name: str, value: Any, optional: bool) -> None:
    if not isinstance(value, bool) and not (value is None and optional):
        raise VizError(f"{name} is {value!r}.", f"Give True or False{', or None' * optional}.")


def _load(value: Any) -> Load:
    if value in ("all", "none"):
        return str(value)
    pair = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2
    if not pair or value[0] not in _PARTLY or not isinstance(value[1], str):
        remedy = 'Give "all", "none", ("up to", a layer\'s path) or ("without", a layer\'s path).'
        raise VizError(f"load is {value!r}.", remedy)
    return value[0], value[1]


def _size(value: Any) -> Size | None:
    if value is None:
        return None
    sides = (value, value) if isinstance(value, Integral) else value
    whole = isinstance(sides, tuple | list) and len(sides) == 2 and all(isinstance(each, Integral) for each in sides)
    if not whole or not all(16 <= int(each) <= 1024 for each in sides):
        raise VizError(f"The size is {value!r}.", "Give (height, width) in px, or one number, each from 16 to 1024.")
    return int(sides[0]), int(sides[1])


def _word(value: Any) -> str:
    if value is None:
        return "as usual"
    return " ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
