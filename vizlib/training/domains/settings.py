"""Everything that can be set for a domain adaptation, checked, with sentences for what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vizlib.records import Size
from vizlib.training.domains.schedules import Factor
from vizlib.training.settings import Bounds

LABELS: Final = ("source", "target")
MOST: Final = 1000.0  # factor
_BOUNDS: Final = {
    "steps": Bounds(1, 100_000, whole=True),
    "seed": Bounds(0, 2**31 - 1, whole=True),
    "gamma": Bounds(0, 1000),
    "weight": Bounds(0, 1000),
    "rate": Bounds(0, 1e6, over=True),
    "momentum": Bounds(0, 0.999),
    "batch": Bounds(1, 1024, whole=True),
    "pseudo_labels": Bounds(0, 1, optional=True),
    "every": Bounds(1, 100_000, whole=True, optional=True),
    "held_out": Bounds(0.05, 0.5),
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

    def factor(self, step: int) -> float:  # type: ignore[no-redef]
        raise NotImplementedError

    def checked(self) -> AdaptSettings:
        """The settings with plain Python numbers. Raises VizError or UnknownName for those that cannot be."""
        raise NotImplementedError
