"""What is left of the answer when the pixels are taken away that a map calls important, and when they come back?

Petsiuk et al., "RISE" (2018), arXiv 1806.07421: deletion and insertion. With the fill "neighbors" it is ROAD, Rong et
al. (2022), arXiv 2202.00449. Signed maps are taken by value, from evidence for the target to evidence against it. The
order among pixels of equal value is drawn from the seed, once for all methods. The controls are the reversed order and
random ones. These remove single pixels, which many networks stand worse than the loss of as many in one place: `grain`
makes them squares.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import VizError
from vizlib.faithfulness.asked import Floats, Maps, Methods, Question, mapped, question_of
from vizlib.faithfulness.deleted import Deleted, Deletion, counts
from vizlib.faithfulness.filling import Fill, check_fill, filled, imputed
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Pictures
from vizlib.render import to_image

_AT_ONCE: Final = 8  # pictures: more are hardly faster on a CPU, and frames would come less often
_MOST_STEPS: Final = 2**16 - 1


@dataclass(frozen=True)
class How:
    """The settings of `deleting`, which says what each of them is."""

    fill: Fill = "blur"
    insert: bool = False
    steps: int = 28
    orders: int = 3
    grain: int = 1
    seed: int = 0


@in_own_context
def deleting(  # noqa: PLR0913  the question, and how it is asked
    model: Classifier,
    pixels: Pictures,
    methods: Methods,
    target: int | str | None = None,
    *,
    fill: Fill = "blur",
    insert: bool = False,
    steps: int = 28,
    orders: int = 3,
    grain: int = 1,
    seed: int = 0,
) -> Generator[Deletion, None, None]:
    """The target's probability while the pixels of one picture are removed in the order of each method's map.

    pixels: one picture, as for `vizlib.explain`. methods: keys, or `Asked`.
    target: a class, by index or name; by default the one that the network predicts.
    fill: what is put in the place of removed pixels: "blur", "gray", "mean", "noise" or "neighbors".
    insert: whether pixels come back into the filled picture instead. steps: how many times pixels are removed.
    orders: random orders, as controls. grain: px, the side of the squares that a random order removes at once.
    seed: of the random orders, of the noise, and of the order among pixels of equal value.

    Yields `Deletion`: first without curves while the maps are made, then every few looks of the network. A method that
    has no map is left out. Raises UnknownName for another fill, VizError for settings outside their range, and what
    `vizlib.explain` raises.
    """
    how = How(fill, insert, steps, orders, grain, seed)
    question = question_of(model, pixels, methods, target)
    check(how, question)
    rows = 2 * len(question.asked) + orders
    waiting = replace(_Run(question, (), how).frame, total=rows * (steps + 1))
    maps: Maps | tuple[Maps, ...] = ()
    for found in mapped(model, question):
        maps = found.values
        yield waiting
    yield from curves_of(model, question, maps, how)


def curves_of(
    model: Classifier, question: Question, maps: Maps | Sequence[Maps], how: How
) -> Generator[Deletion, None, None]:
    """The run of `deleting` once the maps (methods, H, W) are there; those that are NaN are left out."""
    check(how, question)
    run = _Run(question, maps, how)
    yield run.frame
    for first in range(0, run.total, _AT_ONCE):
        run.look(model, range(first, min(run.total, first + _AT_ONCE)))
        yield run.frame


def check(how: How, question: Question) -> None:
    """Raises UnknownName or VizError for settings outside their range, and for a target that is no class."""
    check_fill(how.fill)
    height, width = question.size
    most = min(_MOST_STEPS, height * width)
    for name, value, low, high in (
        ("number of steps", how.steps, 1, most),
        ("number of random orders", how.orders, 0, 1000),
        ("grain of the random orders", how.grain, 1, max(question.size)),
    ):
        if not isinstance(value, int) or not low <= value <= high:
            raise VizError(f"The {name} is {value!r}.", f"Give a whole number from {low} to {high}.")
    if question.index < 0:
        raise VizError("The target is no class, so it has no probability.", "Give a class, by index or name.")


def order_of(values: Maps, seed: int) -> NDArray[np.int64]:
    """The rank (H, W) of each pixel, from 0 for the largest value; among equal values the seed decides."""
    chance = np.random.default_rng((seed, 0)).permutation(values.size)
    ranks = np.empty(values.size, np.int64)
    ranks[np.lexsort((chance, -values.ravel().astype(np.float64)))] = np.arange(values.size)
    return ranks.reshape(values.shape)


def _random_map(size: tuple[int, int], grain: int, seed: tuple[int, ...]) -> Maps:
    """Random values (H, W), one per square of `grain` px."""
    coarse = np.random.default_rng(seed).random((-(-size[0] // grain), -(-size[1] // grain)), np.float32)
    large: Maps = np.kron(coarse, np.ones((grain, grain), np.float32))[: size[0], : size[1]]
    return large


class _Run:
    """The orders in which the pixels of one picture change, and what the network has answered so far."""

    def __init__(self, question: Question, maps: Maps | Sequence[Maps], how: How) -> None:
        self.question, self.how = question, how
        self.picture = question.pixels[0]
        self.empty = filled(self.picture, how.fill, how.seed)
        known = [(name, values) for name, values in zip(question.names, maps) if np.isfinite(values).all()]
        self.names = [name for name, _ in known]
        self.whens = [*self._orders([values for _, values in known])]
        self.curves = np.full((len(self.whens), how.steps + 1), np.nan)
        self.total = self.curves.size
        self.done = 0
        kept = len(known) if how.fill == "neighbors" else 0
        self.seen = np.zeros((kept, how.steps + 1, *question.size, 3), np.uint8)
        self.rows = [self._row(number) for number in range(len(known))]
        self.shown = to_image(torch.stack([self.picture, self.empty]))

    def _orders(self, maps: Sequence[Maps]) -> Iterator[NDArray[np.uint16]]:
        """When each pixel changes: by the methods' maps, at random, and by the maps in reverse."""
        last = self.picture[0].numel() - 1
        orders = [order_of(values, self.how.seed) for values in maps]
        random = (
            _random_map(self.question.size, self.how.grain, (self.how.seed, n + 1)) for n in range(self.how.orders)
        )
        bounds = counts(self.how.steps, last + 1)
        for ranks in (*orders, *(order_of(each, self.how.seed) for each in random), *(last - each for each in orders)):
            yield np.searchsorted(bounds, ranks, side="right").astype(np.uint16)

    def look(self, model: Classifier, jobs: range) -> None:
        """Asks the network about the pictures of these numbers."""
        places = [divmod(each, self.how.steps + 1) for each in jobs]
        views = torch.stack([self._view(*place) for place in places])
        found = model.predict(views)[:, self.question.index].tolist()
        for (row, step), view, probability in zip(places, views, found):
            self.curves[row, step] = probability
            if row < len(self.seen):
                self.seen[row, step] = to_image(view[None])[0]
        self.done += len(places)
        for number in {row if row < len(self.rows) else row - len(self.rows) - self.how.orders for row, _ in places}:
            if number >= 0:
                self.rows[number] = self._row(number)

    def _view(self, row: int, step: int) -> Tensor:
        """The picture (3, H, W) of one order after a step."""
        removed = (self.whens[row] <= step) ^ self.how.insert
        if self.how.fill == "neighbors":
            return imputed(self.picture, removed, seed=self.how.seed)
        return torch.where(torch.from_numpy(removed).to(self.picture.device), self.empty, self.picture)

    def _row(self, number: int) -> Deleted:
        """The order of one method, with what is known of it."""
        reverse = self.curves[len(self.names) + self.how.orders + number]
        seen = self.seen[number] if len(self.seen) else np.zeros((0, *self.question.size, 3), np.uint8)
        return Deleted(self.names[number], self.whens[number], self.curves[number].copy(), reverse.copy(), seen.copy())

    @property
    def frame(self) -> Deletion:
        """What is known so far."""
        count, how = len(self.names), self.how
        random: Floats = self.curves[count : count + how.orders].copy()
        shown, target, rows = self.shown, self.question.index, tuple(self.rows)
        return Deletion(self.done, self.total, how.insert, how.fill, target, shown[0], shown[1], rows, random)
