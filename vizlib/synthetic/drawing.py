"""The drawn data set: scenes with label, object mask and background, and handwritten-like digits.

Nothing is downloaded and nothing is stored: a seed determines the picture. Label, background, object and light each
have their own stream of random numbers, so the same seed with another background shows the same object elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vizlib.errors import UnknownName
from vizlib.synthetic.shapes import SHAPES, Brush
from vizlib.synthetic.textures import GROUNDS, Field, Window, draw_ground, relief

SCENE_CLASSES: tuple[str, ...] = tuple(SHAPES)
BACKGROUNDS: tuple[str, ...] = tuple(GROUNDS)
SCENE_SIZE = 128  # pixels a side
DIGIT_SIZE = 28

TRAINING_SEED = 0  # training pictures have the seeds from here on ...
HELD_OUT_SEED = 10_000_000  # ... and no network has seen the pictures from here on

FINENESS = 3  # outlines are drawn this many times larger, then averaged down
_CHOICE, _GROUND, _OBJECT, _LIGHT = range(4)  # streams of a seed


@dataclass(frozen=True, eq=False)
class Scene:
    image: NDArray[np.uint8]  # (H, W, 3), RGB
    label: int  # index into SCENE_CLASSES
    mask: NDArray[np.bool_]  # (H, W), True on the object
    background: int  # index into BACKGROUNDS


@dataclass(frozen=True, eq=False)
class Digit:
    image: NDArray[np.uint8]  # (28, 28), bright ink on black
    label: int  # 0 to 9


def draw_scene(seed: int, label: int | None = None, background: int | None = None, size: int = SCENE_SIZE) -> Scene:
    """The scene of this seed; class and background are the seed's choice if they are None. Squares of `size` px.

    Raises UnknownName for a class or background that does not exist.
    """
    chosen = np.random.default_rng((seed, _CHOICE)).integers((len(SCENE_CLASSES), len(BACKGROUNDS)))
    label = _checked("class", int(chosen[0]) if label is None else label, len(SCENE_CLASSES))
    background = _checked("background", int(chosen[1]) if background is None else background, len(BACKGROUNDS))
    lamp = np.random.default_rng((seed, _LIGHT))
    angle = float(lamp.uniform(-1.1, 1.1))
    light = (float(np.sin(angle)), -float(np.cos(angle)))  # from above and somewhat from the side
    ground = draw_ground(BACKGROUNDS[background], np.random.default_rng((seed, _GROUND)), size, light)
    color, cover = _draw_object(SCENE_CLASSES[label], np.random.default_rng((seed, _OBJECT)), size, light)
    picture = color + ground * _shadow(cover, lamp, light) * (1 - cover)[..., None]
    picture *= np.float32(lamp.uniform(0.88, 1.1))
    picture += lamp.standard_normal(picture.shape, dtype=np.float32) * np.float32(lamp.uniform(0.5, 3.0))
    image = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return Scene(image, label, cover > 0.5, background)


def _checked(what: str, index: int, count: int) -> int:
    if not 0 <= index < count:
        raise UnknownName(f"There is no {what} number {index}.", f"Choose one from 0 to {count - 1}.")
    return index


def _draw_object(name: str, rng: np.random.Generator, size: int, light: tuple[float, float]) -> tuple[Field, Field]:
    """The object's colors times its cover (H, W, 3), and its cover (H, W) in [0, 1]."""
    paint, tilt = SHAPES[name]
    angle, reach = rng.uniform(-tilt, tilt), rng.uniform(0.21, 0.4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag(np.array([rng.choice((-1.0, 1.0)), 1.0]) * rng.uniform(0.9, 1.1, 2))
    room = 0.5 - reach * 0.86
    center = (0.5 + rng.uniform(-room, room), 0.5 + rng.uniform(-room, room))
    canvas = size * FINENESS
    brush = Brush(canvas, turn @ stretch * reach * canvas, (center[0] * canvas, center[1] * canvas))
    paint(brush, rng)
    small = np.asarray(brush.canvas.convert("RGBa").reduce(FINENESS), dtype=np.float32)
    cover = small[..., 3] / np.float32(255)
    return small[..., :3] * _modeling(cover, rng, reach * size, light)[..., None], cover


def _modeling(cover: Field, rng: np.random.Generator, reach: float, light: tuple[float, float]) -> Field:
    """Light and shade (a factor per pixel) that makes the flat drawing look round."""
    dome = _blurred(cover, reach * 0.22) + np.float32(0.5) * _blurred(cover, reach * 0.07)
    grain = Window(rng, cover.shape[0], 140.0).field("grain")
    shade = 1 + np.float32(reach * 0.3) * relief(dome, light) + np.float32(0.025) * grain
    return np.clip(shade, 0.4, 1.5)


def _shadow(cover: Field, lamp: np.random.Generator, light: tuple[float, float]) -> Field:
    """The share of light that the object's soft shadow leaves on the ground, (H, W, 1)."""
    away = cover.shape[0] * lamp.uniform(0.03, 0.07)
    shift = (round(-light[1] * away), round(-light[0] * away))  # down, right
    cast = np.roll(_blurred(cover, cover.shape[0] * 0.025), shift, (0, 1))
    return (1 - np.float32(lamp.uniform(0.3, 0.55)) * cast)[..., None]


def _blurred(values: Field, radius: float) -> Field:
    gray = Image.fromarray((values * 255).astype(np.uint8))
    return np.asarray(gray.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / np.float32(255)


# Digits ------------------------------------------------------------------------------------------------------------


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
    rng = np.random.default_rng((seed, _OBJECT))
    drawn = int(rng.integers(10))
    label = _checked("digit", drawn if label is None else label, 10)
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
