"""Colors of any color space -> sRGB, by the picture's ICC profile or by the numbers in its header.

A PNG can name its colors in four ways, of which browsers follow the first that is there and makes sense: cICP (numbers
of ITU-T H.273), iCCP (an ICC profile), sRGB, and gAMA with or without cHRM. Numbers are made into an ICC profile, so
that Little CMS converts all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image, ImageCms

_SAME: Final = 2  # levels of 255: a profile that moves no color further than this is sRGB under another name
_NEAR: Final = 0.05  # share by which a gamma may differ from 1 / 2.2 and mean an ordinary screen: browsers ignore it

# (g, a, b, c, d): light is (a x + b) ** g from the level d on, and c x below
_SRGB: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_BT_1886: Final = (2.4, 1.0, 0.0, 0.0, 0.0)  # how screens show what BT.601, BT.709 and BT.2020 record
_TRANSFERS: Final = {
    **dict.fromkeys((1, 6, 11, 14, 15), _BT_1886),
    4: (2.2, 1.0, 0.0, 0.0, 0.0),
    5: (2.8, 1.0, 0.0, 0.0, 0.0),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: (1.0, 1.0, 0.0, 0.0, 0.0),
    13: _SRGB,
    17: (2.6, (52.37 / 48) ** (1 / 2.6), 0.0, 0.0, 0.0),
}
_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
_BT_601: Final = (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)
_BT_709_XY: Final = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES: Final = {  # x and y of white, red, green and blue
    1: _BT_709_XY,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: _BT_601,
    7: _BT_601,
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_BRADFORD: Final = np.array([(0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)])
_D50: Final = np.array([0.9642, 1.0, 0.8249])


class Conversion:
    """Converts parts of a picture, in mode L, RGB, CMYK or LAB, to sRGB; `info` is the picture's, as Pillow reads it.

    `info["cicp"]` are the numbers (primaries, transfer) of H.273, which Pillow does not read.
    """

    def __init__(self, info: Mapping[Any, Any]) -> None:
        self._profiles = list(_profiles(info))
        self._transforms: dict[str, ImageCms.ImageCmsTransform | None] = {}

    def __call__(self, base: Image.Image) -> Image.Image:
        if base.mode not in self._transforms:
            self._transforms[base.mode] = _transform(base.mode, self._profiles)
        transform = self._transforms[base.mode]
        if transform is None:
            return base.convert("RGB")
        if base.mode != transform.input_mode:
            base = base.convert(transform.input_mode)
        try:
            return ImageCms.applyTransform(base, transform) or base.convert("RGB")
        except ImageCms.PyCMSError:
            return base.convert("RGB")


def _profiles(info: Mapping[Any, Any]) -> Iterator[bytes]:
    """The picture's ICC profiles; the first one that fits the picture counts."""
    primaries, transfer = info.get("cicp", (None, None))
    if primaries in _PRIMARIES and transfer in _TRANSFERS:
        yield _profile(_PRIMARIES[primaries], _TRANSFERS[transfer])
    if info.get("icc_profile"):
        yield info["icc_profile"]
    gamma = info.get("gamma", 0)
    if "srgb" in info or not gamma:
        return
    if "chromaticity" in info:
        yield _profile(info["chromaticity"], (1 / gamma, 1.0, 0.0, 0.0, 0.0))
    elif abs(2.2 * gamma - 1) > _NEAR:
        yield _profile(_BT_709_XY, (1 / gamma, 1.0, 0.0, 0.0, 0.0))


def _profile(xy: tuple[float, ...], curve: tuple[float, ...]) -> bytes:
    """An ICC profile of these primaries and this curve; b"" for primaries that span no colors."""
    white, *colors = ((x, y, 1 - x - y) for x, y in zip(xy[::2], xy[1::2], strict=True))
    columns = np.array(colors).T
    if min(xy) < 0 or max(xy) > 1 or not white[1] or abs(np.linalg.det(columns)) < 1e-6:
        return b""
    light = np.array(white) / white[1]
    columns = columns * np.linalg.solve(columns, light)
    adapted = np.linalg.solve(_BRADFORD, np.diag(_BRADFORD @ _D50 / (_BRADFORD @ light)) @ _BRADFORD @ columns)
    tags = {key + b"XYZ": b"XYZ " + bytes(4) + _fixed(*xyz) for key, xyz in zip((b"r", b"g", b"b"), adapted.T)}
    power = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(*curve)
    return _packed(tags | {key + b"TRC": power for key in (b"r", b"g", b"b")})


def _packed(tags: Mapping[bytes, bytes]) -> bytes:
    tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(*_D50), **tags}
    index, body, start = b"", b"", 132 + 12 * len(tags)
    for key, content in tags.items():
        index += key + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + _fixed(*_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(min(max(value, -32000), 32000) * 65536) for value in values))


def _transform(mode: str, profiles: list[bytes]) -> ImageCms.ImageCmsTransform | None:
    """None if the levels are sRGB already, or are read as sRGB."""
    if mode == "LAB":
        return _built(mode, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    for profile in profiles:
        try:
            return _built(mode, ImageCms.ImageCmsProfile(BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            continue  # a broken or foreign profile is ignored
    return None


def _built(mode: str, profile: ImageCms.ImageCmsProfile) -> ImageCms.ImageCmsTransform | None:
    if mode == "L" and profile.profile.xcolor_space.strip() == "RGB":
        mode = "RGB"
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC  # the others brighten the black of inks, which browsers do not
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", intent)
    # Most photographs have a profile that is sRGB in all but name: without the transform their pixels stay exact.
    same = mode == "RGB" and _changes_little(transform)
    return None if same else transform


def _changes_little(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform), np.int16) - cube
    return int(np.abs(moved).max()) <= _SAME
