"""A picture that Pillow has opened, of any mode, depth and color space -> upright 8-bit sRGB on white."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vizlib.pictures._profiles import Conversion
from vizlib.records import Box

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FULL_SCALES: Final = (1, 255, 65535, 2**31 - 1, 2**32 - 1)
_BITS_PER_SAMPLE: Final = 258
_PHOTOMETRIC: Final = 262
_STRIP: Final = 4_000_000  # pixels that are converted at once


def upright_srgb(image: Image.Image, orientation: int) -> Image.Image:
    """The picture in mode RGB, without metadata.

    `image` may be decoded already or not; `orientation` is EXIF's, 1 to 8. Passes on errors of decoding.
    """
    covered, clear, convert = _first_frame(image), _clear_gray(image), Conversion(image.info)
    image.load()  # what stands behind the pixels of a PNG does not count any more
    if image.format == "BMP" and image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        image = image.convert("RGB")  # programs that know no alpha leave zeros there
    levels = _levels(image, clear)
    color = Image.new("RGB", image.size)
    for box in _strips(image.size):
        base, alpha = _layers(levels(image.crop(box)))
        part = convert(base)
        if alpha is not None:
            part = Image.composite(part, Image.new("RGB", part.size, "white"), alpha)
        color.paste(part, box)
    if covered is not None:
        color, whole = Image.new("RGB", color.size, "white"), color
        color.paste(whole.crop(covered), covered)
    return color.transpose(_TURNS[orientation]) if orientation in _TURNS else color


def _first_frame(image: Image.Image) -> Box | None:
    """The part of a GIF, not decoded yet, that its first frame covers; None for the whole picture."""
    tiles = getattr(image, "tile", None)
    if image.format != "GIF" or not tiles:
        return None
    left, top, right, bottom = tiles[0][1]
    box = left, top, min(right, image.width), min(bottom, image.height)
    return None if box == (0, 0, *image.size) else box


def _clear_gray(image: Image.Image) -> int | None:
    """The transparent level of a gray PNG, not decoded yet, as a level of the decoded picture; None without one.

    Pillow gives the number in the file, which for 2 and 4 bits is not the level that it decodes to.
    """
    tiles, clear = getattr(image, "tile", None), image.info.get("transparency")
    if image.format != "PNG" or not tiles or not isinstance(clear, int):
        return None
    return clear * {"L;2": 85, "L;4": 17}.get(tiles[0][3], 1)


def _strips(size: tuple[int, int]) -> Iterator[Box]:
    """Boxes of whole rows that cover the picture: intermediate results need the memory of one part only."""
    width, height = size
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)


def _levels(image: Image.Image, clear: int | None) -> Callable[[Image.Image], Image.Image]:
    """The function that turns a part of the picture into 8 bits; gray of more bits is scaled, not cut off.

    `clear` is the transparent level before that, if there is one.
    """
    if not image.mode.startswith(("I", "F")):
        return lambda part: part if clear is None else _with_clear(part, clear)
    tags = getattr(image, "tag_v2", {})
    low, high = _range(image, tags if image.mode.startswith("I;16") else None)

    def scaled(part: Image.Image) -> Image.Image:
        numbers = _numbers(part)
        levels = np.rint((numbers - low) * (255 / (high - low))).astype(np.uint8)
        if clear is not None:
            return Image.fromarray(np.dstack([levels, np.where(numbers == clear, 0, 255).astype(np.uint8)]))
        return Image.fromarray(255 - levels if tags.get(_PHOTOMETRIC) == 0 else levels)

    return scaled


def _with_clear(part: Image.Image, clear: int) -> Image.Image:
    part.info["transparency"] = clear
    return part


def _numbers(part: Image.Image) -> NDArray[np.float64]:
    return np.nan_to_num(np.asarray(part).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _range(image: Image.Image, tags: Mapping[int, Any] | None) -> tuple[float, float]:
    """The values of black and white: by the sample's own depth if it is known (`tags` of a 16-bit picture).

    Otherwise the smallest usual full scale that holds all values (1, 8 bits, 16 bits ...), so that dark pictures stay
    dark; values below zero have no usual scale and are stretched.
    """
    if tags is not None:
        return 0, 2 ** int(np.max(tags.get(_BITS_PER_SAMPLE, 16))) - 1
    ends = [(each.min(), each.max()) for each in (_numbers(image.crop(box)) for box in _strips(image.size))]
    low, high = float(min(ends)[0]), float(max(end for _, end in ends))
    scale = next((scale for scale in _FULL_SCALES if high <= scale), None)
    if low < 0 or scale is None:
        return low, max(high, low + 1)
    return 0, scale


def _layers(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Color in one of the modes that profiles describe (L, RGB, CMYK, LAB), and opacity (None: opaque)."""
    image = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode))
    gray = image.mode in ("1", "L", "LA")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return rgba.getchannel("R") if gray else rgba.convert("RGB"), rgba.getchannel("A")
    if gray:
        return image.convert("L"), None
    return (image if image.mode in ("CMYK", "LAB") else image.convert("RGB")), None
