"""FGSM: Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples" (2014, arXiv 1412.6572).

The fast gradient sign method: every value moves by epsilon, in the direction of its gradient's sign. If the network
were linear, no other change within epsilon would raise the loss more: it rises by epsilon times the gradient's L1 norm.
Away from a class, the loss is the cross-entropy of the original's class; towards one, it is the target's, and falls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import torch
from torch import Tensor

from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import Batch, follow
from vizlib.fooling.pgd import rounded_linf
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
            "By how much each value changes; a file changes by whole levels within it. 8 is usual for color pictures; "
            "PyTorch's tutorial takes up to 76.5 (0.3 of the range) for digits.",
        ),
    ] = 8.0


def search(criterion: Criterion, start: Tensor, goal: float, knobs: Knobs, seed: int) -> Iterator[Batch]:
    """One batch after one gradient: values (N, 3, H, W) in [0, 1], at most epsilon from `start`."""
    _, gradient = criterion.pull(start, Criterion.likelihood)
    values = (start + knobs.epsilon / 255 * gradient.sign()).clamp(0, 1)
    with torch.no_grad():
        logits = criterion.logits(values)
    rounding = partial(rounded_linf, start, levels=knobs.epsilon)
    yield Batch(1, 1, values, logits, values, criterion.reached(logits, goal), rounding)


METHOD = Attack(
    key="fgsm",
    label="FGSM",
    paper="Goodfellow et al. 2014, arXiv 1412.6572",
    idea="Takes a single step: every value goes up or down by epsilon, as the sign of its gradient says. It costs one "
    "gradient, and mostly moves the answer away from a class; one step seldom reaches a class of your choice.",
    run=partial(follow, search),
    search=search,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("fast gradient sign method", "fast gradient sign attack"),
)
