"""All tiles of a layer as one picture, a sprite sheet, of which a page shows one tile at each place."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from math import ceil, sqrt

import numpy as np
from PIL import Image

from vizlib.batch.gallery.tiles import Tiles, thumbnails
from vizlib.render import Image8, contact_sheet

STRIP, STRIP_SIDE = 10, 96  # tiles of a strip, and px of a tile in it
_PER_TILE = 5000  # bytes on average, at most: 2.6 MB for a layer of 512 units
_LEAST = 100_000  # bytes that a sheet of few tiles may have
_QUALITIES = (82, 70, 55, 40)  # of WebP, the best first
_SIDES = (128, 96, 64)  # px of a tile, where even the lowest quality is too large
_EFFORT = 2  # of WebP's encoder: 4 takes twice as long for 4 % fewer bytes
_LONGEST = 16_383  # px of WebP's sides


@dataclass(frozen=True)
class Sprites:
    """A sprite sheet.

    Attributes:
        file: WebP.
        columns: tiles in a row.
        rows: how many there are.
        side: of a tile, px.
    """

    file: bytes
    columns: int
    rows: int
    side: int


def sprites(some: Tiles) -> Sprites:
    """The tiles without gaps, in about as many columns as rows; as sharp as its limit in bytes allows."""
    most = max(_LEAST, _PER_TILE * len(some))
    columns = max(1, ceil(sqrt(len(some))))
    own = some.images.shape[1]
    for side in (own, *(each for each in _SIDES if each < own)):
        if columns * side > _LONGEST:
            continue
        sheet = _sheet(some.images if side == own else thumbnails(some, side), columns)
        for quality in _QUALITIES:
            if len(file := _webp(sheet, quality)) <= most or (side, quality) == (_SIDES[-1], _QUALITIES[-1]):
                return Sprites(file, columns, ceil(len(some) / columns), side)
    return Sprites(file, columns, ceil(len(some) / columns), side)


def strip(some: Tiles) -> bytes:
    """The first tiles side by side, as WebP."""
    return _webp(_sheet(thumbnails(some, STRIP_SIDE)[:STRIP], STRIP), _QUALITIES[0])


def _sheet(images: Image8, columns: int) -> Image8:
    return contact_sheet(images, columns, images.shape[1], 0)[0]


def _webp(image: Image8, quality: int) -> bytes:
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, "WEBP", quality=quality, method=_EFFORT)
    return file.getvalue()
