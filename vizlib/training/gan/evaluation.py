"""One evaluation of a generator: as many fakes as held-out pictures, judged in parts that a page can wait for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.training.gan.judge import CLOSE, Comparison, Judge, Measures, Reading, joined
from vizlib.training.gan.pictures import RealPictures
from vizlib.training.gan.trained import latents_of

_AT_ONCE = 64  # pictures
_EACH = 2  # of the real pictures, the discriminator is asked about every second
_SEED = 50_000_000  # of the latent vectors of the fakes: the same ones at each evaluation


class Found(NamedTuple):
    """What an evaluation found."""

    measures: Measures
    believed: tuple[float, float, float]  # training pictures, held-out ones, fakes
    nearest: NDArray[np.uint8]  # (40, H, W, C)


class Evaluation:
    """Fakes against real pictures, which are judged once, before the first fakes are.

    latent: the length of a latent vector. fakes: from latent vectors to pixels. belief: the discriminator's
    probabilities of "real" for pixels (N,).
    """

    def __init__(
        self,
        pictures: RealPictures,
        judge: Judge,
        latent: int,
        fakes: Callable[[Tensor], Tensor],
        belief: Callable[[Tensor], Tensor],
    ) -> None:
        self._pictures, self._judge, self._fakes, self._belief = pictures, judge, fakes, belief
        self._latents = latents_of(_SEED, len(pictures.held_out), latent)
        self._comparison: Comparison | None = None
        self.real: Measures | None = None

    def parts(self, fixed: Tensor) -> Generator[None, None, Found]:
        """Stops after each part of the work; returns what was found. fixed: pixels of the film's pictures."""
        comparison = self._comparison or (yield from self._compare())
        believed = []
        for levels in self._real:
            believed.append((yield from self._believed(_pixels(levels[::_EACH]))))
        readings, distances, beliefs = list[Reading](), list[Tensor](), list[Tensor]()
        for some in self._latents.split(_AT_ONCE):
            pixels = self._fakes(some)
            readings.append(self._judge.read(pixels))
            distances.append(comparison.neighbors.nearest(pixels.cpu())[0])
            beliefs.append(self._belief(pixels))
            yield
        measures = comparison.of(joined(readings), torch.cat(distances))
        numbers = comparison.neighbors.nearest(fixed.cpu())[1]
        nearest = self._pictures.training[numbers].permute(0, 2, 3, 1).contiguous().numpy()
        return Found(measures, (*believed, float(torch.cat(beliefs).mean())), nearest)  # type: ignore[arg-type]

    @property
    def _real(self) -> tuple[Tensor, Tensor]:
        """Those for training may come in the order of their classes: evenly spaced ones are compared."""
        training, held_out = self._pictures.training, self._pictures.held_out
        return training[np.linspace(0, len(training) - 1, len(held_out)).round().astype(np.int64)], held_out

    def _compare(self) -> Generator[None, None, Comparison]:
        """Judges the real pictures, and compares some of those for training with those that are held out."""
        training = yield from self._read(_pixels(self._real[0]))
        held_out = yield from self._read(_pixels(self._real[1]))
        self._comparison = Comparison(self._pictures, held_out, self._judge.knows)
        self.real = replace(self._comparison.of(training, torch.ones(len(training.answers))), copies=CLOSE)
        return self._comparison

    def _read(self, pixels: Tensor) -> Generator[None, None, Reading]:
        found = []
        for some in pixels.split(_AT_ONCE):
            found.append(self._judge.read(some))
            yield
        return joined(found)

    def _believed(self, pixels: Tensor) -> Generator[None, None, float]:
        found = []
        for some in pixels.split(4 * _AT_ONCE):
            found.append(self._belief(some))
            yield
        return float(torch.cat(found).mean())


def _pixels(levels: Tensor) -> Tensor:
    return levels.float() / 255
