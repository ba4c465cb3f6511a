"""I-FGSM: Kurakin, Goodfellow and Bengio, "Adversarial examples in the physical world" (2016, arXiv 1607.02533).

Many small steps of the gradient's sign in the place of FGSM's one: every value moves by alpha, and is then clipped to
epsilon around the original and to [0, 1]. The paper calls it the basic iterative method. It is PGD under L-infinity
that begins at the original.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from torch import Tensor

from vizlib.fooling import pgd
from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import Batch, follow
from vizlib.fooling.scoring import Criterion
from vizlib.method import Knob


@dataclass(frozen=True)
class Knobs:
    epsilon: Annotated[
        float,
        Knob(
            "epsilon (gray levels of 255)",
            0.25,
            128.0,
            0.25,
            "The largest change of a value; a file changes by whole levels within it.",
        ),
    ] = 8.0
    alpha: Annotated[
        float, Knob("alpha (gray levels of 255)", 0.05, 32.0, 0.05, "By how much a step changes each value.")
    ] = 0.8
    steps: Annotated[int, Knob("steps", 1, 1000, 1, "Each takes one gradient.", limited=True)] = 20


def search(criterion: Criterion, start: Tensor, goal: float, knobs: Knobs, seed: int) -> Iterator[Batch]:
    """One batch per gradient, of values (N, 3, H, W) at most epsilon from `start`; `best` is the last that fooled.

    There is one gradient more than steps, so that the values after the last step are looked at too.
    """
    share = knobs.alpha / knobs.epsilon
    same = pgd.Knobs("L-infinity", levels=knobs.epsilon, step_size=share, steps=knobs.steps, random_start=False)
    yield from pgd.search(criterion, start, goal, same, seed)


METHOD = Attack(
    key="ifgsm",
    label="I-FGSM",
    paper="Kurakin et al. 2016, arXiv 1607.02533",
    idea="FGSM in small steps: the gradient is taken again after each of them, and no value moves further than epsilon "
    "from the original. With the same epsilon it fools far more often than one step does.",
    run=partial(follow, search),
    search=search,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("basic iterative method", "BIM", "iterative FGSM"),
)
