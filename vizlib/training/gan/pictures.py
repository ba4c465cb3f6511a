"""The pictures that a GAN learns from, as tensors, and those that it is measured by."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from vizlib.errors import VizError
from vizlib.training.data import PictureSet, divided
from vizlib.training.gan.networks import SIZES

FEWEST = 8  # held-out pictures, below which nothing can be measured
JUDGED = 500  # fakes, and real pictures, that are compared at most
_SAMPLE = 32  # pictures that tell whether a set is gray
_AT_ONCE = 16  # pictures that are drawn from one frame to the next
_SMALL = 16  # px a side: of the copies in which neighbors are looked for


class RealPictures:
    """The pictures of a set as levels (N, C, H, W), uint8, of the same side, of the middle square of each.

    They are gray where a sample of them is. Nothing is drawn or resized before `filling` is run to its end.

    Attributes:
        training: what the discriminator sees as real.
        held_out: what it never sees; as many as there are fakes in an evaluation.
        size: px a side.
    """

    def __init__(self, data: PictureSet, size: int | None, held_out: float, seed: int) -> None:
        """Raises VizError where the pictures are too few."""
        self._kept, tests = divided(data, held_out, seed)
        if len(tests) < FEWEST or len(self._kept) < FEWEST:
            what = f"There are {len(self._kept)} pictures for training and {len(tests)} to compare the fakes with."
            raise VizError(what, f"Give at least {FEWEST} of each.")
        order = np.random.default_rng(seed).permutation(len(tests))
        self._tests = tests.of(order[: min(JUDGED, len(self._kept))])
        self.size = size or _side(self._kept.pictures[0])
        spread = np.linspace(0, len(self._kept) - 1, min(_SAMPLE, len(self._kept))).round().astype(int)
        channels = 1 if all(_is_gray(self._kept.pictures[each]) for each in spread) else 3
        self.training, self.held_out = (
            torch.zeros(len(each), channels, self.size, self.size, dtype=torch.uint8)
            for each in (self._kept, self._tests)
        )

    @property
    def channels(self) -> int:
        """1 for gray pictures, 3 for color."""
        return self.training.shape[1]

    def filling(self) -> Generator[str, None, None]:
        """Draws and resizes all pictures, and stops after a few of them to say how many there are."""
        done, total = 0, len(self._kept) + len(self._tests)
        for place, data in ((self.training, self._kept), (self.held_out, self._tests)):
            for first in range(0, len(data), _AT_ONCE):
                some = data.pictures[first : first + _AT_ONCE]
                place[first : first + len(some)] = torch.from_numpy(_levels(some, self.size, self.channels))
                done += len(some)
                yield f"The pictures are being drawn: {done:,} of {total:,}."


def _side(picture: Image.Image) -> int:
    """The largest size that is not larger than the picture."""
    return max((each for each in SIZES if each <= min(picture.size)), default=SIZES[0])


def _is_gray(picture: Image.Image) -> bool:
    levels = np.asarray(picture.convert("RGB"))
    return bool((levels == levels[..., :1]).all())


def _levels(pictures: Iterable[Image.Image], side: int, channels: int) -> NDArray[np.uint8]:
    """(N, channels, side, side)."""
    mode = "L" if channels == 1 else "RGB"
    found = np.stack([np.asarray(_square(each.convert(mode), side)) for each in pictures])
    return found[:, None] if channels == 1 else found.transpose(0, 3, 1, 2)


def _square(picture: Image.Image, side: int) -> Image.Image:
    if picture.size == (side, side):
        return picture
    short = min(picture.size)
    left, top = ((length - short) // 2 for length in picture.size)
    return picture.resize((side, side), Image.Resampling.LANCZOS, (left, top, left + short, top + short))


class Neighbors:
    """The nearest training picture to each of others, by the mean squared difference of copies of 16 px."""

    def __init__(self, training: Tensor) -> None:
        self._training = _small(training.float() / 255)
        self._squares = self._training.square().sum(1)

    def nearest(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """For pixels (N, C, H, W) in [0, 1]: the distance (root of the mean square) and the number, (N,) each."""
        asked = _small(pixels)
        squares = self._squares - 2 * asked @ self._training.T
        least, numbers = squares.min(1)
        squared = (least + asked.square().sum(1)).clamp(min=0) / asked.shape[1]
        return squared.sqrt(), numbers


def _small(pixels: Tensor) -> Tensor:
    return adaptive_avg_pool2d(pixels, min(_SMALL, pixels.shape[2])).flatten(1)
