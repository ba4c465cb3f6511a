"""Digits over textures by MNIST-M's recipe (Ganin and Lempitsky 2015, arXiv 1409.7495): |texture - digit|."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizlib.synthetic.digits import DIGIT_SIZE, draw_digit
from vizlib.synthetic.textures import GROUNDS, Field, draw_ground

_STREAM: Final = 3  # of a seed
_OTHER: Final = 500_000_000  # added to a seed, so that its digit is not the one that `draw_digit` draws for it
_SHEETS: Final = 4  # of each ground; a picture shows a small window of one
_SHEET_SIZE: Final = 128  # px a side
_UP: Final = (0.0, -1.0)


class Shift(NamedTuple):
    """How far the pictures are from bright digits on black, in levels of 255."""

    darkest: float  # the ground's mean in each color is at random between these two
    brightest: float
    contrast: float  # how far the ground goes up and down around that


SHIFTS: Final = {"mild": Shift(10, 110, 25), "middle": Shift(20, 150, 60), "hard": Shift(20, 235, 110)}


@lru_cache(maxsize=len(GROUNDS) * _SHEETS * 2)
def _sheet(ground: str, number: int) -> Field:
    """A piece of ground (128, 128, 3) of which 90 % is in [-1, 1], with mean 0 in each color."""
    sheet = draw_ground(ground, np.random.default_rng((number, _STREAM, len(ground))), _SHEET_SIZE, _UP)
    sheet = sheet - sheet.mean((0, 1))
    return np.asarray(sheet / np.quantile(np.abs(sheet), 0.9), np.float32)


def draw_textured_digit(seed: int, label: int, shift: str, held_out: bool = False) -> NDArray[np.uint8]:
    """The digit of this seed over a piece of ground, (28, 28, 3). shift: "mild", "middle" or "hard".

    The ground is bright where it is dark without the digit. Held-out pictures show other pieces of ground.
    """
    low, high, contrast = SHIFTS[shift]
    rng = np.random.default_rng((seed, _STREAM))
    ground = list(GROUNDS)[int(rng.integers(len(GROUNDS)))]
    sheet = _sheet(ground, int(rng.integers(_SHEETS)) + _SHEETS * held_out)
    down, across = rng.integers(0, _SHEET_SIZE - DIGIT_SIZE, 2)
    window = sheet[down : down + DIGIT_SIZE, across : across + DIGIT_SIZE]
    texture = np.clip(rng.uniform(low, high, 3).astype(np.float32) + np.float32(contrast) * window, 0, 255)
    digit = draw_digit(seed + _OTHER, label).image.astype(np.float32)
    return np.rint(np.abs(texture - digit[..., None])).astype(np.uint8)
