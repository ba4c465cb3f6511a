"""The straight line from an original to its fooling image and beyond: the path of the slider."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.fooling.result import Fooling
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Picture, as_picture
from vizlib.render import Image8
from vizlib.steps import last

_AT_ONCE: Final = 16


@dataclass(frozen=True, eq=False)
class Walk:
    """A line of pictures, with the logits of those that the network has seen so far, each read as a file."""

    step: int  # pictures asked about so far
    total: int
    corners: tuple[Image8, ...]  # the pictures that it leads through, (H, W, 3)
    places: tuple[float, ...]  # the amounts at which they stand
    amounts: tuple[float, ...]  # 0 is the original, 1 the fooling image
    logits: Tensor  # (step, K), on the CPU
    probabilities: Tensor  # (step, K)

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

    def __iter__(self) -> Iterator[Any]:
        """images, probabilities."""
        yield self.images
        yield self.probabilities


@in_own_context
def walk(model: Classifier, result: Fooling, amounts: Sequence[float], *, progress: bool = False) -> Walk:
    """Images and probabilities along original (0) -> fooled (1) -> beyond: `images, probabilities = walk(...)`.

    Each picture is rounded to 8 bits and read as its file would be. Raises VizError without finite amounts.
    """
    if not isinstance(result, Fooling):
        raise VizError(f"A walk cannot begin from {type(result).__name__}.", "Give it what vizlib.fool returned.")
    return last(walking(model, [result.original, result.image], [0.0, 1.0], amounts), progress, "walk")


@in_own_context
def walking(
    model: Classifier, corners: Sequence[Picture], places: Sequence[float], amounts: Sequence[float]
) -> Generator[Walk, None, None]:
    """A walk through pictures (H, W, 3) of one size that stand at ascending places; the last frame is whole."""
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
        yield Walk(len(logits), len(amounts), tuple(images), tuple(places), tuple(amounts), logits, shares)


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
