"""The grounds of the drawn scenes: multi-scale noise, lit from one side and colored through palettes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]  # (H, W), mean 0, standard deviation 1
Color = tuple[int, int, int]
Stops = tuple[Color, ...]
Light = tuple[float, float]  # where the light comes from: x, y (y down)
Box = tuple[float, float, float, float]

REFERENCE = 128  # pixels a side: slopes are steep per pixel of a picture of this size, whatever size is drawn
TILE = 512  # pixels a side of a cached noise tile; a scene shows a small window of it
VARIANTS = 4  # tiles of each kind

# kind -> cells per tile across and down in the coarsest octave, octaves, how fast they fade, folded into ridges?
KINDS: dict[str, tuple[int, int, int, float, bool]] = {
    "cloud": (4, 4, 7, 0.55, False),
    "wide": (3, 8, 7, 0.5, False),
    "blades": (72, 14, 3, 0.8, False),
    "ridge": (8, 8, 5, 0.55, True),
    "wave": (10, 26, 4, 0.5, True),
    "grain": (128, 128, 3, 0.9, False),
}


def _octave(rng: np.random.Generator, across: int, down: int) -> Field:
    across, down = min(across, TILE), min(down, TILE)
    grid = Image.fromarray(rng.standard_normal((down, across)).astype(np.float32))
    return np.asarray(grid.resize((TILE, TILE), Image.Resampling.BICUBIC), dtype=np.float32)


@lru_cache(maxsize=len(KINDS) * VARIANTS)
def noise_tile(kind: str, variant: int) -> Image.Image:
    """One tile of multi-scale noise; every call gives the same."""
    across, down, octaves, fade, ridged = KINDS[kind]
    rng = np.random.default_rng((list(KINDS).index(kind), variant, 20_240))
    total = np.zeros((TILE, TILE), np.float32)
    for octave in range(octaves):
        layer = _octave(rng, across << octave, down << octave)
        total += np.float32(fade**octave) * (np.float32(1) - np.abs(layer) if ridged else layer)
    return Image.fromarray((total - total.mean()) / total.std())


@lru_cache(maxsize=len(KINDS) * VARIANTS)
def _slopes(kind: str, variant: int) -> tuple[Field, Field]:
    """How steeply a tile rises to the right and downwards, per tile pixel."""
    down, across = np.gradient(np.asarray(noise_tile(kind, variant)))
    return across, down


@dataclass(frozen=True)
class Window:
    """Random windows of the noise tiles, all at one scale, seen at any size."""

    rng: np.random.Generator
    size: int  # pixels a side of the result
    reach: float  # tile pixels a side of the window
    light: Light = (0.0, -1.0)

    def field(self, kind: str, stretch: float = 1.0) -> Field:
        """A random window of one of the tiles of this kind."""
        variant, box, mirrored = self._place(kind, stretch)
        return self._seen(noise_tile(kind, variant), box, mirrored)

    def lit(self, kind: str, stretch: float = 1.0) -> tuple[Field, Field]:
        """Such a window, and how much brighter its slopes are where they face the light (as `relief` says it)."""
        variant, box, mirrored = self._place(kind, stretch)
        steep = -self.reach * stretch / REFERENCE
        side = -self.light[0] if mirrored else self.light[0]
        left, top, right, bottom = round(box[0]), round(box[1]), ceil(box[2]) + 1, ceil(box[3]) + 1
        across, down = (slopes[top:bottom, left:right] for slopes in _slopes(kind, variant))
        facing = Image.fromarray(across * np.float32(steep * side) + down * np.float32(steep * self.light[1]))
        here = (0.0, 0.0, box[2] - left, box[3] - top)
        return self._seen(noise_tile(kind, variant), box, mirrored), self._seen(facing, here, mirrored)

    def _place(self, kind: str, stretch: float) -> tuple[int, Box, bool]:
        variant, reach = int(self.rng.integers(VARIANTS)), self.reach * stretch
        left, top = (float(v) for v in np.floor(self.rng.random(2) * (TILE - reach)))
        return variant, (left, top, left + reach, top + reach), bool(self.rng.random() < 0.5)

    def _seen(self, tile: Image.Image, box: Box, mirrored: bool) -> Field:
        seen = np.asarray(tile.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box), dtype=np.float32)
        return seen[:, ::-1] if mirrored else seen

    def height(self) -> Field:
        """0 at the top of the picture, 1 at its foot."""
        return ((np.arange(self.size, dtype=np.float32) + 0.5) / np.float32(self.size))[:, None]


def relief(height: Field, light: Light, step: int = 1) -> Field:
    """How much brighter the slopes of a height field are where they face the light, per pixel of this field."""
    across, down = np.zeros_like(height), np.zeros_like(height)
    across[:, step:-step] = height[:, 2 * step :] - height[:, : -2 * step]
    down[step:-step] = height[2 * step :] - height[: -2 * step]
    half = np.float32(-0.5 / step)
    return across * (half * np.float32(light[0])) + down * (half * np.float32(light[1]))


@lru_cache(maxsize=32)
def _table(stops: Stops) -> Field:
    places = np.linspace(0, 1, 256) * (len(stops) - 1)
    table = np.stack([np.interp(places, range(len(stops)), channel) for channel in zip(*stops, strict=True)], 1)
    return table.astype(np.float32)


def palette(values: Field, stops: Stops) -> Field:
    """Colors (H, W, 3) in [0, 255] for values in [0, 1], by linear interpolation between the stops."""
    return _table(stops)[np.clip(values * 255, 0, 255).astype(np.uint8)]


def _grass(view: Window) -> Field:
    (blades, facing), clumps = view.lit("blades"), view.field("cloud")
    tone = 0.45 + 0.15 * blades + 0.1 * clumps + 0.1 * facing + 0.12 * (view.height() - 0.5)
    stops = (16, 38, 12), (44, 84, 22), (84, 130, 38), (134, 170, 66), (196, 206, 120)
    if view.rng.random() < 0.3:
        stops = (40, 44, 14), (84, 92, 26), (132, 134, 48), (178, 172, 82), (220, 208, 136)
    return palette(tone, stops)


def _rock(view: Window) -> Field:
    (mass, bumps), (cracks, splits), (grain, grit) = view.lit("cloud"), view.lit("ridge"), view.lit("grain")
    facing = 1.6 * bumps - 0.5 * splits * (cracks > 0.9) + 0.05 * grit
    tone = 0.5 + 0.1 * mass + 0.62 * facing - 0.2 * np.maximum(cracks - 1.1, 0) + 0.025 * grain
    cold = (34, 35, 40), (84, 85, 90), (132, 131, 132), (178, 176, 172), (226, 224, 218)
    warm = (42, 32, 28), (98, 82, 72), (144, 126, 112), (184, 168, 152), (230, 218, 204)
    return palette(tone, warm if view.rng.random() < 0.4 else cold)


def _sand(view: Window) -> Field:
    (dunes, slopes), grain = view.lit("wide"), view.field("grain")
    waves = view.rng.uniform(36, 64)  # radians from the top to the foot
    rows = view.height() * np.float32(waves) + 2.2 * dunes
    first, second = np.sinc(np.array((1, 2)) * waves / (2 * np.pi * view.size))  # what a pixel's width leaves of them
    rising = 2.2 * slopes - np.float32(view.light[1] * waves / REFERENCE)
    ripples = (np.float32(first) * np.cos(rows) + np.float32(0.5 * second) * np.cos(2 * rows)) * rising
    tone = 0.55 + 0.07 * dunes + 0.22 * ripples + 0.035 * grain
    return palette(tone, ((112, 84, 54), (170, 134, 90), (208, 174, 124), (232, 206, 160), (252, 238, 206)))


def _water(view: Window) -> Field:
    front = replace(view, light=(0.0, view.light[1]))
    (waves, facing), swell = front.lit("wave"), view.field("wide", 1.2)
    tone = 0.34 + 0.1 * swell + 0.13 * waves + 0.12 * facing - 0.1 * (view.height() - 0.5)
    tone += 0.3 * np.maximum(waves - 1.25, 0)
    blue = (6, 30, 62), (14, 66, 110), (36, 112, 158), (98, 172, 202), (234, 246, 250)
    teal = (4, 44, 52), (14, 86, 92), (40, 134, 134), (112, 188, 180), (236, 250, 244)
    return palette(tone, teal if view.rng.random() < 0.35 else blue)


def _snow(view: Window) -> Field:
    (drifts, facing), grain = view.lit("cloud", 0.7), view.field("grain")
    tone = 0.74 + 0.08 * drifts + 1.3 * facing + 0.025 * grain + 0.3 * np.maximum(grain - 2.6, 0)
    return palette(tone, ((92, 112, 150), (150, 170, 204), (200, 214, 234), (234, 241, 250), (255, 255, 255)))


def _sky(view: Window) -> Field:
    (clouds, facing), wisps = view.lit("cloud", 1.1), view.field("wide")
    cover = np.clip(0.42 * (clouds + 0.35 * wisps - view.rng.uniform(-0.5, 0.9)), 0, 1)
    deep, pale = ((58, 118, 196), (172, 208, 238)) if view.rng.random() < 0.75 else ((84, 92, 150), (246, 196, 160))
    blue = palette(view.height() * 0.9 + 0.04 * wisps, (deep, pale))
    white = palette(0.7 + 0.1 * clouds + 0.9 * facing, ((126, 136, 156), (208, 214, 226), (255, 254, 250)))
    cover = cover[..., None] ** np.float32(0.8)
    return np.asarray(blue * (1 - cover) + white * cover, np.float32)


GROUNDS: dict[str, Callable[[Window], Field]] = {
    "grass": _grass,
    "rock": _rock,
    "sand": _sand,
    "water": _water,
    "snow": _snow,
    "sky": _sky,
}


def draw_ground(name: str, rng: np.random.Generator, size: int, light: Light) -> Field:
    """A ground of this name: (size, size, 3), colors in [0, 255]."""
    ground = GROUNDS[name](Window(rng, size, float(rng.uniform(100, 190)), light))
    tint = rng.uniform(0.94, 1.06, 3).astype(np.float32)
    return ground * (tint * np.float32(rng.uniform(0.86, 1.1)))
