"""Scores of many changed copies of the pictures: forward passes only, a few copies at a time.

The copies are made for each batch, so that memory holds one batch of them, however many there are in all. A batch has
copies of one picture, so that a picture's map is the same to the last bit whatever other pictures are asked about. On
the CPU it has four of 224 px: with eight and more, a copy takes longer, and the map would grow in larger steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from vizlib.models import Batches, Classifier, folded, usual_batches
from vizlib.saliency.query import Query, score

_MOST_ON_CPU: Final = 4 * 224 * 224  # pixels of a batch


@dataclass(frozen=True)
class Step:
    """Some changes of one picture, by their numbers."""

    number: int  # from 1
    total: int
    row: int  # the picture
    which: range


@dataclass(frozen=True, eq=False)
class Shown:
    """Copies (B, 3, H, W) of a picture, each seen through one of the masks."""

    picture: Tensor  # (3, H, W), as `fill`
    fill: Tensor
    masks: Tensor  # (masks, H, W), from 0 for filled to 1 for kept

    def __call__(self, some: slice) -> Tensor:
        return torch.lerp(self.fill, self.picture, self.masks[some, None])


class Looks:
    """A query's scores of changed copies of its pictures.

    Where the score is of the network's output, the network is used with its batch normalization folded, which is faster
    and changes logits by rounding only.
    """

    def __init__(self, classifier: Classifier, query: Query) -> None:
        self._query = query
        self._inside, self._outside = classifier, folded(classifier)[0]

    def steps(self, counts: Sequence[int]) -> Iterator[Step]:
        """So many changes of each picture, as many at a time as one batch takes. The pictures take turns."""
        at_once = self._batches(0).at_once
        turns = [
            (row, range(first, min(first + at_once, count)))
            for first in range(0, max(counts), at_once)
            for row, count in enumerate(counts)
            if first < count
        ]
        for number, (row, which) in enumerate(turns, 1):
            yield Step(number, len(turns), row, which)

    @torch.no_grad()
    def scores(self, row: int, count: int, copies: Callable[[slice], Tensor]) -> Tensor:
        """The scores (count,) of `count` copies (B, 3, H, W) of the picture number `row`, on the CPU."""
        network = self._network(row)

        def scored(some: slice) -> Tensor:
            rows = torch.full((some.stop - some.start,), row)
            return score(network, copies(some), self._query, rows)

        return torch.cat(self._batches(row)(count, scored)).cpu()

    def _network(self, row: int) -> Classifier:
        return self._inside if self._query.objectives[row].layers else self._outside

    def _batches(self, row: int) -> Batches:
        network, size = self._network(row), self._query.size
        if network.device.type != "cpu":
            return usual_batches(network, "looks", size)
        return Batches(network, ("looks", size), max(1, _MOST_ON_CPU // (size[0] * size[1])))
