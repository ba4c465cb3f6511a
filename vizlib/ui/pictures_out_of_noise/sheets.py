"""Generated pictures on sheets: the forty of the film, and each fake above the real picture nearest to it."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from vizlib.render import Image8, contact_sheet, to_image

_COLUMNS, _TILE = 8, 112  # of the sheet of forty: 5 rows; px of a picture
_PAIRS, _SMALL, _BETWEEN = 10, 64, 128  # pairs in a row; px of a picture; gray between them


def levels(pixels: Tensor) -> Image8:
    """Pixels (N, C, H, W), C = 1 or 3, as uint8 (N, H, W, 3)."""
    return to_image(pixels.expand(-1, 3, -1, -1))


def sheet(tiles: Image8, tile: int = _TILE) -> Image8:
    """Pictures (40, H, W, C) uint8 as one, (h, w, 3)."""
    return contact_sheet(colored(tiles), _COLUMNS, tile, 4)[0]


def pairs(fakes: Image8, nearest: Image8) -> Image8:
    """Each fake on top of the real picture nearest to it, all pairs as one picture (h, w, 3)."""
    tiles = np.concatenate([colored(fakes), colored(nearest)], axis=1)
    return contact_sheet(tiles, _PAIRS, 2 * _SMALL, 8, _BETWEEN)[0]


def colored(tiles: Image8) -> Image8:
    """Gray pictures (N, H, W, 1) with three equal channels; colored ones as they are."""
    return tiles.repeat(3, axis=3) if tiles.shape[3] == 1 else tiles
