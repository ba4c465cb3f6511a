"""The straight line from an original to its fooling image and beyond: the path of the slider."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.fooling.result import Fooling
from vizlib.models import Classifier, best_names, in_own_context
from vizlib.pictures import Picture, as_picture
from vizlib.render import Image8, notebook
from vizlib.render.curves import Axes, curves
from vizlib.steps import last

_AT_ONCE: Final = 16


@dataclass(frozen=True, eq=False, repr=False)
class Walk:
    """A line of pictures, with the logits of those that the network has seen so far, each read as a file.

    Attributes:
        step: pictures asked about so far.
        total: pictures in all, one per amount.
        corners: the pictures that the line leads through, arrays (H, W, 3) of uint8.
        places: the amounts at which the corners stand.
        amounts: where on the line the pictures are; of `walk`, 0 is the original and 1 the fooling image.
        logits: Tensor (step, K) on the CPU.
        probabilities: Tensor (step, K) on the CPU.
        names: of the classes that matter on the way, by index.
        images: the pictures at all amounts, arrays (H, W, 3) of uint8, computed at each call.
        flips: where the class changes, as far as it is known.
    """

    step: int
    total: int
    corners: tuple[Image8, ...]
    places: tuple[float, ...]
    amounts: tuple[float, ...]
    logits: Tensor
    probabilities: Tensor
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def images(self) -> tuple[Image8, ...]:
        """The pictures (H, W, 3) at the amounts, computed at each call."""
        return tuple(blend(self.corners, self.places, amount) for amount in self.amounts)

    @property
    def flips(self) -> tuple[float, ...]:
        """Where the class changes: the middle between two neighboring amounts with different classes."""
        top = self.logits.argmax(1).tolist()
        pairs = zip(self.amounts, self.amounts[1:], top, top[1:])
        return tuple((one + other) / 2 for one, other, before, after in pairs if before != after)

    def __repr__(self) -> str:
        return f"Walk({self.step} of {self.total} pictures from {min(self.amounts):g} to {max(self.amounts):g})"

    def _repr_html_(self) -> str:
        shares = self.probabilities
        order = sorted(range(len(shares)), key=lambda at: self.amounts[at])
        few = [order[round(share * (len(order) - 1) / 5)] for share in range(6)]
        best = {at: int(shares[at].argmax()) for at in few}
        captions = [
            f"{self.amounts[at]:g}\n{self._name(top)} {notebook.percent(float(shares[at, top]))}"
            for at, top in best.items()
        ]
        drawn = notebook.pictures([blend(self.corners, self.places, self.amounts[at]) for at in best], captions)
        lines = [
            (name, [(self.amounts[at], float(shares[at, index])) for at in order]) for index, name in self.names.items()
        ]
        axes = Axes("amount of the change", "probability", share=True, marks=self.flips)
        title = f"{self.step} of {self.total} pictures, from {min(self.amounts):g} to {max(self.amounts):g}"
        return notebook.shown(title, drawn, curves(lines, axes))

    def _name(self, index: int) -> str:
        return self.names.get(index, f"class {index}")


class Walked(tuple[tuple[Image8, ...], Tensor]):
    """What `walk` returns: the pair (images, probabilities), with the amounts, the logits and the flips as attributes.

    Attributes:
        images: as many arrays (H, W, 3) of uint8 as there are amounts.
        probabilities: Tensor (amounts, K) on the CPU.
        logits: Tensor (amounts, K) on the CPU.
        amounts: where the pictures are on the line.
        flips: where the class changes: the middle between two neighboring amounts with different classes.
        whole: the last frame of the walk.
    """

    whole: Walk

    def __new__(cls, whole: Walk) -> Walked:
        """The pair of a walk that is done."""
        pair = super().__new__(cls, (whole.images, whole.probabilities))
        pair.whole = whole
        return pair

    def __getnewargs__(self) -> tuple[Walk]:
        return (self.whole,)

    def __repr__(self) -> str:
        return f"Walked({self.whole!r}, {self.probabilities.shape[1]} probabilities each)"

    def _repr_html_(self) -> str:
        return self.whole._repr_html_()

    @property
    def images(self) -> tuple[Image8, ...]:
        return self[0]

    @property
    def probabilities(self) -> Tensor:
        return self[1]

    @property
    def logits(self) -> Tensor:
        return self.whole.logits

    @property
    def amounts(self) -> tuple[float, ...]:
        return self.whole.amounts

    @property
    def flips(self) -> tuple[float, ...]:
        return self.whole.flips


@in_own_context
def walk(model: Classifier, result: Fooling, amounts: Sequence[float], *, progress: bool = False) -> Walked:
    """Pictures on the straight line from the original (0) to the fooling image (1) and beyond, and the answers to them.

    model: the network that is asked; any one, not only the fooled one.
    result: what `fool` returned for one picture.
    amounts: how much of the change is added to the original, any finite numbers: 0 none of it, 0.5 half of it, 2
        twice as much, -1 its opposite.
    progress: whether a bar shows how much is done.

    Returns `images, probabilities`: a tuple of arrays (H, W, 3) of uint8, one per amount, and a Tensor (amounts, K) on
    the CPU. Each picture is rounded to whole levels and read as its file would be. Levels that would leave [0, 255],
    which can happen beyond 1 and below 0, are clipped. The same object has `logits`, `amounts` and `flips`.

    Raises VizError without finite amounts, and for a `result` that is none.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> result = vizlib.fool(model, draw_digit(seed=5, label=7).image, 3, steps=40)
        >>> images, probabilities = vizlib.walk(model, result, [0, 0.5, 1, 2])
        >>> len(images), images[0].shape, tuple(probabilities.shape)
        (4, (28, 28, 3), (4, 10))
        >>> probabilities.argmax(1)[[0, 2]].tolist()
        [7, 3]
    """
    if not isinstance(result, Fooling):
        raise VizError(f"A walk cannot begin from {type(result).__name__}.", "Give it what vizlib.fool returned.")
    run = walking(model, [result.original, result.image], [0.0, 1.0], amounts)
    return Walked(last(run, progress, "walk"))


@in_own_context
def walking(
    model: Classifier, corners: Sequence[Picture], places: Sequence[float], amounts: Sequence[float]
) -> Generator[Walk, None, None]:
    """A walk along straight lines from picture to picture; yields a `Walk` per few pictures, the last one is whole.

    model: the network that is asked.
    corners: pictures of any kind and of one size, at least two.
    places: the amounts at which the corners stand, ascending, as many as corners.
    amounts: where to look: between two places the picture is a mixture of their corners; beyond the ends, the
        line goes straight on. Levels that would leave [0, 255] are clipped.

    Raises VizError without finite amounts, NotShowable for a network without classes.

    Example:
        >>> import vizlib
        >>> from vizlib.fooling import walking
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> seven, two = (draw_digit(seed=5, label=each).image for each in (7, 2))
        >>> *_, last = walking(model, [seven, two], [0.0, 1.0], [0.0, 0.25, 0.5, 0.75, 1.0])
        >>> last
        Walk(5 of 5 pictures from 0 to 1)
        >>> last.probabilities.argmax(1)[[0, -1]].tolist()
        [7, 2]
    """
    model.need_classes()
    amounts = _numbers(amounts)
    if not amounts or not all(map(isfinite, amounts)):
        raise VizError("A walk needs finite amounts.", "Give some, for example [0, 0.5, 1].")
    images = [np.asarray(as_picture(each)) for each in corners]
    logits = torch.zeros(0, len(model.class_names))
    for begin in range(0, len(amounts), _AT_ONCE):
        some = [blend(images, places, each) for each in amounts[begin : begin + _AT_ONCE]]
        with torch.no_grad():
            logits = torch.cat([logits, model(torch.cat([model.prepare(each) for each in some])).cpu()])
        shares = model.probabilities(logits)
        names = best_names(model.class_names, shares)
        yield Walk(len(logits), len(amounts), tuple(images), tuple(places), tuple(amounts), logits, shares, names)


def _numbers(given: Any) -> list[float]:
    """The amounts as numbers; none if one of them is no number."""
    try:
        return [] if isinstance(given, str | bytes) else [float(each) for each in given]
    except (TypeError, ValueError):
        return []


def blend(corners: Sequence[Image8], places: Sequence[float], amount: float) -> Image8:
    """The picture at `amount`: linear between neighbors, straight on beyond the ends; halves round up."""
    right = min(max(int(np.searchsorted(places, amount)), 1), len(places) - 1)
    a, b = (corners[each].astype(np.float64) for each in (right - 1, right))
    share = (amount - places[right - 1]) / (places[right] - places[right - 1])
    return np.clip(np.floor(a + share * (b - a) + 0.5), 0, 255).astype(np.uint8)
