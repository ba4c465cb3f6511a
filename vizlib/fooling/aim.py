"""What a file shall make the network answer: a class, any other class, or a sum of logits; and with which certainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor

from vizlib.errors import NotShowable, VizError
from vizlib.fooling.result import HIGHEST
from vizlib.layers import Goal, Objective, Target, objectives_of
from vizlib.models import Classifier
from vizlib.models.class_names import first_of

Targets: TypeAlias = "Target | Sequence[Goal | None] | None"

MOST_SURE: Final = 0.9999  # the largest goal


@dataclass(frozen=True)
class Aim:
    """What an attack is asked for on one picture. Without target and weights: any class but the original's."""

    target: int | None
    goal: float
    seed: int
    weights: tuple[tuple[float, int], ...] = ()  # (weight, class) of a sum of logits that has to be positive

    @property
    def kind(self) -> str:
        """Pictures whose aims are of one kind can be worked on together."""
        return "sum" if self.weights else "away" if self.target is None else "class"

    @property
    def recipe(self) -> dict[str, Any]:
        """Its part of a result's recipe. The target of a sum is its [weight, class] pairs."""
        pairs = [list(each) for each in self.weights]
        return {"target": pairs or self.target, "goal": self.goal, "seed": self.seed}

    def words(self, names: list[str], source: int) -> str:
        """The aim as a person says it: "tabby", "not tabby", "tabby rather than tiger cat"."""
        if self.target is not None:
            return first_of(names[self.target])
        if not self.weights:
            return f"not {first_of(names[source])}"
        pairs = [(weight, first_of(names[index])) for weight, index in self.weights]
        if [weight for weight, _ in pairs] == [1, -1]:
            return f"{pairs[0][1]} rather than {pairs[1][1]}"
        return " + ".join(f"{weight:g} x {name}" for weight, name in pairs) + " above 0"


def aimed(model: Classifier, target: Any, goal: float = HIGHEST, seed: int = 0) -> Aim:
    """The aim for one picture."""
    return aims(model, target, goal, seed, 1)[0]


def aims(model: Classifier, target: Any, goal: float, seed: int, count: int) -> list[Aim]:
    """The aims for `count` pictures: one target for all, or a list of them, None among them.

    Raises UnknownName or NotShowable for what the network lacks and for what cannot be fooled, VizError for another
    goal, seed or number of targets.
    """
    model.need_classes()
    if isinstance(goal, bool) or not isinstance(goal, Real) or not 0 <= float(goal) <= MOST_SURE:
        what = f"The goal is {goal!r}."
        raise VizError(what, f"Give a probability up to {MOST_SURE}, or 0 for the highest score.")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise VizError(f"The seed is {seed!r}.", "Give a whole number from 0.")
    found = [Aim(index, float(goal), int(seed), weights) for index, weights in _sought(model, target, count)]
    if goal and any(each.kind == "away" for each in found):
        raise VizError("Away from a class, there is no probability to reach.", "Choose a target class, or the goal 0.")
    return found


def _sought(model: Classifier, target: Any, count: int) -> list[tuple[int | None, tuple[tuple[float, int], ...]]]:
    """(class, weights) for each picture."""
    given: Any = [None] * count if target is None else target
    away = [each is None for each in given] if isinstance(given, list | tuple) else [False] * count
    if any(away):
        given = [0 if none else each for none, each in zip(away, given)]
    objectives = objectives_of(model, given, count, model.input_size)
    return [(None, ()) if none else _answer(each) for none, each in zip(away, objectives)]


def _answer(objective: Objective) -> tuple[int | None, tuple[tuple[float, int], ...]]:
    """The class whose logit the objective is, or the weights of its sum of logits."""
    if any(term.kind != "logit" for term in objective.terms):
        what = f"{objective} is not an answer of the network, so no file can fool the network into it."
        raise NotShowable(what, "Give a class, or see vizlib.maximize with start=picture, which raises any objective.")
    if len(objective.terms) == 1 and objective.terms[0].weight > 0:
        return int(objective.terms[0].index), ()
    weights: dict[int, float] = {}
    for term in objective.terms:
        weights[int(term.index)] = weights.get(int(term.index), 0.0) + float(term.weight)
    return None, tuple((weight, index) for index, weight in weights.items())


def sought(aims: list[Aim], classes: int, device: torch.device) -> tuple[Tensor | None, Tensor | None]:
    """Targets (N,) and weights (N, K) of aims of one kind, as tensors; None for what there is not."""
    if aims[0].kind == "class":
        return torch.tensor([each.target for each in aims], device=device), None
    if aims[0].kind == "away":
        return None, None
    weights = torch.zeros(len(aims), classes, device=device)
    for row, each in enumerate(aims):
        for weight, index in each.weights:
            weights[row, index] = weight
    return None, weights
