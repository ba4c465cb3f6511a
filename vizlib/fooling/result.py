"""What an attack yields while it runs, and its result."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, log10
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vizlib.fooling._shown import caption_of, file_html
from vizlib.render import Image8, notebook

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
    """One step of an attack, read off the rounded picture.

    Attributes:
        step: from 1.
        logit: of the target; of the best other class without a target; the value of a sum of logits.
        margin: in logits, by how much the target leads over the best other class; positive where it comes first.
        probability: of the target, in [0, 1]; of a sum of logits, its sigmoid.
        l2: length of the change so far, with pixel values in [0, 1].
        zeroed: how many values had their gradient set to zero ("classic" only).
    """

    step: int
    logit: float
    margin: float
    probability: float
    l2: float
    zeroed: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Attempt:
    """An attack on one picture after `step` of `total` steps; the last one holds the result.

    Attributes:
        step: steps so far, from 1; 0 of 0 where nothing had to be changed.
        total: steps at most.
        image: array (H, W, 3) of uint8, the current picture, rounded.
        trace: a Moment per step so far.
        goal: what is being sought: 0.0 for the highest score, or a probability.
        best: L2 of the smallest change so far that reaches the goal, or None.
        result: the Fooling, in the last frame only.
    """

    step: int
    total: int
    image: Image8
    trace: tuple[Moment, ...]
    goal: float
    best: float | None = None
    result: Fooling | None = None

    def __repr__(self) -> str:
        best = "nothing found yet" if self.best is None else f"best L2 {self.best:.3g}"
        return f"Attempt(step {self.step} of {self.total}: {best})"

    def _repr_html_(self) -> str:
        if self.result is not None:
            return self.result._repr_html_()
        return notebook.shown(f"Step {self.step} of {self.total}", notebook.pictures([self.image], [caption_of(self)]))


@dataclass(frozen=True, eq=False, repr=False)
class Attempts:
    """Attacks on several pictures; the last frame holds a result for each.

    Attributes:
        step: steps so far, of all pictures together.
        total: steps of all pictures together, as far as they are known: an attack may end early.
        attempts: for each picture the latest frame of its attack, None before it begins.
    """

    step: int
    total: int
    attempts: tuple[Attempt | None, ...]

    @property
    def results(self) -> tuple[Fooling | None, ...]:
        """The results in the order of the pictures, None for those that are not done."""
        return tuple(None if each is None else each.result for each in self.attempts)

    def __repr__(self) -> str:
        done = [each for each in self.results if each is not None]
        fooled = sum(each.success for each in done)
        return f"Attempts(step {self.step} of {self.total}: {len(done)} of {len(self.attempts)} done, {fooled} fooled)"

    def _repr_html_(self) -> str:
        some = [each for each in self.attempts if each is not None]
        done = sum(each.result is not None for each in some)
        title = f"Attacks on {len(self.attempts)} pictures, {done} done, step {self.step} of {self.total}"
        return notebook.shown(title, notebook.pictures([each.image for each in some], map(caption_of, some)))


@dataclass(frozen=True, eq=False, repr=False)
class Fooling:
    """A file that fools a network, or the best try. All figures are those of the decoded file.

    Attributes:
        method: key of the attack.
        network: name of the network.
        source: index of the original's class.
        target: index of the class that was sought; None for any other class, and for a sum of logits.
        goal: 0.0 (the highest score was sought), or the probability that was asked for.
        success: whether the decoded file reaches the goal.
        png: the file as bytes, with its recipe inside.
        original: array (H, W, 3) of uint8, at the size of the file.
        image: array (H, W, 3) of uint8, what the file decodes to.
        probabilities_before: Tensor (K,) on the CPU, of the original.
        probabilities_after: Tensor (K,) on the CPU, of the file.
        gradients: gradients of one picture that the run took.
        note: a sentence about the result, or "".
        trace: a Moment per step.
        frontier: the least change for each goal, where a run sought several.
        plain: of "robust": the least change that need not survive anything.
        milestones: of "noise": (goal, step that first reached it).
        objective: what was sought, in words: "tabby", "not tabby", "tabby rather than tiger cat".
        names: of the classes that matter here, by index: the original's, the target, the best ones before and after.
        change: array (H, W, 3) of int16, in levels of 255: the image minus the original.
        l2: length of the change, with pixel values in [0, 1].
        linf_levels: the largest change of a value, in levels of 255.
        changed: share of the values that were changed, in [0, 1].
        psnr: peak signal-to-noise ratio in dB; infinite where nothing was changed.
        sha256: SHA-256 of the file, 64 hexadecimal digits.
        label: index of the class that the network answers for the file.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> result = vizlib.fool(model, draw_digit(seed=5, label=7).image, 3, steps=30)
        >>> vizlib.open_picture(result.png).size, result.source, result.label
        ((28, 28), 7, 3)
    """

    method: str
    network: str
    source: int
    target: int | None
    goal: float
    success: bool
    png: bytes
    original: Image8
    image: Image8
    probabilities_before: Tensor
    probabilities_after: Tensor
    gradients: int
    note: str = ""
    trace: tuple[Moment, ...] = ()
    frontier: tuple[Fooling, ...] = ()
    plain: Fooling | None = None
    milestones: tuple[tuple[float, int], ...] = ()
    objective: str = ""
    names: Mapping[int, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        aim = self.objective or ("any other class" if self.target is None else f"class {self.target}")
        outcome = "success" if self.success else "no success"
        size = f"{self.image.shape[1]} x {self.image.shape[0]} px, {len(self.png) / 1000:.1f} kB"
        return (
            f"Fooling({self.method} on {self.network}: class {self.source} -> {aim}, {outcome}, L2 {self.l2:.3g}, "
            f"at most {self.linf_levels} of 255 levels, PNG of {size})"
        )

    _repr_html_ = file_html

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
        """The index of the class that the network answers for the file."""
        return int(self.probabilities_after.argmax())
