"""Everything that can be set for a fine-tuning, checked, with sentences for what cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Final, NamedTuple, TypeAlias

from vizlib.errors import VizError
from vizlib.method import key_of
from vizlib.records import Size

Load: TypeAlias = "str | tuple[str, str]"
OPTIMIZERS: Final = ("adamw", "adam", "sgd")  # timm's names; its sgd has a momentum of 0.9
FREELY: Final = 4  # pictures in a batch, from which on batch normalization learns by default
_PARTLY: Final = ("up to", "without")


class Bounds(NamedTuple):
    """What a number may be. over: more than the smallest value."""

    low: float
    high: float
    whole: bool = False
    optional: bool = False
    over: bool = False


STEPS, SEED, RATE = Bounds(1, 100_000, whole=True), Bounds(0, 2**31 - 1, whole=True), Bounds(0, 1e6, over=True)
BATCH, HELD_OUT = Bounds(1, 1024, whole=True), Bounds(0.05, 0.5)
EVERY: Final = STEPS._replace(optional=True)
_NUMBERS: Final = {
    "steps": STEPS,
    "seed": SEED,
    "rate": RATE,
    "body_rate": Bounds(0, 1000),
    "batch": BATCH,
    "patience": Bounds(1, 1000, whole=True, optional=True),
    "every": EVERY,
    "held_out": HELD_OUT,
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
        numbers = checked_numbers(self, _NUMBERS)
        for name in ("augment", "freeze_norm", "flip"):
            check_switch(name, getattr(self, name), name != "augment")
        if not isinstance(self.what, str):
            raise VizError(f"what is {self.what!r}.", 'Give "head", "all", "scratch", "rest", or a layer\'s path.')
        optimizer = key_of("optimizer", self.optimizer, dict.fromkeys(OPTIMIZERS, ()))
        return replace(self, **numbers, optimizer=optimizer, load=_load(self.load), size=checked_size(self.size))

    def said(self) -> dict[str, str]:
        """Each setting by its name, in words, for a table."""
        return in_words(self)


def checked_numbers(settings: Any, bounds: Mapping[str, Bounds]) -> dict[str, Any]:
    """The settings of these names as plain Python numbers, or None. Raises VizError for one out of its bounds."""
    return {name: checked_number(name, getattr(settings, name), each) for name, each in bounds.items()}


def checked_number(name: str, value: Any, bounds: Bounds) -> Any:
    """The value as a plain Python number, or None. Raises VizError for one out of its bounds."""
    low, high, whole, optional, over = bounds
    if value is None and optional:
        return None
    fits = isinstance(value, Real) and not isinstance(value, bool) and low <= float(value) <= high
    if not fits or (whole and float(value) % 1) or (over and value == low):
        kind = "a whole number" if whole else "a number"
        reach = f"over {low:,g}" if over else f"from {low:,g} to {high:,g}"
        raise VizError(f"{name} is {value!r}.", f"Give {kind} {reach}{', or None' * optional}.")
    return int(value) if whole else float(value)


def check_switch(name: str, value: Any, optional: bool = False) -> None:
    """Raises VizError for what is neither True nor False, nor None where that is possible."""
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


def checked_size(value: Any) -> Size | None:
    """The size as (H, W), px, or None. Raises VizError for another value."""
    if value is None:
        return None
    sides = (value, value) if isinstance(value, Integral) else value
    whole = isinstance(sides, tuple | list) and len(sides) == 2 and all(isinstance(each, Integral) for each in sides)
    if not whole or not all(16 <= int(each) <= 1024 for each in sides):
        raise VizError(f"The size is {value!r}.", "Give (height, width) in px, or one number, each from 16 to 1024.")
    return int(sides[0]), int(sides[1])


def in_words(settings: Any) -> dict[str, str]:
    """Each setting of a record by its name, in words."""
    return {each.name: _word(getattr(settings, each.name)) for each in fields(settings)}


def _word(value: Any) -> str:
    if value is None:
        return "as usual"
    return " ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
