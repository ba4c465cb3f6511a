"""One picture to be fooled: how it is read, what is sought, and the best that was found for each goal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from torch import Tensor

from vizlib.fooling.reading import Reading, image_of
from vizlib.fooling.result import HIGHEST, Attempt
from vizlib.fooling.scoring import Criterion, lengths
from vizlib.render import Image8

FRONTIER: Final = (HIGHEST, 0.5, 0.9, 0.99)
_KEPT: Final = 8  # finds per goal: if the file of the smallest change fails, the next one is tried


@dataclass(frozen=True, eq=False)
class Find:
    """A rounded picture that reaches a goal."""

    l2: float
    image: Image8


@dataclass(eq=False)
class Case:
    """What a method works on. `run(case, knobs)` yields an Attempt per step and offers every picture that it rounds."""

    reading: Reading
    criterion: Criterion
    goals: tuple[float, ...]  # ascending: HIGHEST or probabilities
    seed: int
    finds: dict[float, list[Find]] = field(default_factory=dict)  # the smallest change last
    nearest: tuple[float, Image8] | None = None  # the largest margin so far, and its picture
    floating: bool = False  # whether the method reached its goal before it rounded
    note: str = ""  # the method's own words about its finds, for people
    plain: Image8 | None = None  # the least visible image, to compare a robust one with
    milestones: list[tuple[float, int]] = field(default_factory=list)  # (goal, step that first reached it)

    def start(self) -> Tensor:
        """The original as values (1, 3, H, W) in [0, 1]."""
        return self.reading.start(self.criterion.model.device)

    def offer(self, values: Tensor, logits: Tensor) -> bool:
        """Keeps a rounded picture (1, 3, H, W) for the goals that it reaches; returns whether it reaches the last."""
        length = float(lengths(values - self.start())[0])
        for goal in self.goals:
            met = bool(self.criterion.reached(logits, goal)[0])
            best = self.best(goal)
            if met and (best is None or length < best):
                self.finds[goal] = [*self.finds.get(goal, ()), Find(length, image_of(values))][-_KEPT:]
        self.consider(values, logits)
        return met

    def consider(self, values: Tensor, logits: Tensor) -> None:
        """Keeps a rounded picture if it is the closest yet to the last goal. It is shown if none reaches that goal."""
        margin = float(self.criterion.margin(logits, self.goals[-1]).min())
        if self.nearest is None or margin > self.nearest[0]:
            self.nearest = margin, image_of(values)

    def best(self, goal: float) -> float | None:
        """L2 of the smallest change found for the goal."""
        found = self.finds.get(goal)
        return found[-1].l2 if found else None

    def attempt(self, step: int, total: int, values: Tensor, goal: float | None = None) -> Attempt:
        """The frame of a step, with the current values (1, 3, H, W)."""
        sought = self.goals[-1] if goal is None else goal
        return Attempt(step, total, image_of(values), tuple(self.criterion.trace), sought, self.best(sought))

    def candidates(self, goal: float) -> Iterator[Image8]:
        """Pictures that reach the goal, the least changed first."""
        return (each.image for each in reversed(self.finds.get(goal, ())))
