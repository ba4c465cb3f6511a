"""Pictures in rows and columns with words around them, as one picture: the screen and the saved file show the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vizlib.render.heat import Image8
from vizlib.render.images import fitted
from vizlib.render.page_colors import RGB, page_colors, rgb

_WIDTH = 1320  # px, about, of the whole: a sheet of three rows is wider than high and fits on a screen
_SIDE = 150, 240  # px, of a picture: at least, at most
_LARGE, _SMALL = 28, 24  # px, of letters
_GAP = 14
_SIDEWAYS = 36
_HEAD = 110
_LINE = 34
_TINY = 64  # px: up to here a picture is enlarged in crisp squares


@dataclass(frozen=True)
class Words:
    """The words around the pictures."""

    title: str
    columns: str  # what varies from column to column
    rows: str  # what varies from row to row
    column_values: Sequence[str]
    row_values: Sequence[str]
    beside: Sequence[Sequence[str]]  # the lines to the right of each picture, row by row


def labeled(images: Sequence[Image8], words: Words, dark: bool = False) -> Image8:
    """The pictures (H, W, 3) uint8 of one shape, row by row, labeled: uint8 (H, W, 3)."""
    across = len(words.column_values)
    large, small = _font(_LARGE), _font(_SMALL)
    margin = _SIDEWAYS + max(int(large.getlength(each)) for each in (*words.row_values, "0.00")) + 34
    text = max((int(small.getlength(line)) for lines in words.beside for line in lines), default=0) + 2 * _GAP
    side = min(_SIDE[1], max(_SIDE[0], (_WIDTH - margin) // across - text))
    tiles = [_tile(image, side) for image in images]
    height = tiles[0].height
    step = max(height, _LINE * max(map(len, words.beside))) + _GAP
    page = page_colors(dark)
    size = margin + across * (side + text), _HEAD + len(words.row_values) * step
    paper = Image.new("RGB", (max(size[0], int(large.getlength(words.title)) + _GAP), size[1]), rgb(page.paper))
    draw, ink = ImageDraw.Draw(paper), rgb(page.ink)
    draw.text((4, 4), words.title, ink, large)
    draw.text((margin, 42), words.columns, ink, small)
    for column, value in enumerate(words.column_values):
        draw.text((margin + column * (side + text) + side / 2, 74), value, ink, large, anchor="ma")
    for row, value in enumerate(words.row_values):
        draw.text((margin - 16, _HEAD + row * step + height / 2), value, ink, large, anchor="rm")
    _sideways(paper, words.rows, (_HEAD, _HEAD + len(words.row_values) * step), ink)
    for place, (tile, lines) in enumerate(zip(tiles, words.beside, strict=True)):
        left, top = margin + place % across * (side + text), _HEAD + place // across * step
        paper.paste(tile, (left, top))
        for number, line in enumerate(lines):
            draw.text((left + side + _GAP, top + number * _LINE), line, ink, small)
    return np.asarray(paper)


def _sideways(paper: Image.Image, text: str, span: tuple[int, int], ink: RGB) -> None:
    """Writes the text upwards along the left edge, in the middle of the span (px from the top)."""
    strip = Image.new("L", (span[1] - span[0], _SIDEWAYS))
    ImageDraw.Draw(strip).text((strip.width / 2, 2), text, 255, _font(_SMALL), anchor="ma")
    mask = strip.transpose(Image.Transpose.ROTATE_90)
    paper.paste(Image.new("RGB", mask.size, ink), (4, span[0]), mask)


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _tile(image: Image8, width: int) -> Image.Image:
    """The picture `width` px wide; tiny ones in crisp squares."""
    longer = max(image.shape[:2])
    how = Image.Resampling.NEAREST if longer <= _TINY else Image.Resampling.LANCZOS
    return Image.fromarray(fitted(image, width * longer / image.shape[1], how))
