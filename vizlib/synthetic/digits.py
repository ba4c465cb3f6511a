"""Drawn digits that look handwritten: a seed gives one picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vizlib.errors import UnknownName

DIGIT_SIZE = 28  # pixels a side
_STREAM = 2  # of a seed


@dataclass(frozen=True, eq=False)
class Digit:
    image: NDArray[np.uint8]  # (28, 28), bright ink on black
    label: int  # 0 to 9


@lru_cache(maxsize=64)
def _glyph(label: int, weight: int) -> Image.Image:
    """The digit in Pillow's own font, centered on 96 x 96; `weight` thickens the stroke by that many pixels."""
    page = Image.new("L", (96, 96))
    font = ImageFont.load_default(size=72)
    ImageDraw.Draw(page).text((48, 48), str(label), fill=255, font=font, anchor="mm", stroke_width=weight)
    return page


def draw_digit(seed: int, label: int | None = None) -> Digit:
    """The digit of this seed: bright on black like MNIST, slanted, warped, thick or thin, blurred and noisy.

    Raises UnknownName for a label other than 0 to 9.
    """
    rng = np.random.default_rng((seed, _STREAM))
    drawn = int(rng.integers(10))
    label = drawn if label is None else label
    if not 0 <= label < 10:
        raise UnknownName(f"There is no digit number {label}.", "Choose one from 0 to 9.")
    angle, slant = rng.uniform(-0.28, 0.28), rng.uniform(-0.35, 0.35)
    matrix = np.array([[np.cos(angle), -np.sin(angle) + slant], [np.sin(angle), np.cos(angle)]])
    matrix *= rng.uniform(0.82, 1.2, (1, 2)) * (96 / DIGIT_SIZE)
    grid = np.arange(DIGIT_SIZE, dtype=np.float64) - (DIGIT_SIZE - 1) / 2
    x, y = np.meshgrid(grid - rng.uniform(-2, 2), grid - rng.uniform(-2, 2))
    x, y = x + _wobble(rng), y + _wobble(rng)
    places = np.stack([matrix[0, 0] * x + matrix[0, 1] * y, matrix[1, 0] * x + matrix[1, 1] * y]) + 47.5
    glyph = _glyph(label, int(rng.integers(0, 5))).filter(ImageFilter.BoxBlur(1.5))
    across, down = np.clip(np.rint(places), 0, 95).astype(np.intp)
    ink = Image.fromarray(np.asarray(glyph)[down, across])
    soft = np.asarray(ink.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.9))), dtype=np.float64)
    picture = soft * rng.uniform(0.75, 1.05) + rng.normal(0, rng.uniform(0, 10), soft.shape)
    return Digit(np.clip(np.rint(picture), 0, 255).astype(np.uint8), label)


def _wobble(rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth displacement field (28, 28) in pixels, like a trembling hand."""
    coarse = Image.fromarray(rng.normal(0, 0.8, (4, 4)).astype(np.float32))
    return np.asarray(coarse.resize((DIGIT_SIZE, DIGIT_SIZE), Image.Resampling.BICUBIC), dtype=np.float64)
