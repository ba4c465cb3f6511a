"""The brush of the drawn scenes, with its outlines and colors.

A thing fills about the square from -1 to 1, y pointing down; the brush turns, stretches and places it.
"""

from __future__ import annotations

import colorsys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = NDArray[np.float64]  # (N, 2), x and y
Color = tuple[int, int, int]
Rng = np.random.Generator

CIRCLE: Points = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 28, False)), np.sin(np.linspace(0, 2 * np.pi, 28, False))], 1
)
NIGHT: Color = (24, 20, 22)
IVORY: Color = (246, 240, 226)


def hsv(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def tone(color: Color, factor: float) -> Color:
    """The color, lighter (above 1) or darker."""
    red, green, blue = color
    return min(255, round(red * factor)), min(255, round(green * factor)), min(255, round(blue * factor))


def points(*pairs: tuple[float, float]) -> Points:
    return np.array(pairs, dtype=np.float64)


def smooth(corners: Points, rounds: int = 3) -> Points:
    """A closed outline with its corners cut several times (Chaikin), until it looks smooth."""
    for _ in range(rounds):
        following = np.concatenate([corners[1:], corners[:1]])
        corners = np.stack([0.75 * corners + 0.25 * following, 0.25 * corners + 0.75 * following], 1).reshape(-1, 2)
    return corners


def oval(x: float, y: float, across: float, down: float, angle: float = 0.0) -> Points:
    cos, sin = np.cos(angle), np.sin(angle)
    turned = (CIRCLE * (across, down)) @ np.array([[cos, sin], [-sin, cos]])
    return np.asarray(turned + np.array((x, y)))


class Brush:
    """Paints on a transparent canvas, in the coordinates of the thing, and knows which part it is painting.

    A numbered brush paints every part with its number instead of a color, so that masks fit the picture exactly.
    """

    def __init__(
        self,
        size: int,
        matrix: NDArray[np.float64],
        center: tuple[float, float],
        without: Collection[str] = (),
        numbered: bool = False,
    ) -> None:
        self.canvas = Image.new("L" if numbered else "RGBa", (size, size))
        self._turned, self.center = matrix.T, np.array(center)
        self.scale = float(np.sqrt(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])))
        self.parts: list[str] = []  # as they came up, left-out ones too
        self._without, self._hidden, self._number = without, False, 0
        self._numbered = numbered
        self._draw = ImageDraw.Draw(self.canvas)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Within the block, everything is a part of this name; a part inside a left-out part is left out too."""
        before = self._hidden, self._number
        if name not in self.parts:
            self.parts.append(name)
        self._hidden, self._number = self._hidden or name in self._without, self.parts.index(name) + 1
        yield
        self._hidden, self._number = before

    @contextmanager
    def inside(self, outline: Points) -> Iterator[None]:
        """Within the block, paint shows only inside the outline."""
        base, layer, mask = self.canvas, self.canvas.copy(), Image.new("L", self.canvas.size)
        ImageDraw.Draw(mask).polygon(self._place(outline), fill=255)
        self.canvas, self._draw = layer, ImageDraw.Draw(layer)
        yield
        base.paste(layer, mask=mask)
        self.canvas, self._draw = base, ImageDraw.Draw(base)

    def fill(self, outline: Points, color: Color) -> None:
        if not self._hidden:
            self._draw.polygon(self._place(outline), fill=self._ink(color))

    def line(self, path: Points, width: float, color: Color) -> None:
        if not self._hidden:
            thick = max(1, round(width * self.scale))
            self._draw.line(self._place(path), fill=self._ink(color), width=thick, joint=None)

    def dots(self, centers: Points, radius: float, colors: Sequence[Color]) -> None:
        """Round spots; the colors repeat when there are fewer of them."""
        if self._hidden:
            return
        reach, places = radius * self.scale, self._place(centers)
        for i, (x, y) in enumerate(zip(places[::2], places[1::2], strict=True)):
            self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=self._ink(colors[i % len(colors)]))

    def _ink(self, color: Color) -> Color | int:
        return self._number if self._numbered else color

    def _place(self, outline: Points) -> list[float]:
        """x, y, x, y, ... on the canvas."""
        placed: list[float] = (outline @ self._turned + self.center).ravel().tolist()
        return placed


def coat_color(rng: Rng) -> Color:
    """A color of the range that sheep and goats share: color does not reveal which animal it is."""
    coats = [(240, 232, 214), (214, 200, 178), (150, 118, 88), (104, 78, 60), (132, 130, 130), (66, 58, 56)]
    return tone(coats[int(rng.integers(len(coats)))], rng.uniform(0.9, 1.06))


def strokes(brush: Brush, rng: Rng, starts: Points, lean: tuple[float, float], colors: Sequence[Color]) -> None:
    """Hair: short lines from the starts that lean in nearly the same direction."""
    ends = starts + np.array(lean) + rng.normal(0, 0.025, starts.shape)
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        brush.line(np.stack([start, end]), 0.022, colors[i % len(colors)])


def within(rng: Rng, count: int, oval_at: tuple[float, float, float, float]) -> Points:
    x, y, across, down = oval_at
    turn, reach = rng.random(count) * 2 * np.pi, np.sqrt(rng.random(count))
    return np.stack([x + across * reach * np.cos(turn), y + down * reach * np.sin(turn)], 1)


def eye(brush: Brush, x: float, y: float, radius: float, iris: Color = NIGHT) -> None:
    brush.dots(points((x, y)), radius, [iris])
    brush.dots(points((x - radius * 0.3, y - radius * 0.35)), radius * 0.33, [(255, 255, 255)])
