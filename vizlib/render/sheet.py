"""Many small pictures -> one contact sheet, and the box of each of them on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from vizlib.render.heat import Array, Image8, Values, heat, numbers, scale_of, shares

_BETWEEN: Final = 110  # gray level between maps, unlike zero in either color map
_MIDDLE: Final = 128


@dataclass(frozen=True)
class Grid:
    """The geometry of a sheet, in px of the sheet. Tiles count from 0, left to right, top to bottom."""

    count: int  # tiles
    columns: int
    rows: int
    tile: tuple[int, int]  # (H, W) of a tile as drawn
    gap: int  # between tiles; there is none around the sheet

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the sheet."""
        height, width = self.tile
        return self.rows * (height + self.gap) - self.gap, self.columns * (width + self.gap) - self.gap

    def box(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a tile, right and bottom just outside it. Raises IndexError."""
        if not 0 <= index < self.count:
            raise IndexError(f"there is no tile {index} among {self.count}")
        height, width = self.tile
        row, column = divmod(index, self.columns)
        left, top = column * (width + self.gap), row * (height + self.gap)
        return left, top, left + width, top + height


def mosaic(
    maps: Values,
    columns: int | None = None,
    tile: int = 64,
    gap: int = 2,
    signed: bool = False,
    limits: float | Values | None = None,
) -> tuple[Image8, Grid]:
    """Feature maps (C, h, w) as one contact sheet of colors, uint8 (H, W, 3), and its geometry.

    `limits` is one scale for all (in the unit of the values; None: their common scale) or one for each, (C,), as
    `scales_of(maps)` gives them. `tile` is the longest side of a tile in px, kept as closely as whole factors allow.
    """
    limit = numbers(scale_of(maps) if limits is None else limits).reshape(-1, 1, 1)
    values = _reduced(numbers(maps)[..., None], tile)[..., 0]
    return contact_sheet(heat(values, signed, limit), columns, tile, gap, _BETWEEN)


def contact_sheet(
    tiles: Image8, columns: int | None = None, tile: int = 64, gap: int = 2, between: int = 32
) -> tuple[Image8, Grid]:
    """Pictures of one size, uint8 (T, h, w, 3), as one, uint8 (H, W, 3); small ones enlarged without smoothing.

    `tile` is the longest side of a tile in px, kept as closely as whole factors allow; `between` the gaps' gray level.
    """
    if max(tiles.shape[1:3]) > tile:
        tiles = np.rint(_reduced(tiles.astype(np.float32), tile)).astype(np.uint8)
    count, height, width, _ = tiles.shape
    factor = max(1, tile // max(height, width))
    columns = min(columns or _columns(count), max(count, 1))
    grid = Grid(count, columns, ceil(count / columns), (height * factor, width * factor), gap)
    large = tiles.repeat(factor, axis=1).repeat(factor, axis=2)
    return np.ascontiguousarray(_joined(large[None], columns, gap, between)[0]), grid


def _joined(tiles: Image8, columns: int, gap: int, between: int) -> Image8:
    """Tiles (..., T, h, w, 3) in rows of `columns`, as one picture (..., H, W, 3) with gaps of that gray level."""
    *outer, count, height, width, _ = tiles.shape
    rows, down, right = ceil(count / columns), height + gap, width + gap
    cells = np.full((*outer, rows * columns, down, right, 3), between, np.uint8)
    cells[..., :count, :height, :width, :] = tiles
    sheet = cells.reshape(*outer, rows, columns, down, right, 3).swapaxes(-4, -3)
    sheet = sheet.reshape(*outer, rows * down, columns * right, 3)
    return sheet[..., : rows * down - gap, : columns * right - gap, :]


def kernels(weights: Values, limit: float | None = None, colored: bool | None = None) -> Image8:
    """A convolution's kernels (O, I, kh, kw) as tiles for `contact_sheet`, uint8 (T, kh, kw, 3).

    One slice per input channel, T = O * I, blue where negative, white at zero, red where positive: pass
    `weights[k : k + 1]` for the slices of output k. Kernels on red, green and blue (I = 3) are colors around mid-gray,
    T = O, unless `colored` is False. `limit` is the weight with the strongest color; None: the largest of each output.
    """
    values = numbers(weights)
    outputs, inputs, height, width = values.shape
    peaks: float | Array = np.abs(values).max((1, 2, 3), keepdims=True, initial=0) if limit is None else limit
    if inputs != 3 or colored is False:
        return heat(values, True, peaks).reshape(outputs * inputs, height, width, 3)
    share = shares(values, True, peaks)
    levels: Image8 = np.rint(_MIDDLE + (255 - _MIDDLE) * share).astype(np.uint8)
    return levels.transpose(0, 2, 3, 1)


def whole_filters(weights: Values, limit: float | None = None) -> Image8:
    """Whole filters (O, I, kh, kw) as tiles for `contact_sheet`, uint8 (O, h, w, 3): in each, all its slices in rows.

    Their colors and scales are those of `kernels`. Slices larger than a pixel have gaps between them.
    """
    outputs, inputs, height, width = weights.shape
    slices = kernels(weights, limit, False).reshape(outputs, inputs, height, width, 3)
    return _joined(slices, ceil(sqrt(inputs)), int(height * width > 1), _BETWEEN)


def wide_columns(count: int) -> int:
    """Columns for so many tiles: twice as wide as high, and without a ragged last row if one more or two avoid it."""
    least = ceil(sqrt(2 * count))
    return next((each for each in range(least, least + 3) if count % each == 0), least) or 1


def _columns(count: int) -> int:
    """A sheet a little wider than high, without a ragged last row where the count allows."""
    least = ceil(sqrt(count))
    return next((columns for columns in range(least, int(2.5 * least) + 1) if count % columns == 0), least) or 1


def _reduced(tiles: NDArray[np.float32], tile: int) -> NDArray[np.float32]:
    """Tiles (T, h, w, c) with averaged neighbors, so that the longest side is at most `tile` px."""
    height, width = tiles.shape[1:3]
    if max(height, width) <= tile:
        return tiles
    size = [max(1, round(side * tile / max(height, width))) for side in (height, width)]
    planes = torch.from_numpy(np.ascontiguousarray(tiles)).permute(0, 3, 1, 2)
    return interpolate(planes, size=size, mode="bilinear", antialias=True).permute(0, 2, 3, 1).numpy()
