"""The things in the drawn scenes: each class is one function that paints with a brush in its own coordinates.

A thing fills about the square from -1 to 1, y pointing down; the brush turns, stretches and places it.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = NDArray[np.float64]  # (N, 2), x and y
Color = tuple[int, int, int]
Rng = np.random.Generator

CIRCLE: Points = np.stack([np.cos(np.linspace(0, 2 * np.pi, 28, False)), np.sin(np.linspace(0, 2 * np.pi, 28, False))], 1)
NIGHT: Color = (24, 20, 22)
IVORY: Color = (246, 240, 226)


def hsv(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def tone(color: Color, factor: float) -> Color:
    """The color, lighter (above 1) or darker."""
    red, green, blue = (min(255, round(c * factor)) for c in color)
    return red, green, blue


def points(*pairs: tuple[float, float]) -> Points:
    return np.array(pairs, dtype=np.float64)


def smooth(corners: Points, rounds: int = 3) -> Points:
    """A closed outline with its corners cut again and again (Chaikin), until it looks grown."""
    for _ in range(rounds):
        following = np.roll(corners, -1, 0)
        corners = np.stack([0.75 * corners + 0.25 * following, 0.25 * corners + 0.75 * following], 1).reshape(-1, 2)
    return corners


def oval(x: float, y: float, across: float, down: float, angle: float = 0.0) -> Points:
    cos, sin = np.cos(angle), np.sin(angle)
    turned = (CIRCLE * (across, down)) @ np.array([[cos, sin], [-sin, cos]])
    return turned + (x, y)


class Brush:
    """Paints on a transparent canvas, in the coordinates of the thing."""

    def __init__(self, size: int, matrix: NDArray[np.float64], center: tuple[float, float]) -> None:
        self.canvas = Image.new("RGBA", (size, size))
        self.matrix, self.center = matrix, np.array(center)
        self.scale = float(np.sqrt(abs(np.linalg.det(matrix))))
        self._draw = ImageDraw.Draw(self.canvas)

    def _place(self, outline: Points) -> list[tuple[float, float]]:
        return [(x, y) for x, y in (outline @ self.matrix.T + self.center).tolist()]

    def fill(self, outline: Points, color: Color) -> None:
        self._draw.polygon(self._place(outline), fill=color)

    def line(self, path: Points, width: float, color: Color) -> None:
        self._draw.line(self._place(path), fill=color, width=max(1, round(width * self.scale)), joint=None)

    def dots(self, centers: Points, radius: float, colors: Sequence[Color]) -> None:
        """Round spots; the colors repeat when there are fewer of them."""
        reach = radius * self.scale
        for i, (x, y) in enumerate(self._place(centers)):
            self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colors[i % len(colors)])

    @contextmanager
    def inside(self, outline: Points) -> Iterator[None]:
        """What is painted in the block shows only inside the outline."""
        base, layer, mask = self.canvas, self.canvas.copy(), Image.new("L", self.canvas.size)
        ImageDraw.Draw(mask).polygon(self._place(outline), fill=255)
        self.canvas, self._draw = layer, ImageDraw.Draw(layer)
        yield
        base.paste(layer, mask=mask)
        self.canvas, self._draw = base, ImageDraw.Draw(base)


def _coat(rng: Rng) -> Color:
    """The colors of sheep and goats alike, so that color does not tell one from the other."""
    coats = [(240, 232, 214), (214, 200, 178), (150, 118, 88), (104, 78, 60), (132, 130, 130), (66, 58, 56)]
    return tone(coats[int(rng.integers(len(coats)))], rng.uniform(0.9, 1.06))


def _strokes(brush: Brush, rng: Rng, starts: Points, lean: tuple[float, float], colors: Sequence[Color]) -> None:
    """Hair: short lines from the starts, all leaning nearly the same way."""
    ends = starts + np.array(lean) + rng.normal(0, 0.025, starts.shape)
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        brush.line(np.stack([start, end]), 0.022, colors[i % len(colors)])


def _within(rng: Rng, count: int, oval_at: tuple[float, float, float, float]) -> Points:
    x, y, across, down = oval_at
    turn, reach = rng.random(count) * 2 * np.pi, np.sqrt(rng.random(count))
    return np.stack([x + across * reach * np.cos(turn), y + down * reach * np.sin(turn)], 1)


def _eye(brush: Brush, x: float, y: float, radius: float, iris: Color = NIGHT) -> None:
    brush.dots(points((x, y)), radius, [iris])
    brush.dots(points((x - radius * 0.3, y - radius * 0.35)), radius * 0.33, [(255, 255, 255)])


def _sheep(brush: Brush, rng: Rng) -> None:
    wool, skin = _coat(rng), tone(_coat(rng), 0.6)
    for x in (-0.36, -0.16, 0.28, 0.48):
        brush.fill(points((x - 0.055, 0.2), (x + 0.055, 0.2), (x + 0.045, 0.86), (x - 0.045, 0.86)), tone(skin, 0.8))
    edge = smooth(oval(0.08, -0.02, 0.68, 0.44)[::2], 1)
    brush.dots(edge + rng.normal(0, 0.02, edge.shape), 0.15, [tone(wool, 0.82), tone(wool, 0.88)])
    brush.fill(oval(0.08, -0.02, 0.7, 0.46), tone(wool, 0.86))
    curls = _within(rng, 62, (0.08, -0.03, 0.7, 0.46))
    curls = curls[np.argsort(-curls[:, 1])]
    for curl in curls:
        light = rng.uniform(0.92, 1.1)
        brush.dots(curl[None], 0.115, [tone(wool, 0.74 * light)])
        brush.dots(curl[None] + (-0.012, -0.02), 0.098, [tone(wool, light)])
        brush.dots(curl[None] + (0.015, 0.012), 0.045, [tone(wool, 0.8 * light)])
        brush.dots(curl[None] + (0.006, 0.002), 0.028, [tone(wool, light)])
    brush.fill(oval(-0.76, -0.14, 0.17, 0.25, 0.35), skin)
    brush.fill(oval(-0.52, -0.24, 0.17, 0.065, 0.4), tone(skin, 0.85))
    brush.fill(oval(-0.84, 0.02, 0.09, 0.07, 0.3), tone(skin, 1.25))
    crown = points((-0.78, -0.38), (-0.66, -0.42), (-0.56, -0.36), (-0.7, -0.33))
    brush.dots(crown, 0.1, [wool, tone(wool, 0.9)])
    _eye(brush, -0.8, -0.17, 0.04)


def _horn(side: float) -> Points:
    turn = np.linspace(0, 1.9, 10)
    outer = np.stack([-0.62 + side + 0.52 * (1 - np.cos(turn)), -0.52 - 0.46 * np.sin(turn)], 1)
    inner = np.stack([-0.5 + side + 0.4 * (1 - np.cos(turn)), -0.5 - 0.36 * np.sin(turn)], 1)
    return np.concatenate([outer, inner[::-1]])


def _goat(brush: Brush, rng: Rng) -> None:
    coat, horn = _coat(rng), hsv(0.1, 0.3, rng.uniform(0.4, 0.75))
    dark = tone(coat, 0.66)
    for x, shade in ((-0.2, 0.6), (0.62, 0.6), (-0.36, 0.84), (0.5, 0.84)):
        brush.fill(points((x - 0.08, 0.1), (x + 0.08, 0.1), (x + 0.04, 0.9), (x - 0.04, 0.9)), tone(coat, shade))
        brush.fill(points((x - 0.05, 0.8), (x + 0.05, 0.8), (x + 0.07, 0.92), (x - 0.06, 0.92)), NIGHT)
    brush.fill(_horn(0.09), tone(horn, 0.7))
    trunk = points((-0.62, -0.5), (-0.36, -0.4), (-0.2, -0.2), (0.2, -0.17), (0.62, -0.26), (0.76, -0.02), (0.68, 0.26))
    belly = points((0.4, 0.2), (0.0, 0.34), (-0.38, 0.3), (-0.52, 0.0), (-0.66, -0.16))
    brush.fill(points((0.6, -0.24), (0.82, -0.56), (0.86, -0.42), (0.76, -0.06)), dark)
    brush.fill(smooth(np.concatenate([trunk, belly]), 1), coat)
    if rng.random() < 0.5:
        brush.fill(smooth(points((0.1, -0.16), (0.56, -0.24), (0.74, 0.0), (0.5, 0.2), (0.16, 0.16)), 2), tone(coat, 0.78))
    hair = np.concatenate([_within(rng, 46, (0.14, 0.03, 0.5, 0.16)), _within(rng, 16, (-0.46, -0.2, 0.1, 0.2))])
    _strokes(brush, rng, hair, (0.07, 0.09), [dark, tone(coat, 1.14), tone(coat, 0.8)])
    _strokes(brush, rng, _within(rng, 14, (0.0, 0.3, 0.36, 0.03)), (0.02, 0.12), [dark, coat])
    head = points((-0.62, -0.56), (-0.44, -0.44), (-0.5, -0.26), (-0.86, -0.04), (-1.0, -0.1), (-0.98, -0.24))
    brush.fill(smooth(head, 1), tone(coat, 0.92))
    brush.fill(points((-0.94, -0.06), (-0.76, -0.1), (-0.78, 0.16), (-0.86, 0.3)), dark)
    brush.fill(points((-0.5, -0.44), (-0.24, -0.5), (-0.3, -0.36), (-0.46, -0.34)), dark)
    brush.fill(_horn(0.0), horn)
    for along in (0.3, 0.6, 0.9, 1.2, 1.5):
        foot = np.array([-0.62 + 0.52 * (1 - np.cos(along)), -0.52 - 0.46 * np.sin(along)])
        tip = np.array([-0.5 + 0.4 * (1 - np.cos(along)), -0.5 - 0.36 * np.sin(along)])
        brush.line(np.stack([foot, tip]), 0.02, tone(horn, 0.65))
    brush.dots(points((-0.95, -0.16)), 0.03, [NIGHT])
    _eye(brush, -0.68, -0.36, 0.042)


def _cat(brush: Brush, rng: Rng) -> None:
    fur = hsv(rng.uniform(0.05, 0.1), rng.uniform(0.05, 0.65), rng.uniform(0.45, 0.9))
    dark, pale, iris = tone(fur, 0.55), tone(fur, 1.3), hsv(rng.uniform(0.14, 0.45), 0.7, 0.85)
    for side in (-1, 1):
        brush.fill(points((side * 0.86, -0.98), (side * 0.2, -0.58), (side * 0.78, -0.1)), tone(fur, 0.85))
        brush.fill(points((side * 0.76, -0.8), (side * 0.36, -0.52), (side * 0.68, -0.24)), hsv(0.97, 0.35, 0.8))
    turn = np.linspace(0, 2 * np.pi, 96, False)
    reach = 1 + 0.05 * np.where(np.arange(96) % 2, 1, -1) * (0.6 + rng.random(96))
    brush.fill(np.stack([0.86 * reach * np.cos(turn), 0.04 + 0.76 * reach * np.sin(turn)], 1), fur)
    hair = _within(rng, 150, (0, 0.04, 0.82, 0.7))
    for start in hair:
        away = start / (np.hypot(*start) + 0.2)
        brush.line(np.stack([start, start + 0.11 * away]), 0.022, (dark, pale, tone(fur, 0.8))[int(rng.integers(3))])
    for x in (-0.22, 0.0, 0.22):
        brush.fill(points((x - 0.05, -0.7), (x + 0.05, -0.7), (x * 0.7, -0.3)), dark)
    for side in (-1, 1):
        for y in (0.02, 0.2, 0.38):
            brush.fill(points((side * 0.9, y - 0.05), (side * 0.9, y + 0.06), (side * 0.52, y + 0.06)), dark)
        brush.fill(oval(side * 0.17, 0.42, 0.23, 0.19), tone(pale, 1.1))
        brush.fill(oval(side * 0.37, -0.06, 0.19, 0.16), NIGHT)
        brush.fill(oval(side * 0.37, -0.06, 0.165, 0.14), iris)
        brush.fill(oval(side * 0.37, -0.06, 0.05, 0.13), NIGHT)
        brush.dots(points((side * 0.37 - 0.05, -0.12)), 0.035, [(255, 255, 255)])
        for y, drop in ((0.38, -0.08), (0.44, 0.02), (0.5, 0.12)):
            brush.line(points((side * 0.2, y), (side * 0.98, y + drop)), 0.016, IVORY)
    brush.fill(smooth(points((-0.12, 0.2), (0.12, 0.2), (0.0, 0.34)), 1), hsv(0.97, 0.45, 0.75))


def _bird(brush: Brush, rng: Rng) -> None:
    hue = rng.random()
    back, belly = hsv(hue, rng.uniform(0.5, 0.9), rng.uniform(0.5, 0.9)), hsv(hue + rng.uniform(0.3, 0.6), 0.4, 0.95)
    beak = hsv(rng.uniform(0.08, 0.14), 0.85, 0.95)
    for x in (0.0, 0.16):
        brush.line(points((x, 0.4), (x - 0.04, 0.82), (x - 0.18, 0.88)), 0.04, tone(beak, 0.7))
    for i, lift in enumerate(np.linspace(-0.1, 0.22, 5)):
        brush.fill(oval(0.78, 0.16 + lift, 0.34, 0.055, 0.12 + lift), tone(back, 0.5 + 0.12 * i))
    brush.fill(points((-0.78, -0.5), (-1.06, -0.36), (-0.76, -0.3)), beak)
    brush.fill(points((-0.78, -0.4), (-1.06, -0.36), (-0.76, -0.3)), tone(beak, 0.75))
    form = points((-0.9, -0.5), (-0.62, -0.78), (-0.3, -0.62), (0.2, -0.28), (0.72, 0.1), (0.6, 0.34), (0.05, 0.54), (-0.5, 0.34))
    outline = smooth(np.concatenate([form, points((-0.72, -0.1))]))
    brush.fill(outline, back)
    with brush.inside(outline):
        brush.fill(oval(-0.4, 0.3, 0.62, 0.42, 0.3), belly)
        down = _within(rng, 40, (-0.36, 0.24, 0.4, 0.26))
        _strokes(brush, rng, down, (0.05, 0.07), [tone(belly, 0.8), tone(belly, 1.1)])
    for row, (x, y, length) in enumerate(((0.3, 0.12, 0.34), (0.12, 0.02, 0.28), (-0.06, -0.1, 0.22))):
        for i in range(6):
            shift = 0.068 * (i - 2.5)
            plume = oval(x - 0.4 * shift, y + shift, length, 0.062, 0.5)
            brush.fill(plume, tone(back, 0.42 + 0.16 * row))
            brush.fill(oval(x - 0.02 - 0.4 * shift, y + shift, length * 0.9, 0.044, 0.5), tone(back, 0.66 + 0.18 * row + 0.05 * (i % 2)))
    _eye(brush, -0.66, -0.48, 0.07)


def _fish(brush: Brush, rng: Rng) -> None:
    hue = rng.random()
    body, fin = hsv(hue, rng.uniform(0.45, 0.9), rng.uniform(0.6, 0.95)), hsv(hue + rng.uniform(0.05, 0.2), 0.75, 0.85)
    tail = points((0.5, 0.0), (0.98, -0.46), (0.86, 0.0), (0.98, 0.46))
    brush.fill(tail, fin)
    brush.fill(smooth(points((-0.3, -0.36), (0.0, -0.72), (0.44, -0.52), (0.36, -0.2)), 1), fin)
    brush.fill(points((-0.1, 0.34), (0.06, 0.64), (0.26, 0.26)), fin)
    for y in np.linspace(-0.36, 0.36, 7):
        brush.line(points((0.55, y * 0.3), (0.92, y)), 0.018, tone(fin, 0.65))
    for x in np.linspace(-0.14, 0.32, 6):
        brush.line(points((x, -0.3), (x + 0.06, -0.56)), 0.018, tone(fin, 0.65))
    outline = smooth(points((-0.96, 0.06), (-0.7, -0.28), (-0.2, -0.44), (0.3, -0.24), (0.66, -0.08), (0.66, 0.1), (0.3, 0.28), (-0.2, 0.46), (-0.7, 0.34)))
    brush.fill(outline, body)
    with brush.inside(outline):
        for i, x in enumerate(np.arange(0.66, -0.5, -0.1)):
            column = np.arange(-0.5, 0.55, 0.12) + (0.06 if i % 2 else 0.0)
            centers = np.stack([np.full_like(column, x), column], 1)
            brush.dots(centers, 0.085, [tone(body, 0.55)])
            brush.dots(centers - (0.018, 0.004), 0.068, [tone(body, 1.0 - 0.35 * y + 0.06 * rng.random()) for y in column])
        brush.fill(oval(-0.8, 0.02, 0.3, 0.5), tone(body, 0.9))
    brush.line(oval(-0.8, 0.02, 0.3, 0.42)[[24, 26, 0, 2, 4]], 0.035, tone(body, 0.5))
    brush.fill(points((-0.3, 0.1), (0.04, 0.02), (0.02, 0.26)), tone(fin, 1.1))
    brush.dots(points((-0.74, -0.06)), 0.1, [IVORY])
    _eye(brush, -0.75, -0.06, 0.065)


def _shell(brush: Brush, rng: Rng) -> None:
    light = hsv(rng.uniform(0.02, 0.13), rng.uniform(0.15, 0.6), rng.uniform(0.8, 0.97))
    band, bands = tone(light, rng.uniform(0.5, 0.68)), int(rng.integers(2, 4))
    turn = np.linspace(0, 5.4 * np.pi, 110)
    reach = 0.62 * np.exp(-0.145 * turn)
    path = np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)
    for i, (center, size) in enumerate(zip(path, reach, strict=True)):
        brush.dots(center[None], size * 0.62, [tone(band, 0.55)])
        brush.dots(center[None], size * 0.57, [band if (i // bands) % 2 else light])
        brush.dots(center[None] * 1.2, size * 0.26, [tone(band if (i // bands) % 2 else light, 1.12)])
    brush.fill(oval(0.64, 0.0, 0.36, 0.2), tone(band, 0.5))
    brush.fill(oval(0.64, 0.02, 0.29, 0.14), tone(light, 0.72))


def _mushroom(brush: Brush, rng: Rng) -> None:
    cap, stem = hsv(rng.choice([0.0, 0.02, 0.06, 0.09, 0.75]), rng.uniform(0.6, 0.92), rng.uniform(0.6, 0.92)), tone(IVORY, 0.96)
    brush.fill(smooth(points((-0.2, -0.1), (0.2, -0.1), (0.22, 0.5), (0.34, 0.92), (-0.34, 0.92), (-0.22, 0.5)), 2), stem)
    for x in np.linspace(-0.16, 0.18, 6):
        brush.line(points((x, 0.2), (x * 1.4, 0.86)), 0.02, tone(stem, 0.82))
    brush.fill(oval(0, 0.02, 0.84, 0.16), tone(stem, 0.72))
    for x in np.linspace(-0.72, 0.72, 17):
        brush.line(points((x * 0.35, 0.0), (x, 0.1)), 0.018, tone(stem, 0.55))
    brush.fill(smooth(points((-0.26, 0.2), (0.26, 0.2), (0.3, 0.36), (-0.3, 0.36)), 2), tone(stem, 0.9))
    dome = smooth(points((-0.98, 0.1), (-0.9, -0.5), (-0.4, -0.98), (0.4, -0.98), (0.9, -0.5), (0.98, 0.1), (0.4, -0.06), (-0.4, -0.06)))
    brush.fill(dome, cap)
    with brush.inside(dome):
        brush.dots(_within(rng, 40, (0, -0.4, 0.9, 0.5)), 0.02, [tone(cap, 0.8)])
        spots = [(x + 0.13 * (row % 2), y) for row, y in enumerate((-0.78, -0.52, -0.26, -0.04)) for x in np.arange(-0.8, 0.9, 0.34)]
        for spot in np.array(spots) + rng.normal(0, 0.035, (len(spots), 2)):
            radius = rng.uniform(0.06, 0.12)
            brush.dots(spot[None] + (0.012, 0.02), radius, [tone(cap, 0.62)])
            brush.dots(spot[None], radius, [IVORY])


def _flower(brush: Brush, rng: Rng) -> None:
    petal, heart = hsv(rng.random(), rng.uniform(0.35, 0.9), rng.uniform(0.75, 1.0)), hsv(rng.uniform(0.06, 0.15), 0.85, rng.uniform(0.45, 0.95))
    count = int(rng.integers(7, 13))
    for layer, (reach, shade) in enumerate(((0.58, 0.74), (0.5, 1.0))):
        for turn in (np.arange(count) + 0.5 * layer) * 2 * np.pi / count:
            way = np.array([np.cos(turn), np.sin(turn)])
            outline = oval(*(way * reach), 0.42, 1.5 / count, turn)
            brush.fill(outline, tone(petal, 0.6 * shade))
            brush.fill(oval(*(way * reach), 0.395, 1.5 / count - 0.028, turn), tone(petal, shade))
            for bend in (-0.09, 0.0, 0.09):
                side = np.array([-way[1], way[0]]) * bend
                brush.line(np.stack([way * 0.28, way * (reach + 0.24) + side]), 0.016, tone(petal, 0.76 * shade))
    brush.dots(points((0, 0)), 0.3, [tone(heart, 0.6)])
    seeds = np.arange(70)
    spiral = 0.032 * np.sqrt(seeds)[:, None] * np.stack([np.cos(seeds * 2.39996), np.sin(seeds * 2.39996)], 1)
    brush.dots(spiral, 0.026, [tone(heart, 1.2), heart, tone(heart, 0.9)])


def _leaf(brush: Brush, rng: Rng) -> None:
    hue = rng.uniform(0.22, 0.36) if rng.random() < 0.6 else rng.uniform(0.02, 0.12)
    blade, vein = hsv(hue, rng.uniform(0.6, 0.9), rng.uniform(0.4, 0.85)), hsv(hue - 0.03, 0.4, 0.95)
    along = np.linspace(0, 1, 25)
    width = 0.62 * np.sin(np.pi * along**0.8) ** 0.9 * (1 + 0.07 * np.where(np.arange(25) % 2, 1, -1))
    bend = 0.16 * np.sin(np.pi * along)
    upper, lower = np.stack([-0.9 + 1.8 * along, bend - width], 1), np.stack([-0.9 + 1.8 * along, bend + width], 1)
    brush.line(points((-1.12, -0.1), (-0.9, 0.0)), 0.07, tone(vein, 0.7))
    brush.fill(np.concatenate([upper, lower[::-1]]), blade)
    brush.fill(np.concatenate([np.stack([-0.9 + 1.8 * along, bend], 1), lower[::-1]]), tone(blade, 0.8))
    brush.line(np.stack([-0.95 + 1.85 * along, bend], 1), 0.05, vein)
    for i in range(3, 21, 2):
        root = np.array([-0.9 + 1.8 * along[i] - 0.06, bend[i]])
        for edge in (upper, lower):
            tip = edge[min(i + 3, 24)] * 0.9 + 0.1 * root
            brush.line(np.stack([root, tip]), 0.026, tone(vein, 0.85))
            brush.line(np.stack([(root + tip) / 2, edge[min(i + 4, 24)] * 0.8 + 0.2 * root]), 0.014, tone(vein, 0.75))


def _ball(brush: Brush, rng: Rng) -> None:
    first, second = hsv(rng.random(), rng.uniform(0.7, 0.95), rng.uniform(0.65, 0.95)), IVORY
    third = hsv(rng.random(), 0.8, 0.8) if rng.random() < 0.5 else first
    brush.fill(oval(0, 0, 0.94, 0.94), tone(first, 0.7))
    stripes = int(rng.integers(4, 7))
    for i, edge in enumerate(np.cos(np.linspace(0, np.pi, 2 * stripes + 1))[:-1]):
        half = CIRCLE[:, 0] * np.where(CIRCLE[:, 0] > 0, edge, 1.0)
        brush.fill(np.stack([0.92 * half, 0.92 * CIRCLE[:, 1]], 1), (first, second, third, second)[i % 4])
    brush.fill(oval(0, -0.9, 0.2, 0.05), tone(second, 0.8))
    brush.fill(oval(-0.36, -0.42, 0.16, 0.09, -0.7), (255, 255, 255))


def _flag(brush: Brush, rng: Rng) -> None:
    dark, light = (hsv(rng.random(), 0.8, rng.uniform(0.3, 0.6)), IVORY) if rng.random() < 0.7 else (NIGHT, IVORY)
    columns, rows = int(rng.integers(6, 9)), int(rng.integers(4, 6))
    phase, swing = rng.uniform(0, 6), rng.uniform(0.05, 0.12)
    xs, ys = np.linspace(-0.8, 0.98, 2 * columns + 1), np.linspace(-0.9, 0.28, rows + 1)
    lift = swing * np.sin(5.2 * xs + phase) * np.linspace(0.3, 1, len(xs))
    fold = 1 + 0.26 * np.cos(5.2 * xs + phase)
    brush.line(points((-0.84, -0.98), (-0.84, 1.0)), 0.09, (120, 84, 52))
    brush.line(points((-0.86, -0.98), (-0.86, 1.0)), 0.03, (176, 136, 92))
    brush.dots(points((-0.84, -0.98)), 0.08, [(226, 188, 84)])
    for i in range(2 * columns):
        for j in range(rows):
            cell = points((xs[i], ys[j] + lift[i]), (xs[i + 1], ys[j] + lift[i + 1]), (xs[i + 1], ys[j + 1] + lift[i + 1]), (xs[i], ys[j + 1] + lift[i]))
            brush.fill(cell, tone(dark if (i // 2 + j) % 2 else light, 0.74 * fold[i]))


def _star(brush: Brush, rng: Rng) -> None:
    color, count = hsv(rng.choice([0.13, 0.0, 0.58, 0.9, rng.random()]), rng.uniform(0.6, 0.95), 0.95), int(rng.integers(5, 7))
    turn = np.arange(2 * count) * np.pi / count - np.pi / 2
    inner = 0.42 if count == 5 else 0.52
    rim = np.stack([np.cos(turn), np.sin(turn)], 1) * np.where(np.arange(2 * count) % 2, inner, 1.0)[:, None]
    brush.fill(rim, tone(color, 0.45))
    small = rim * 0.9
    for i in range(2 * count):
        facet = np.stack([small[i], small[(i + 1) % (2 * count)], np.zeros(2)])
        brush.fill(facet, tone(color, 1.08 if i % 2 else 0.68))


def _ring(brush: Brush, rng: Rng) -> None:
    color, count, hole = hsv(rng.random(), rng.uniform(0.7, 0.95), rng.uniform(0.6, 0.95)), 2 * int(rng.integers(3, 6)), rng.uniform(0.46, 0.6)
    for i in range(count):
        turn = np.linspace(i, i + 1.03, 12) * 2 * np.pi / count
        way = np.stack([np.cos(turn), np.sin(turn)], 1)
        paint = color if i % 2 else IVORY
        for outer, inner, shade in ((0.96, hole, 0.7), (0.9, hole + 0.06, 0.9), (0.82, hole + 0.13, 1.06)):
            brush.fill(np.concatenate([way * outer, way[::-1] * inner]), tone(paint, shade))
        knot = way[0] * np.array([[hole - 0.02], [0.99]])
        brush.line(knot, 0.05, tone(IVORY, 0.7))


def _sweater(brush: Brush, rng: Rng) -> None:
    hue = rng.random()
    yarn, pattern, trim = hsv(hue, rng.uniform(0.5, 0.85), rng.uniform(0.45, 0.85)), hsv(hue + rng.uniform(0.3, 0.7), 0.5, 0.95), hsv(hue, 0.7, 0.4)
    right = [(0.22, -0.84), (0.52, -0.74), (0.98, 0.3), (0.7, 0.46), (0.5, 0.0), (0.52, 0.86)]
    outline = points(*right, *((-x, y) for x, y in reversed(right)))
    brush.fill(smooth(outline, 1), yarn)
    with brush.inside(smooth(outline, 1)):
        step, drop = rng.uniform(0.13, 0.2), rng.uniform(0.1, 0.16)
        across = np.arange(-1.04, 1.2, step)
        for band, y in enumerate(np.arange(-0.86, 0.9, rng.uniform(0.2, 0.3))):
            teeth = np.stack([across, y + drop * (np.arange(len(across)) % 2)], 1)
            brush.line(teeth, 0.085, pattern if band % 2 else trim)
        brush.line(points((-0.6, 0.82), (0.6, 0.82)), 0.13, trim)
        brush.line(points((0.98, 0.22), (0.64, 0.42)), 0.12, trim)
        brush.line(points((-0.98, 0.22), (-0.64, 0.42)), 0.12, trim)
        brush.line(points((0.5, -0.5), (0.5, 0.5)), 0.025, tone(yarn, 0.5))
        brush.line(points((-0.5, -0.5), (-0.5, 0.5)), 0.025, tone(yarn, 0.5))
    brush.fill(oval(0, -0.8, 0.27, 0.15), trim)
    brush.fill(oval(0, -0.82, 0.19, 0.09), tone(trim, 0.55))


# class -> how it is painted, how far it may be turned (radians)
SHAPES: dict[str, tuple[Callable[[Brush, Rng], None], float]] = {
    "sheep": (_sheep, 0.3),
    "goat": (_goat, 0.3),
    "cat": (_cat, 0.4),
    "bird": (_bird, 0.4),
    "fish": (_fish, 0.6),
    "shell": (_shell, np.pi),
    "mushroom": (_mushroom, 0.4),
    "flower": (_flower, np.pi),
    "leaf": (_leaf, np.pi),
    "ball": (_ball, np.pi),
    "flag": (_flag, 0.3),
    "star": (_star, np.pi),
    "ring": (_ring, np.pi),
    "sweater": (_sweater, 0.4),
}
