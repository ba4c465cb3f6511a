"""The straight line from an original to its fooling image and beyond: what the slider slides along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.fooling.outcome import Fooling, Image8
from vizlib.models import Classifier

_AT_ONCE: Final = 16


@dataclass(frozen=True, eq=False)
class Walk:
    """Pictures along a line, and what the network says of each as a file."""

    amounts: tuple[float, ...]  # 0 the original, 1 the fooling image
    images: tuple[Image8, ...]  # (H, W, 3)
    probabilities: Tensor  # (A, K), on the CPU
    logits: Tensor  # (A, K), on the CPU

    def __iter__(self) -> Iterator[Any]:
        """images, probabilities."""
        yield self.images
        yield self.probabilities

    @property
    def flips(self) -> tuple[float, ...]:
        """The amounts, between two that were looked at, at which the class changes."""
        top = self.logits.argmax(1).tolist()
        pairs = zip(self.amounts, self.amounts[1:], top, top[1:])
        return tuple((one + other) / 2 for one, other, before, after in pairs if before != after)


def walk(model: Classifier, result: Fooling, amounts: Sequence[float]) -> Walk:
    """Images and probabilities along original (0) -> fooled (1) -> beyond; also of two images of one size.

    Each picture is rounded to 8 bits and read as its file would be: `images, probabilities = walk(...)`.
    """
    return between(model, [result.original, result.image], [0.0, 1.0], amounts)


def between(model: Classifier, images: Sequence[Image8], places: Sequence[float], amounts: Sequence[float]) -> Walk:
    """A walk from picture to picture, which stand at ascending `places`; beyond the last it goes straight on."""
    pictures = tuple(blend(images, places, amount) for amount in amounts)
    parts = []
    for begin in range(0, len(pictures), _AT_ONCE):
        pixels = torch.cat([model.prepare(each) for each in pictures[begin : begin + _AT_ONCE]])
        with torch.no_grad():
            parts.append(model(pixels).cpu())
    logits = torch.cat(parts)
    return Walk(tuple(map(float, amounts)), pictures, logits.softmax(1), logits)


def blend(images: Sequence[Image8], places: Sequence[float], amount: float) -> Image8:
    """The picture at `amount`: linear between neighbors, straight on beyond the ends; halves round up."""
    right = min(max(int(np.searchsorted(places, amount)), 1), len(places) - 1)
    a, b = (images[each].astype(np.float64) for each in (right - 1, right))
    share = (amount - places[right - 1]) / (places[right] - places[right - 1])
    return np.clip(np.floor(a + share * (b - a) + 0.5), 0, 255).astype(np.uint8)
