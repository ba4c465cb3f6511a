"""What was measured, as shares with their 95 % intervals, and as sentences that say no more than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from vizlib.evaluation import Rate
from vizlib.ui.shared import live
from vizlib.ui.shared.lines import Line
from vizlib.ui.shared.words import plain, share

ACCURACY = "accuracy on held-out pictures"
_Z = 1.959964  # standard deviations to either side that hold 95 % of a normal distribution


@dataclass(frozen=True, eq=False)
class Measured:
    """What one network got right of one set's held-out pictures, at each place of an axis."""

    name: str  # of the line
    about: str  # the set, as sentences call it
    places: tuple[str, ...]  # layers, or values of C
    right: NDArray[np.bool_]  # (places so far, tests)
    random: bool = False  # whether the weights are random: a control

    def rate(self, place: int) -> Rate:
        """How many of the held-out pictures are right at this place."""
        return Rate(int(self.right[place].sum()), self.right.shape[1])

    @property
    def shares(self) -> list[float]:
        """The accuracy at each place, in [0, 1]."""
        return [float(each.mean()) for each in self.right]

    @property
    def best(self) -> int:
        """The place with the highest accuracy, the first of equals."""
        return int(np.argmax(self.shares))

    def every_other(self, first: int) -> Measured:
        """The first place (0) and every other one after it, or the second one (1) and so on."""
        return replace(self, places=self.places[first::2], right=self.right[first::2])

    def line(self, at: Sequence[float], name: str = "") -> Line:
        """The line of a chart, in %, over the places `at`."""
        rates = [self.rate(each) for each in range(len(self.right))]
        band = [(100 * low, 100 * high) for low, high in (each.interval for each in rates)]
        return Line(
            name or self.name,
            at[: len(rates)],
            [100 * each for each in self.shares],
            () if self.random else band,
            self.random,
        )


@dataclass(frozen=True, eq=False)
class Amounts:
    """The accuracy of one layer's classifier over the number of training pictures of each class."""

    name: str
    amounts: tuple[int, ...]
    means: list[float]  # over choices of the pictures, in [0, 1]
    intervals: list[tuple[float, float]]  # of these means
    random: bool = False

    def line(self, at: Sequence[float]) -> Line:
        """The line of a chart, in %, over the places `at`."""
        band = [(100 * low, 100 * high) for low, high in self.intervals]
        return Line(self.name, at, [100 * each for each in self.means], () if self.random else band, self.random)


def difference(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[float, float]:
    """How much more often `one` is right than `other`, on the same pictures, and half of the interval, in points."""
    gain = one.astype(float) - other.astype(float)
    return 100 * float(gain.mean()), 100 * _Z * float(gain.std()) / sqrt(max(1, len(gain)))


def accuracy(rate: Rate) -> str:
    """With its 95 % interval: "93.5 % (90.1 to 95.8 %)"."""
    low, high = rate.interval
    return f"{share(rate.share)} ({100 * low:.1f} to {share(high)})"


def points(value: float, half: float) -> str:
    """A difference in percentage points, with its interval: "7.0 ± 3.1 points"."""
    return f"{abs(value):.1f} ± {half:.1f} points"


def first_look(one: Measured, few: int) -> str:
    """What the last layer reaches with few pictures, before every layer is measured."""
    return (
        f"A first look: from {few:d} pictures of each class, the features of **{plain(one.places[-1])}** are enough to "
        f"name {accuracy(one.rate(-1))} of {one.right.shape[1]:d} others."
    )


def over_layers(found: Sequence[Measured]) -> str:
    """Where each set is told apart best, and what random weights reach there."""
    controls = {each.about: each for each in found if each.random}
    return "  \n".join(_best_layer(each, controls.get(each.about)) for each in found if not each.random)


def _best_layer(one: Measured, control: Measured | None) -> str:
    best, last = one.best, len(one.right) - 1
    said = f"**{plain(begun(one.about))}**: best at **{plain(one.places[best])}**, {accuracy(one.rate(best))}"
    if control is not None and len(control.right) > best:
        value, half = difference(one.right[best], control.right[best])
        said += f", {points(value, half)} {'more' if value >= 0 else 'fewer'} than with random weights"
    if best == last:
        return f"{said}."
    value, half = difference(one.right[best], one.right[last])
    chance = "" if value > half else ", which may be chance"
    return f"{said}. The last layer has {points(value, half)} fewer{chance}."


def before_and_after(found: Sequence[Measured]) -> str:
    """For each set, what the ReLU changes at the last layer; the places are before and after in turn."""
    return "  \n".join(_relu(each) for each in found if not each.random and len(each.right) > 1)


def _relu(one: Measured) -> str:
    pairs = range(0, len(one.right) - 1, 2)
    gains = {one.places[each + 1]: difference(one.right[each + 1], one.right[each]) for each in pairs}
    more = sum(value > half for value, half in gains.values())
    fewer = sum(-value > half for value, half in gains.values())
    last, (value, half) = list(gains.items())[-1]
    way = "more" if value >= 0 else "fewer"
    return (
        f"**{plain(begun(one.about))}**: of {len(gains)} activations, {more:d} are clearly better after the ReLU and "
        f"{fewer:d} before it. At the last one, **{plain(last)}**, it is {points(value, half)} {way} after it."
    )


def over_c(found: Sequence[Measured]) -> str:
    """For each line, the best C and what the smallest one loses."""
    return "  \n".join(_best_c(each) for each in found if not each.random)


def _best_c(one: Measured) -> str:
    best = one.best
    lost = difference(one.right[best], one.right[0])
    said = f"**{plain(begun(one.name))}**: best with **C = {plain(one.places[best])}**, {accuracy(one.rate(best))}"
    return (
        f"{said}; C = {plain(one.places[0])} has {points(*lost)} fewer."
        if best
        else f"{said}, the smallest that was tried."
    )


def begun(name: str) -> str:
    """A name at the beginning of a sentence."""
    return name[:1].upper() + name[1:]


def say_first_look(one: Measured, few: int) -> None:
    """Draws the sentence into the page's row."""
    live.verdict().markdown(first_look(one, few))


def say_layers(found: Sequence[Measured]) -> None:
    """Draws the sentences into the page's row."""
    live.verdict().markdown(over_layers(found))


def say_relu(found: Sequence[Measured]) -> None:
    """Draws the sentences into the page's row."""
    live.verdict().markdown(before_and_after(found))


def say_c(found: Sequence[Measured]) -> None:
    """Draws the sentences into the page's row."""
    live.verdict().markdown(over_c(found))
