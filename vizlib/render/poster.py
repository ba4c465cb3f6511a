"""Several labeled pictures as one, to save or to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vizlib.render.heat import Image8
from vizlib.render.images import fitted
from vizlib.render.page_colors import LIGHT, rgb

_PAPER: Final = rgb(LIGHT.paper)
_INK: Final = rgb(LIGHT.ink)
_MARGIN: Final = 24  # px
_LINE: Final = 34  # px, of a label
_SIZE: Final = 22  # px, of the letters


def poster(title: str, panels: Sequence[tuple[str, Image8]], columns: int = 3, side: int = 420) -> Image8:
    """Pictures (H, W, 3) uint8 with a label under each, in rows, under a title; as one picture on light paper.

    Each picture is enlarged or reduced until its longer side has `side` px.
    """
    font, large = ImageFont.load_default(_SIZE), ImageFont.load_default(_SIZE + 10)
    columns = min(columns, len(panels)) or 1
    rows = -(-len(panels) // columns)
    wide = max(columns * (side + _MARGIN) + _MARGIN, round(large.getlength(title)) + 2 * _MARGIN)
    top = 2 * _MARGIN + _LINE
    page = Image.new("RGB", (wide, top + rows * (side + _LINE + _MARGIN)), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, _MARGIN), title, _INK, large)
    for number, (label, image) in enumerate(panels):
        row, column = divmod(number, columns)
        left, upper = _MARGIN + column * (side + _MARGIN), top + row * (side + _LINE + _MARGIN)
        page.paste(Image.fromarray(fitted(image, side)), (left, upper))
        draw.text((left, upper + side + 6), label, _INK, font)
    return np.asarray(page)
