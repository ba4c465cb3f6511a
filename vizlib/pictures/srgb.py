"""A picture that Pillow has opened, of any mode, depth and color space -> upright 8-bit sRGB on white."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile

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
_SAME: Final = 2  # levels of 255: a profile that moves no color further than this is sRGB under another name
_FULL_SCALES: Final = (1, 255, 65535, 2**31 - 1, 2**32 - 1)
_BITS_PER_SAMPLE: Final = 258
_PHOTOMETRIC: Final = 262
_STRIP: Final = 4_000_000  # pixels that are converted at once


def upright_srgb(image: ImageFile.ImageFile, orientation: int) -> Image.Image:
    """The picture in mode RGB, without metadata.

    `image` may be decoded already or not; `orientation` is EXIF's, 1 to 8. Passes on errors of decoding.
    """
    image.load()
    convert, levels = _Conversion(image.info.get("icc_profile")), _levels(image)
    color = Image.new("RGB", image.size)
    for box in _strips(image.size):
        base, alpha = _layers(levels(image.crop(box)))
        part = convert(base)
        if alpha is not None:
            part = Image.composite(part, Image.new("RGB", part.size, "white"), alpha)
        color.paste(part, box)
    return color.transpose(_TURNS[orientation]) if orientation in _TURNS else color


def _strips(size: tuple[int, int]) -> Iterator[Box]:
    """Boxes of whole rows that cover the picture: intermediate results need the memory of one part only."""
    width, height = size
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)


def _levels(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """The function that turns a part of the picture into 8 bits; gray of more bits is scaled, not cut off."""
    if not image.mode.startswith(("I", "F")):
        return lambda part: part
    tags = getattr(image, "tag_v2", {})
    low, high = _range(image, tags if image.mode.startswith("I;16") else None)

    def scaled(part: Image.Image) -> Image.Image:
        levels = np.rint((_numbers(part) - low) * (255 / (high - low))).astype(np.uint8)
        return Image.fromarray(255 - levels if tags.get(_PHOTOMETRIC) == 0 else levels)

    return scaled


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


class _Conversion:
    """Converts colors of any of these modes to sRGB, by the picture's profile if it has a valid one."""

    def __init__(self, profile: bytes | None) -> None:
        self._profile = profile
        self._transforms: dict[str, ImageCms.ImageCmsTransform | None] = {}

    def __call__(self, base: Image.Image) -> Image.Image:
        if base.mode not in self._transforms:
            self._transforms[base.mode] = _transform(base.mode, self._profile)
        transform = self._transforms[base.mode]
        if transform is None:
            return base.convert("RGB")
        if base.mode != transform.input_mode:
            base = base.convert(transform.input_mode)
        try:
            return ImageCms.applyTransform(base, transform) or base.convert("RGB")
        except ImageCms.PyCMSError:
            return base.convert("RGB")


def _transform(mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """None if the levels are sRGB already, or are read as sRGB."""
    if mode == "LAB":
        return _built(mode, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile:
        try:
            return _built(mode, ImageCms.ImageCmsProfile(BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken or foreign profile is ignored
    return None


def _built(mode: str, profile: ImageCms.ImageCmsProfile) -> ImageCms.ImageCmsTransform | None:
    if mode == "L" and profile.profile.xcolor_space.strip() == "RGB":
        mode = "RGB"
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    # Most photographs have a profile that is sRGB in all but name: without the transform their pixels stay exact.
    same = mode == "RGB" and _changes_little(transform)
    return None if same else transform


def _changes_little(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform), np.int16) - cube
    return int(np.abs(moved).max()) <= _SAME
