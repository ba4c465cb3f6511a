"""Everything that can be set for a domain adaptation, checked, with sentences for what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from vizlib.errors import VizError
from vizlib.method import key_of
from vizlib.records import Size
from vizlib.training.domains.schedules import FACTORS, RATES, Factor, factor_at, rate_at
from vizlib.training.settings import (
    BATCH,
    EVERY,
    HELD_OUT,
    RATE,
    SEED,
    STEPS,
    Bounds,
    check_switch,
    checked_number,
    checked_numbers,
    checked_size,
    in_words,
)

LABELS: Final = ("source", "target")
_FACTOR: Final = Bounds(-1000, 1000)  # below 0, the gradient keeps its sign
_NUMBERS: Final = {
    "steps": STEPS,
    "seed": SEED,
    "gamma": Bounds(0, 1000),
    "weight": Bounds(0, 1000),
    "rate": RATE,
    "momentum": Bounds(0, 0.999),
    "average": Bounds(0, 0.9999),
    "width": Bounds(2, 256, whole=True),
    "batch": BATCH,
    "pseudo_labels": Bounds(0, 1, optional=True),
    "every": EVERY,
    "held_out": HELD_OUT,
}


@dataclass(frozen=True)
class AdaptSettings:
    """The settings of a domain adaptation; `adapt` explains each."""

    factor: Factor = "schedule"
    steps: int = 600
    seed: int = 0
    gamma: float = 10.0
    weight: float = 1.0
    rate: float = 0.03
    rate_schedule: str = "ganin"
    momentum: float = 0.9
    average: float = 0.0
    width: int = 32
    batch: int = 64
    domain_at: str = "features"
    labels: str = "source"
    mistake: bool = False
    pseudo_labels: float | None = None
    every: int | None = None
    size: int | Size | None = None
    held_out: float = 0.3

    @property
    def between(self) -> int:
        """Steps from one check on held-out pictures to the next."""
        return self.every or max(1, self.steps // 10)

    def factor_of(self, step: int) -> float:
        """The reversal factor of a step, which are numbered from 1."""
        return factor_at(self.factor, self.gamma, (step - 1) / self.steps)

    def rate_of(self, step: int) -> float:
        """The rate of learning of a step."""
        return rate_at(self.rate_schedule, self.rate, (step - 1) / self.steps)

    def checked(self) -> AdaptSettings:
        """The settings with plain Python numbers. Raises VizError or UnknownName for those that cannot be."""
        check_switch("mistake", self.mistake)
        if not isinstance(self.domain_at, str):
            raise VizError(f"domain_at is {self.domain_at!r}.", 'Give "features" or a layer\'s path.')
        return replace(
            self,
            **checked_numbers(self, _NUMBERS),
            factor=_factor(self.factor),
            rate_schedule=key_of("schedule of the rate", self.rate_schedule, dict.fromkeys(RATES, ())),
            labels=key_of("domain", self.labels, dict.fromkeys(LABELS, ())),
            size=checked_size(self.size),
        )

    def said(self) -> dict[str, str]:
        """Each setting by its name, in words, for a table."""
        return in_words(self)


def _factor(value: Any) -> Factor:
    if isinstance(value, str):
        return key_of("reversal factor", value, dict.fromkeys(FACTORS, ()))
    if not isinstance(value, Sequence):
        return float(checked_number("factor", value, _FACTOR))
    if len(value) != 4:
        raise VizError(f"The curve of the factor has {len(value)} points.", "Give four numbers, or one.")
    return tuple(float(checked_number("factor", each, _FACTOR)) for each in value)
