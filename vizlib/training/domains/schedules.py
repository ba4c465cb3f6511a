"""How the reversal factor and the rate of learning go over a run, which is at p, from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Final, TypeAlias

import numpy as np

Factor: TypeAlias = "str | float | Sequence[float]"
FACTORS: Final = ("schedule", "rate_formula")
RATES: Final = ("ganin", "constant")
_POINTS: Final = (0.0, 1 / 3, 2 / 3, 1.0)  # where a curve of four points has them


def factor_at(factor: Factor, gamma: float, p: float) -> float:
    """The reversal factor: Ganin's schedule, a fixed one, or a line through four points."""
    if factor == "schedule":
        return 2 / (1 + exp(-gamma * p)) - 1
    if factor == "rate_formula":
        return 0.01 * _falling(p)
    if isinstance(factor, str | float | int):
        return float(factor)
    return float(np.interp(p, _POINTS, factor))


def rate_at(schedule: str, rate: float, p: float) -> float:
    """The rate of learning: Ganin's formula, or always the same."""
    return rate * _falling(p) if schedule == "ganin" else rate


def _falling(p: float) -> float:
    return float((1 + 10 * p) ** -0.75)
