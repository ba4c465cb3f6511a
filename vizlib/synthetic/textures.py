"""The grounds of the drawn scenes: multi-scale noise, lit from one side and colored through palettes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]  # (H, W), mean 0, standard deviation 1
Color = tuple[int, int, int]

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


@dataclass(frozen=True)
class Window:
    """Random windows of the noise tiles, all at one scale."""

    rng: np.random.Generator
    size: int  # pixels a side of the result
    reach: float  # tile pixels a side of the window

    def field(self, kind: str, stretch: float = 1.0) -> Field:
        """A random window of one of the tiles of this kind."""
        tile = noise_tile(kind, int(self.rng.integers(VARIANTS)))
        reach = self.reach * stretch
        left, top = (float(v) for v in np.floor(self.rng.random(2) * (TILE - reach)))
        box = (left, top, left + reach, top + reach)
        seen = np.asarray(tile.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box), dtype=np.float32)
        return seen[:, ::-1] if self.rng.random() < 0.5 else seen

    def height(self) -> Field:
        """0 at the top of the picture, 1 at its foot."""
        return np.linspace(0, 1, self.size, dtype=np.float32)[:, None]


def relief(height: Field, light: tuple[float, float]) -> Field:
    """How much brighter the slopes of a height field are where they face the light."""
    across, down = np.zeros_like(height), np.zeros_like(height)
    across[:, 1:] = height[:, 1:] - height[:, :-1]
    down[1:] = height[1:] - height[:-1]
    return -(across * np.float32(light[0]) + down * np.float32(light[1]))


def palette(values: Field, stops: list[Color]) -> Field:
    """Colors (H, W, 3) in [0, 255] for values in [0, 1], by linear interpolation between the stops."""
    places = np.linspace(0, 1, 256) * (len(stops) - 1)
    table = np.stack([np.interp(places, range(len(stops)), channel) for channel in zip(*stops, strict=True)], 1)
    return table.astype(np.float32)[np.clip(values * 255, 0, 255).astype(np.uint8)]


def _grass(view: Window, light: tuple[float, float]) -> Field:
    blades, clumps = view.field("blades"), view.field("cloud")
    tone = 0.45 + 0.15 * blades + 0.1 * clumps + 0.1 * relief(blades, light) + 0.12 * (view.height() - 0.5)
    stops = [(16, 38, 12), (44, 84, 22), (84, 130, 38), (134, 170, 66), (196, 206, 120)]
    if view.rng.random() < 0.3:
        stops = [(40, 44, 14), (84, 92, 26), (132, 134, 48), (178, 172, 82), (220, 208, 136)]
    return palette(tone, stops)


def _rock(view: Window, light: tuple[float, float]) -> Field:
    mass, cracks, grain = view.field("cloud"), view.field("ridge"), view.field("grain")
    height = mass * 1.6 - 0.5 * np.maximum(cracks - 0.9, 0) + 0.05 * grain
    tone = 0.5 + 0.1 * mass + 0.55 * relief(height, light) - 0.2 * np.maximum(cracks - 1.1, 0) + 0.025 * grain
    cold = [(34, 35, 40), (84, 85, 90), (132, 131, 132), (178, 176, 172), (226, 224, 218)]
    warm = [(42, 32, 28), (98, 82, 72), (144, 126, 112), (184, 168, 152), (230, 218, 204)]
    return palette(tone, warm if view.rng.random() < 0.4 else cold)


def _sand(view: Window, light: tuple[float, float]) -> Field:
    dunes, grain = view.field("wide"), view.field("grain")
    rows = view.height() * view.rng.uniform(36, 64) + 2.2 * dunes
    ripples = np.sin(rows) + 0.25 * np.sin(2 * rows)
    tone = 0.55 + 0.07 * dunes + 0.11 * relief(ripples, light) * 2 + 0.035 * grain
    stops = [(112, 84, 54), (170, 134, 90), (208, 174, 124), (232, 206, 160), (252, 238, 206)]
    return palette(tone, stops)


def _water(view: Window, light: tuple[float, float]) -> Field:
    waves, swell = view.field("wave"), view.field("wide", 1.2)
    tone = 0.34 + 0.1 * swell + 0.13 * waves + 0.12 * relief(waves, (0.0, light[1])) - 0.1 * (view.height() - 0.5)
    tone += 0.3 * np.maximum(waves - 1.25, 0)
    blue = [(6, 30, 62), (14, 66, 110), (36, 112, 158), (98, 172, 202), (234, 246, 250)]
    teal = [(4, 44, 52), (14, 86, 92), (40, 134, 134), (112, 188, 180), (236, 250, 244)]
    return palette(tone, teal if view.rng.random() < 0.35 else blue)


def _snow(view: Window, light: tuple[float, float]) -> Field:
    drifts, grain = view.field("cloud", 0.7), view.field("grain")
    tone = 0.74 + 0.08 * drifts + 1.3 * relief(drifts, light) + 0.025 * grain + 0.3 * np.maximum(grain - 2.6, 0)
    return palette(tone, [(92, 112, 150), (150, 170, 204), (200, 214, 234), (234, 241, 250), (255, 255, 255)])


def _sky(view: Window, light: tuple[float, float]) -> Field:
    clouds, wisps = view.field("cloud", 1.1), view.field("wide")
    cover = np.clip(0.42 * (clouds + 0.35 * wisps - view.rng.uniform(-0.5, 0.9)), 0, 1)
    deep, pale = ((58, 118, 196), (172, 208, 238)) if view.rng.random() < 0.75 else ((84, 92, 150), (246, 196, 160))
    blue = palette(np.broadcast_to(view.height() * 0.9 + 0.04 * wisps, cover.shape), [deep, pale])
    white = palette(
        0.7 + 0.1 * clouds + 0.9 * relief(clouds, light), [(126, 136, 156), (208, 214, 226), (255, 254, 250)]
    )
    cover = cover[..., None] ** np.float32(0.8)
    return np.asarray(blue * (1 - cover) + white * cover, np.float32)


GROUNDS: dict[str, Callable[[Window, tuple[float, float]], Field]] = {
    "grass": _grass,
    "rock": _rock,
    "sand": _sand,
    "water": _water,
    "snow": _snow,
    "sky": _sky,
}


def draw_ground(name: str, rng: np.random.Generator, size: int, light: tuple[float, float]) -> Field:
    """A ground of this name: (size, size, 3), colors in [0, 255], lit from `light` (x, y; y down)."""
    view = Window(rng, size, float(rng.uniform(100, 190)))
    ground = GROUNDS[name](view, light)
    tint = rng.uniform(0.94, 1.06, 3).astype(np.float32)
    return ground * (tint * np.float32(rng.uniform(0.86, 1.1)))
