"""One batch of activation maximization, checked: objectives, settings, seeds, start and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, TypeAlias

import torch
from torch import Tensor

from vizlib.activation_maximization import regularizers
from vizlib.activation_maximization.given import settings_of
from vizlib.activation_maximization.passes.precision import effective
from vizlib.activation_maximization.passes.scoring import accepted_size
from vizlib.activation_maximization.presets import preset
from vizlib.activation_maximization.repertoire import usual_for
from vizlib.activation_maximization.settings import Settings
from vizlib.errors import VizError
from vizlib.layers import Objective, Target, as_objective, as_python, goals_of, is_whole, resampled, resolved
from vizlib.models import Classifier, check_range, pixels_of
from vizlib.pictures import Pictures
from vizlib.records import Size

Start: TypeAlias = Pictures | None  # also "noise" and "gray"
SIDES = 16, 2048  # px, smallest and largest
_MOST_STEPS = 100_000
_MOST_SEEDS = 2**62


@dataclass(frozen=True, eq=False)
class Task:
    """One batch, checked."""

    model: Classifier
    objectives: list[Objective]
    settings: list[Settings]
    steps: int
    seeds: list[int]
    start: Tensor | None  # (B, 3, H, W)
    size: Size  # of the pictures
    asked: Size  # at which the network is asked about them

    def weights(self, name: str) -> Tensor:
        """A setting's values (B,), on the network's device."""
        return torch.tensor([float(getattr(each, name)) for each in self.settings], device=self.model.device)


@dataclass(frozen=True, eq=False)
class Specification:
    """One batch as it was asked for, not checked yet."""

    objective: Target
    steps: int
    seed: int | Sequence[int]
    start: Start
    size: int | Size | None
    settings: dict[str, Any]


def checked(model: Classifier, given: Specification) -> Task:
    """The task, checked, with the settings of the model family's preset where none are given.

    Raises VizError, UnknownName or NotShowable.
    """
    found = goals_of(given.objective)
    goals: list[Any] = found if isinstance(found, list) else [found]
    steps: Any = as_python(given.steps)
    if not goals:
        raise VizError("There is nothing to maximize.", "Give at least one objective.")
    if not is_whole(steps) or not 1 <= steps <= _MOST_STEPS:
        raise VizError(f"The number of steps is {steps!r}.", f"Give a whole number from 1 to {_MOST_STEPS}.")
    size = _size(given.size, model)
    asked = accepted_size(model, size)
    objectives = [resolved(model, as_objective(each), asked) for each in goals]
    settings = settings_of(len(goals), _base(model, objectives[0], given.settings), given.settings)
    settings = [replace(each, precision=effective(model, each.precision)) for each in settings]
    start = _start(given.start, model, size, len(goals))
    return Task(model, objectives, settings, int(steps), _seeds(given.seed, objectives), start, size, asked)


def _base(model: Classifier, objective: Objective, given: Mapping[str, Any]) -> dict[str, Any]:
    """What nobody has to give: the preset of the model's family, over it what a comparison starts from.

    They were chosen for Adam. Other optimizers start from the plain view alone.
    """
    if given.get("optimizer", "adam") == "adam":
        return {**preset(model, inside=bool(objective.layers)), **usual_for(objective)}
    return {"transforms": "none"}


def _size(size: int | Size | None, model: Classifier) -> Size:
    given = as_python(size)
    sides: Any = model.input_size if size is None else (given, given) if isinstance(given, Integral) else given
    if not isinstance(sides, Sequence) or len(sides) != 2 or not all(map(_is_side, sides)):
        raise VizError(f"The size is {size!r}.", f"Give a side, or (height, width), from {SIDES[0]} to {SIDES[1]} px.")
    return int(sides[0]), int(sides[1])


def _is_side(side: Any) -> bool:
    return isinstance(side, Integral) and SIDES[0] <= int(side) <= SIDES[1]


def _seeds(seed: int | Sequence[int], objectives: Sequence[Objective]) -> list[int]:
    plain = as_python(seed)
    several = isinstance(plain, Sequence) and not isinstance(plain, str)
    given: list[Any] = list(plain) if several else [plain]
    if not all(isinstance(each, Integral) and abs(int(each)) < _MOST_SEEDS for each in given):
        raise VizError(f"The seed is {seed!r}.", "Give a whole number, or one per picture.")
    if several and len(given) != len(objectives):
        raise VizError(f"There are {len(given)} seeds for {len(objectives)} pictures.", "Give one per picture.")
    if several:
        return [int(each) for each in given]
    return [int(given[0]) + objectives[:row].count(each) for row, each in enumerate(objectives)]


def _start(start: Start, model: Classifier, size: Size, count: int) -> Tensor | None:
    if start is None or (isinstance(start, str) and start == "noise"):
        return None
    if isinstance(start, str):
        if start != "gray":
            raise VizError(f"There is no start called {start!r}.", 'Give "noise", "gray" or a picture.')
        return torch.full((count, 3, *size), regularizers.GRAY, device=model.device)
    pixels = start if isinstance(start, Tensor) else pixels_of(model, start)
    if pixels.ndim != 4 or pixels.shape[1] != 3 or len(pixels) not in (1, count) or not pixels.is_floating_point():
        raise VizError(f"The start has the shape {tuple(pixels.shape)}.", f"Give float pixels (1 or {count}, 3, H, W).")
    check_range(pixels)
    pixels = pixels.detach().to(model.device, torch.float32).clamp(0, 1)
    return resized(pixels.expand(count, -1, -1, -1), size)


def resized(pixels: Any, size: Size) -> Any:
    """Pixels at another size; None stays None."""
    return None if pixels is None else resampled(pixels, size)
