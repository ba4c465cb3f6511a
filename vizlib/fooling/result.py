"""What an attack yields while it runs, and its result."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from math import inf, log10
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vizlib.render import Image8

HIGHEST: Final = 0.0  # the goal "the target has the highest score", where others are probabilities


def l2_of(change: NDArray[np.int16]) -> float:
    """The length of a change in levels, in pixel values from 0 to 1."""
    return float(np.sqrt((change.astype(np.float64) ** 2).sum()) / 255)


def psnr_of(change: NDArray[np.int16]) -> float:
    """Peak signal-to-noise ratio of a change in levels, in dB; infinite where nothing was changed."""
    error = float((change.astype(np.float64) ** 2).mean())
    return 10 * log10(255**2 / error) if error else inf


@dataclass(frozen=True)
class Moment:
    """One step of an attack, read off the rounded picture."""

    step: int
    logit: float  # of the target (of the best other class, where the attack is untargeted)
    margin: float  # the target's logit minus the best other's; positive: it has the highest score
    probability: float  # of the target, [0, 1]
    l2: float  # of the change so far, pixel values in [0, 1]
    zeroed: int = 0  # values whose gradient was set to zero (classic)


@dataclass(frozen=True, eq=False)
class Attempt:
    """An attack after `step` of `total` steps; the last one holds the result."""

    step: int
    total: int
    image: Image8  # (H, W, 3), the current picture, rounded
    trace: tuple[Moment, ...]
    goal: float  # being sought: HIGHEST or a probability
    best: float | None = None  # L2 of the smallest change so far that reaches the goal
    result: Fooling | None = None


@dataclass(frozen=True, eq=False)
class Fooling:
    """A file that fools a network, or the best try. All figures are those of the decoded file.

    `probabilities_before` and `probabilities_after` are (K,) on the CPU, of the original and of the file.
    """

    method: str  # its key
    network: str
    source: int  # the class of the original
    target: int | None  # None: any other class
    goal: float  # HIGHEST, or the probability that was asked for
    success: bool  # the decoded file reaches the goal
    png: bytes  # the file, with its recipe inside
    original: Image8  # (H, W, 3)
    image: Image8  # (H, W, 3), what the file decodes to
    probabilities_before: Tensor
    probabilities_after: Tensor
    gradients: int  # evaluations of a gradient of one picture, for all of the run
    note: str = ""  # what a person should know
    trace: tuple[Moment, ...] = ()
    frontier: tuple[Fooling, ...] = ()  # the least change for each goal, in the order of the goals
    plain: Fooling | None = None  # of a robust attack: the least change that need not survive anything
    milestones: tuple[tuple[float, int], ...] = ()  # (goal, step that first reached it), from noise

    @cached_property
    def change(self) -> NDArray[np.int16]:
        """(H, W, 3), in levels: the file minus the original."""
        return self.image.astype(np.int16) - self.original

    @cached_property
    def l2(self) -> float:
        """The length of the change, pixel values in [0, 1]."""
        return l2_of(self.change)

    @cached_property
    def linf_levels(self) -> int:
        """The largest change of a value, in levels of 255."""
        return int(np.abs(self.change).max())

    @cached_property
    def changed(self) -> float:
        """The share of values that were changed, [0, 1]."""
        return float((self.change != 0).mean())

    @cached_property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in dB, infinite where nothing was changed."""
        return psnr_of(self.change)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, 64 hexadecimal digits."""
        return hashlib.sha256(self.png).hexdigest()

    @property
    def label(self) -> int:
        """The class that the file is taken for."""
        return int(self.probabilities_after.argmax())
