"""What deletion and insertion measure: in which order pixels change, and how the target's probability follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vizlib.faithfulness.asked import Floats
from vizlib.records import brief
from vizlib.render import Image8


@dataclass(frozen=True, eq=False)
class Deleted:
    """One order in which pixels are removed (or brought in): that of a method's map.

    Attributes:
        method: its name.
        when: uint16 (H, W), the step at which each pixel changes: 1 to `steps`, most important first.
        curve: (steps + 1,), the target's probability after each step, from none changed to all; NaN: not yet known.
        reverse: (steps + 1,), the same in the reversed order, the least important first.
        pictures: uint8 (steps + 1, H, W, 3), what the network saw at each step, where `filled` is not enough: for the
            fill "neighbors". Else (0, H, W, 3).
    """

    method: str
    when: NDArray[np.uint16]
    curve: Floats
    reverse: Floats
    pictures: NDArray[np.uint8]

    __repr__ = brief

    @property
    def area(self) -> float:
        """The area under the curve, in [0, 1]: small is good for deletion, large for insertion."""
        return area(self.curve)

    @property
    def reverse_area(self) -> float:
        """The area under the curve of the reversed order."""
        return area(self.reverse)


@dataclass(frozen=True, eq=False)
class Deletion:
    """Curves of deletion or insertion, after `step` of `total` looks of the network.

    Attributes:
        step: pictures that the network has seen.
        total: pictures in all.
        insert: whether pixels come back into the filled picture, instead of being removed.
        fill: what is put in the place of removed pixels.
        target: the index of the class whose probability is followed.
        picture: uint8 (H, W, 3), as the network sees it.
        filled: uint8 (H, W, 3), with all pixels removed. At step k, deletion shows `filled` where `when <= k` and
            `picture` elsewhere, insertion the other way round.
        methods: the order and the curves of each method.
        random: (orders, steps + 1), the curves of random orders.
    """

    step: int
    total: int
    insert: bool
    fill: str
    target: int
    picture: Image8
    filled: Image8
    methods: tuple[Deleted, ...]
    random: Floats

    __repr__ = brief

    @property
    def steps(self) -> int:
        """How many times pixels are removed."""
        return self.random.shape[1] - 1

    @property
    def shares(self) -> Floats:
        """(steps + 1,), the share of the pixels that is changed after each step, from 0 to 1."""
        pixels = self.picture.shape[0] * self.picture.shape[1]
        return counts(self.steps, pixels) / pixels

    @property
    def random_areas(self) -> Floats:
        """(orders,), the areas under the curves of the random orders."""
        return np.array([area(each) for each in self.random])

    @property
    def random_interval(self) -> tuple[float, float, float]:
        """The mean of the areas of random orders and its 95 % interval by Student's t: mean, low, high."""
        return interval(self.random_areas)


def as_insertion(found: Deletion) -> Deletion:
    """The insertion with the same fill, which needs no more looks: deletion in the reversed order, read from its end.

    To bring in the most important pixels first leaves the least important ones filled. The number of pixels at a step
    may differ by one from that of `deleting(insert=True)`, by rounding; the random orders are the reversed ones. It has
    no `pictures`.
    """
    nothing = np.zeros((0, *found.picture.shape), np.uint8)
    rows = tuple(
        replace(each, curve=each.reverse[::-1], reverse=each.curve[::-1], pictures=nothing) for each in found.methods
    )
    return replace(found, insert=True, methods=rows, random=found.random[:, ::-1])


def area(curve: Floats) -> float:
    """The area under a curve (n,) by the trapezoid rule, the whole axis being 1, as in RISE's evaluation."""
    return float((curve.sum() - curve[0] / 2 - curve[-1] / 2) / (len(curve) - 1))


def counts(steps: int, pixels: int) -> NDArray[np.int64]:
    """(steps + 1,), how many pixels are changed after each step: as many at each, but for rounding."""
    return np.rint(np.linspace(0, pixels, steps + 1)).astype(np.int64)


def interval(values: Floats) -> tuple[float, float, float]:
    """The mean of some values, without the NaN among them, and its 95 % interval by Student's t: mean, low, high."""
    from scipy.stats import t  # late: it takes a moment

    known = values[~np.isnan(values)]
    if not len(known):
        return np.nan, np.nan, np.nan
    middle = float(known.mean())
    half = float(t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else np.nan
    return middle, middle - half, middle + half
