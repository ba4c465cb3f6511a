"""What a person asks about, as one objective per picture: the same words in every function of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers.objectives import Goal, Objective, as_objective, resolved
from vizlib.models import Classifier
from vizlib.records import Size

Target: TypeAlias = Goal | Sequence[Goal] | Tensor


def objectives_of(model: Classifier, target: Target, count: int, size: Size) -> list[Objective]:
    """One resolved objective for each of `count` pictures of `size`.

    target: a class by index or name, a Unit, an objective; or a list, tuple or tensor with one per picture.

    Raises VizError for another number of targets, UnknownName for what the network does not have.
    """
    goals: Any = target.tolist() if isinstance(target, Tensor) else target
    if not isinstance(goals, list | tuple):
        return [resolved(model, as_objective(goals), size)] * count
    if len(goals) != count:
        raise VizError(f"There are {count} pictures and {len(goals)} targets.", "Give one for all, or one for each.")
    return [resolved(model, as_objective(each), size) for each in goals]
