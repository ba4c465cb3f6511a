"""The pictures that a GAN learns from, as tensors, and those that it is measured by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
_SMALL = 16  # px a side: of the copies in which neighbors are looked for


@dataclass(frozen=True, eq=False)
class Pictures:
    """Levels (N, C, H, W), uint8, of the same side.

    Attributes:
        training: what the discriminator sees as real.
        held_out: what it never sees; as many as there are fakes.
        size: px a side.
    """

    training: Tensor
    held_out: Tensor
    size: int

    @property
    def channels(self) -> int:
        """1 for gray pictures, 3 for color."""
        return self.training.shape[1]


def pictures_of(data: PictureSet, size: int | None, held_out: float, seed: int) -> Pictures:
    """The pictures of a set, resized to squares, gray where all are. Raises VizError where they are too few."""
    kept, tests = divided(data, held_out, seed)
    if len(tests) < FEWEST or len(kept) < FEWEST:
        what = f"There are {len(kept)} pictures for training and {len(tests)} to compare the fakes with."
        raise VizError(what, f"Give at least {FEWEST} of each.")
    side = size or _side(kept.pictures[0])
    order = np.random.default_rng(seed).permutation(len(tests))[: min(JUDGED, len(kept))]
    found = [_levels(some, side) for some in (kept.pictures, [tests.pictures[each] for each in order])]
    if all((each[..., :1] == each).all() for each in found):
        found = [each[..., :1] for each in found]
    one, other = (torch.from_numpy(each).permute(0, 3, 1, 2).contiguous() for each in found)
    return Pictures(one, other, side)


def _side(picture: Image.Image) -> int:
    """The largest size that is not larger than the picture."""
    return max((each for each in SIZES if each <= min(picture.size)), default=SIZES[0])


def _levels(pictures: Iterable[Image.Image], side: int) -> NDArray[np.uint8]:
    """(N, side, side, 3): the middle square of each picture."""
    return np.stack([np.asarray(_square(each.convert("RGB"), side)) for each in pictures])


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
