"""What a person asks about, as one objective per picture: the same words in every function of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers.objectives import Goal, as_objective
from vizlib.layers.resolving import resolved
from vizlib.layers.terms import Objective, as_python
from vizlib.models import Classifier, in_own_context
from vizlib.records import Size

Target: TypeAlias = Goal | Sequence[Goal] | NDArray[Any] | Tensor


@in_own_context
def objectives_of(model: Classifier, target: Target, count: int, size: Size) -> list[Objective]:
    """One resolved objective for each of `count` pictures of `size` (H, W).

    target: a class by index or name, a Unit, an objective, or a function of the logits; or one of these per picture,
        as a list, tuple, range, array or tensor.

    Raises VizError for another number of targets or for what is no target, UnknownName for what the network does not
    have, NotShowable for a class of a network without classes.
    """
    goals = goals_of(target)
    if not isinstance(goals, list):
        return [resolved(model, as_objective(goals), size)] * count
    if len(goals) != count:
        pictures = f"There {'is' if count == 1 else 'are'} {count} picture{'s' * (count != 1)}"
        what = f"{pictures} and {len(goals)} target{'s' * (len(goals) != 1)}."
        raise VizError(what, "Give one target for all pictures, or one for each.")
    return [resolved(model, as_objective(each), size) for each in goals]


def goals_of(target: Target) -> Any:
    """The list of targets where there are several, else the one target that there is, as it was given."""
    if isinstance(target, (Tensor, np.ndarray)):
        return _of_array(target)
    if isinstance(target, Sequence) and not isinstance(target, str | bytes):
        return [*target]
    return target


def _of_array(target: Tensor | NDArray[Any]) -> Any:
    if not _holds_classes(target):
        raise VizError("The target classes are not whole numbers.", "Give one class index per picture.")
    if target.ndim > 1:
        what = f"The target classes have the shape {tuple(target.shape)}."
        raise VizError(what, "Give one class for all pictures, or one for each.")
    return as_python(target)


def _holds_classes(target: Tensor | NDArray[Any]) -> bool:
    """Whether these are whole numbers; an array may also hold names or other targets."""
    if isinstance(target, Tensor):
        return not (target.dtype == torch.bool or target.is_floating_point() or target.is_complex())
    return target.dtype.kind not in "bfc"
