"""What headers say and Pillow does not read: kinds of pictures in ISO media files, numbers of colors, BMP's profile."""

from __future__ import annotations

import re
import struct
from typing import Final

PNG: Final = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS: Final = 1000  # read at most before the pixels
_MAX_BRANDS: Final = 64
_MAX_BOXES: Final = 2**16  # bytes
_NUMBERS: Final = re.compile(rb"colrnclx(.{4})", re.DOTALL)
_SRGB: Final = 13
_OF_VIDEO: Final = (1, 6, 14, 15)  # curves that browsers show like sRGB's in AVIF, but not in PNG
_BITFIELDS: Final = 3


def png_chunk(data: bytes, name: bytes, start: bytes = b"") -> bytes | None:
    """The content of the first chunk of this name that begins with `start`, before the pixels of a PNG file."""
    at = len(PNG) if data.startswith(PNG) else len(data)
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            return None
        length, found = struct.unpack_from(">I4s", data, at)
        if found == b"IDAT":
            return None
        if found == name and data.startswith(start, at + 8):
            return data[at + 8 : at + 8 + length]
        at += 12 + length
    return None


def png_numbers(data: bytes) -> tuple[int, int] | None:
    """The primaries and the transfer that the chunk cICP names; None for YCbCr and for a part of the range."""
    body = png_chunk(data, b"cICP") or b""
    return (body[0], body[1]) if len(body) == 4 and body[2:] == b"\0\1" else None


def avif_numbers(data: bytes) -> tuple[int, int] | None:
    """The primaries and the transfer that the box "colr" of an AVIF file names; None beside an ICC profile."""
    found = _NUMBERS.search(data, 0, _MAX_BOXES)
    profile = data.find(b"colrprof", 0, _MAX_BOXES) >= 0 or data.find(b"colrrICC", 0, _MAX_BOXES) >= 0
    if found is None or profile:
        return None
    primaries, transfer = struct.unpack(">HH", found[1])
    return primaries, _SRGB if transfer in _OF_VIDEO else transfer


def brands(data: bytes) -> tuple[bytes, ...]:
    """What an ISO media file says it is: its main brand, then those that it is compatible with. () for other files."""
    if data[4:8] != b"ftyp":
        return ()
    end = min(struct.unpack_from(">I", data)[0], 16 + 4 * _MAX_BRANDS)
    return tuple(data[at : at + 4] for at in (8, *range(16, end, 4)))


def bmp_with_masks(data: bytes) -> bytes:
    """A BMP file of 32 bits that gives masks with alpha and calls itself uncompressed, marked so that Pillow sees them.

    Browsers read the masks of every header that has them.
    """
    if len(data) < 70 or struct.unpack_from("<I", data, 14)[0] < 56:
        return data
    bits, compression = struct.unpack_from("<HI", data, 28)
    alpha = struct.unpack_from("<I", data, 66)[0]
    if bits != 32 or compression or not alpha:
        return data
    return data[:30] + struct.pack("<I", _BITFIELDS) + data[34:]


def bmp_profile(data: bytes) -> bytes | None:
    """The ICC profile inside a BMP file of version 5."""
    if len(data) < 138 or struct.unpack_from("<I", data, 14)[0] != 124 or data[70:74] != b"DEBM":
        return None
    start, size = struct.unpack_from("<II", data, 126)
    return data[14 + start : 14 + start + size]
