"""Whatever Pillow decodes, in any mode, depth and color space, becomes an upright 8-bit sRGB picture on white."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SAME: Final = 2  # levels of 255: a profile that moves no color further than this is sRGB under another name
_FULL_SCALES: Final = (1, 255, 65535, 2**31 - 1, 2**32 - 1)
_BITS_PER_SAMPLE: Final = 258
_PHOTOMETRIC: Final = 262


def upright_srgb(image: ImageFile.ImageFile, orientation: int) -> Image.Image:
    """A picture in mode RGB without metadata.

    `image` is opened, decoded or not; `orientation` is EXIF's, 1 to 8. Decoding errors pass through.
    """
    image.load()
    profile = image.info.get("icc_profile")
    base, alpha = _layers(_eight_bits(image))
    color = _to_srgb(base, profile)
    if alpha is not None:
        color = Image.composite(color, Image.new("RGB", color.size, "white"), alpha)
    if orientation in _TURNS:
        color = color.transpose(_TURNS[orientation])
    color.info = {}
    return color


def _eight_bits(image: Image.Image) -> Image.Image:
    """Gray pictures of more than 8 bits, scaled rather than cut off."""
    if not image.mode.startswith(("I", "F")):
        return image
    tags = getattr(image, "tag_v2", {})
    values = np.nan_to_num(np.asarray(image).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = _range(values, tags if image.mode.startswith("I;16") else None)
    levels = np.rint((values - low) * (255 / (high - low))).astype(np.uint8)
    return Image.fromarray(255 - levels if tags.get(_PHOTOMETRIC) == 0 else levels)


def _range(values: NDArray[np.float64], tags: Mapping[int, Any] | None) -> tuple[float, float]:
    """What is black and what is white: the sample's own depth where it is known (`tags` of a 16-bit picture).

    Otherwise the smallest usual full scale that holds all values (1, 8 bits, 16 bits ...), so that dark pictures stay
    dark; values below zero have no usual scale and are stretched.
    """
    if tags is not None:
        return 0, 2 ** int(np.max(tags.get(_BITS_PER_SAMPLE, 16))) - 1
    low, high = float(values.min()), float(values.max())
    scale = next((scale for scale in _FULL_SCALES if high <= scale), None)
    if low < 0 or scale is None:
        return low, max(high, low + 1)
    return 0, scale


def _layers(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Color in one of the modes that profiles speak of (L, RGB, CMYK, LAB), and how opaque it is."""
    image = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode))
    gray = image.mode in ("1", "L", "LA")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return rgba.getchannel("R") if gray else rgba.convert("RGB"), rgba.getchannel("A")
    if gray:
        return image.convert("L"), None
    return (image if image.mode in ("CMYK", "LAB") else image.convert("RGB")), None


def _to_srgb(base: Image.Image, profile: bytes | None) -> Image.Image:
    if base.mode == "LAB":
        return _applied(base, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile:
        try:
            return _applied(base, ImageCms.ImageCmsProfile(BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken or foreign profile says nothing about the colors: read them as if it were not there
    return base.convert("RGB")


def _applied(base: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    if base.mode == "L" and profile.profile.xcolor_space.strip() == "RGB":
        base = base.convert("RGB")
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), base.mode, "RGB")
    if base.mode == "RGB" and _changes_little(transform):
        return base  # to the last level: most photographs say that they are sRGB
    converted = ImageCms.applyTransform(base, transform)
    return base.convert("RGB") if converted is None else converted


def _changes_little(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform), np.int16) - cube
    return int(np.abs(moved).max()) <= _SAME
