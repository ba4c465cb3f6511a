"""Numbers -> colors: two color maps, the scale on which they are read, and the legend that shows it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from vizlib.render.page_colors import page_colors, rgb

Image8 = NDArray[np.uint8]
Array = NDArray[Any]
Values = Tensor | NDArray[Any]

PERCENTILE: Final = 99.5  # of |values|: a single extreme pixel does not darken the rest

# Both designed in OKLCH: larger values are brighter (sequential), or equally darker on either side (diverging).
_SEQUENTIAL: Final = (
    (14, 6, 36),
    (47, 12, 102),
    (91, 9, 144),
    (153, 6, 135),
    (211, 14, 99),
    (240, 80, 61),
    (252, 135, 49),
    (255, 189, 74),
    (250, 239, 141),
    (253, 253, 215),
)
_DIVERGING: Final = (
    (3, 38, 109),
    (2, 72, 158),
    (5, 119, 204),
    (82, 171, 229),
    (245, 245, 245),
    (229, 132, 94),
    (207, 58, 33),
    (162, 7, 17),
    (101, 1, 18),
)
_STEPS: Final = 512  # even, so that a diverging map has a color exactly at zero


def _table(anchors: tuple[tuple[int, int, int], ...]) -> Image8:
    """Colors 0 to _STEPS between the anchors, (513, 3)."""
    where = np.linspace(0, len(anchors) - 1, _STEPS + 1)
    channels = [np.interp(where, range(len(anchors)), channel) for channel in zip(*anchors, strict=True)]
    table: Image8 = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return table


_TABLES: Final = {False: _table(_SEQUENTIAL), True: _table(_DIVERGING)}


def numbers(values: Values | float) -> NDArray[np.float32]:
    """Values on the CPU as finite float32; NaN and infinite values become zero."""
    array = values.detach().to("cpu", torch.float32).numpy() if isinstance(values, Tensor) else np.asarray(values)
    with np.errstate(over="ignore"):
        return np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def scale_of(*maps: Values) -> float:
    """The value that gets the strongest color, so that several maps can share one scale.

    It is the 99.5 percentile of |values| of the map where that is largest; 0 if all values are zero.
    """
    return max((_scale(np.abs(numbers(values))) for values in maps), default=0.0)


def _scale(sizes: NDArray[np.float32]) -> float:
    if not sizes.size:
        return 0.0
    return float(np.percentile(sizes, PERCENTILE)) or float(sizes.max())  # a few dots on zeros: the percentile is zero


def scales_of(maps: Values) -> NDArray[np.float32]:
    """The scale of each map (C, h, w) by itself: (C,)."""
    return np.array([_scale(sizes) for sizes in np.abs(numbers(maps))], np.float32)


def shares(values: Values, signed: bool, limit: float | Values | None) -> NDArray[np.float32]:
    """Values as shares of the limit, in [-1, 1] where signed, else in [0, 1]; all zero where the limit is not positive.

    `limit` is one number, an array that broadcasts against the values, or None for their own scale.
    """
    finite = numbers(values)
    scale = np.maximum(numbers(scale_of(finite) if limit is None else limit), 0)
    kept = np.clip(finite, -scale if signed else 0, scale)  # clipped first, so that the division cannot overflow
    return np.divide(kept, scale, out=np.zeros_like(kept), where=scale > 0)


def heat(values: Values, signed: bool, limit: float | Values | None = None) -> Image8:
    """The map (..., H, W) as colors, uint8 (..., H, W, 3).

    values: an array or a tensor on any device, of any scale.
    signed: whether negative values mean something. Unsigned maps are dark at zero (and below) and bright at `limit`
        (and above). Signed maps are blue at -limit, white at exactly zero and red at +limit.
    limit: in the unit of the values, one number or an array that broadcasts against them; None for the 99.5 percentile
        of |values|, so that a single extreme pixel does not darken the rest.

    Example:
        >>> import numpy as np, vizlib
        >>> vizlib.heat(np.array([[-1.0, 0.0, 1.0]]), signed=True).tolist()
        [[[3, 38, 109], [245, 245, 245], [101, 1, 18]]]
    """
    return colors(shares(values, signed, limit), signed)


def colors(share: NDArray[np.float32], signed: bool) -> Image8:
    """Shares in [-1, 1] (signed) or [0, 1] as colors (..., 3)."""
    half = _STEPS // 2
    steps = np.rint(share * half).astype(np.int16) + half if signed else np.rint(share * _STEPS).astype(np.int16)
    return np.take(_TABLES[signed], steps, axis=0)


def colorbar(signed: bool, limit: float, unit: str = "", width: int = 480, dark: bool = False) -> Image8:
    """A legend, uint8 (about width / 6, width, 3): the colors, their values and the unit; `dark` for dark pages."""
    size = max(14, width // 20)  # px, of the letters
    page = page_colors(dark)
    paper, ink = rgb(page.paper), rgb(page.ink)
    bar, margin, line = size * 5 // 4, size // 3, size * 5 // 4
    image = Image.new("RGB", (width, bar + 2 * margin + line * (2 if unit else 1)), paper)
    share = np.linspace(-1 if signed else 0, 1, width - 2 * margin, dtype=np.float32)
    image.paste(Image.fromarray(np.repeat(colors(share, signed)[None], bar, axis=0)), (margin, margin))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    ends = (-limit, 0.0, limit) if signed else (0.0, limit / 2, limit)
    texts = [(where, _short(value), 0) for where, value in zip((0.0, 0.5, 1.0), ends, strict=True)]
    for where, text, row in [*texts, (0.5, unit, 1)]:
        x = margin + where * (width - 2 * margin - draw.textlength(text, font))  # flush with either end
        draw.text((x, bar + margin * 3 // 2 + row * line), text, ink, font)
    return np.asarray(image)


def _short(value: float) -> str:
    """Three digits: 0.052, 12300, 1.05e-07."""
    text = f"{value:.3g}"
    return f"{float(text):.0f}" if 1000 <= abs(value) < 1e6 else text


def color_stops(signed: bool) -> list[tuple[float, str]]:
    """The color map for chart libraries: (share from 0 to 1, "#rrggbb")."""
    stops = _DIVERGING if signed else _SEQUENTIAL
    return [(i / (len(stops) - 1), f"#{r:02x}{g:02x}{b:02x}") for i, (r, g, b) in enumerate(stops)]
