"""One chart of twelve colors in many files: every way in which a header says how the colors are meant.

`variants()` yields them all. The charts are 64 x 48 px, twelve squares of 16 px, so that the colors survive lossy
files too. `benchmarks.accuracy.browser_colors` compares what a browser shows of each with what `open_picture` gives.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.int64]
SQUARE = 16  # px
COLORS = np.array(
    [
        [(200, 60, 20), (20, 120, 220), (128, 128, 128), (255, 0, 0)],
        [(0, 255, 0), (0, 0, 255), (40, 40, 40), (220, 220, 220)],
        [(250, 210, 20), (90, 30, 120), (10, 5, 0), (255, 255, 255)],
    ]
)
OPACITIES = np.array([[255, 200, 128, 64], [0, 255, 30, 128], [255, 128, 0, 1]])
MATRIX_P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))  # XYZ, adapted to D50
MATRIX_SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
XY_SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)  # white, red, green, blue, of 100000
XY_P3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
XY_SWAPPED = (31270, 32900, 15000, 6000, 30000, 60000, 64000, 33000)


@dataclass(frozen=True)
class Variant:
    """One file."""

    format: str
    name: str
    make: Callable[[], bytes]
    shown: Callable[[], bytes] | None = None  # the same as a file that browsers show, where they do not show this one
    reason: str = ""  # why `open_picture` gives other colors on purpose, or cannot give the same; "" where it must


def spread(values: Numbers) -> Numbers:
    """Values (3, 4, ...) as the squares of a chart (48, 64, ...)."""
    return np.asarray(values).repeat(SQUARE, 0).repeat(SQUARE, 1)


def rgb() -> Numbers:
    return spread(COLORS)


def rgba() -> Numbers:
    return np.concatenate([rgb(), spread(OPACITIES)[..., None]], 2)


def gray() -> Numbers:
    """(48, 64, 1): twelve grays from black to white."""
    return spread(np.linspace(0, 255, 12).round().astype(int).reshape(3, 4, 1))


def gray_alpha() -> Numbers:
    return np.concatenate([gray(), spread(OPACITIES)[..., None]], 2)


def indices() -> Numbers:
    return spread(np.arange(12).reshape(3, 4, 1))


def image(values: Numbers, mode: str | None = None) -> Image.Image:
    return Image.fromarray(values.astype(np.uint8).squeeze(), mode)


def saved(picture: Image.Image, kind: str, **words: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **words)
    return file.getvalue()


# ICC profiles


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def profile(tags: dict[bytes, bytes], space: bytes, kind: bytes = b"mntr", connection: bytes = b"XYZ ") -> bytes:
    """A minimal ICC profile of version 2."""
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249)
    tags = {
        b"desc": name + bytes(-len(name) % 4),
        b"wtpt": white,
        b"cprt": b"text" + bytes(4) + b"none" + bytes(4),
        **tags,
    }
    index, body, start = b"", b"", 132 + 12 * len(tags)
    for key, content in tags.items():
        content += bytes(-len(content) % 4)
        index += key + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, kind, space, connection)
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def power(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def matrix(primaries: tuple[tuple[float, ...], ...], gamma: float = 2.2) -> bytes:
    names = zip((b"r", b"g", b"b"), primaries, strict=True)
    tags = {key + b"XYZ": b"XYZ " + bytes(4) + fixed(*xyz) for key, xyz in names}
    return profile(tags | {key + b"TRC": power(gamma) for key in (b"r", b"g", b"b")}, b"RGB ")


def gray_profile(gamma: float) -> bytes:
    return profile({b"kTRC": power(gamma)}, b"GRAY")


def ink_profile() -> bytes:
    """CMYK inks that are not pure: a table with nine points per ink, to L*a*b*."""
    inks = np.array([(0.45, 0.7, 0.9), (0.75, 0.2, 0.5), (0.95, 0.9, 0.2), (0.15, 0.15, 0.15)])
    table = b""
    for corner in np.ndindex(9, 9, 9, 9):
        red, green, blue = np.prod(1 - np.array(corner)[:, None] / 8 * (1 - inks), axis=0)
        level = (red + green + blue) / 3
        table += bytes(
            int(np.clip(each, 0, 255))
            for each in (255 * level**0.5, 128 + 120 * (red - green), 128 + 120 * (green - blue))
        )
    straight = bytes(range(256))
    lut = (
        b"mft1"
        + bytes(4)
        + bytes([4, 3, 9, 0])
        + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
        + straight * 4
        + table
        + straight * 3
    )
    return profile({b"A2B0": lut}, b"CMYK", b"prtr", b"Lab ")


P3, LINEAR, SWAPPED = matrix(MATRIX_P3), matrix(MATRIX_SRGB, 1.0), matrix(MATRIX_SRGB[::-1])


def orientation(number: int) -> bytes:
    return b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHI", number, 0, 0)


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<r:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></r:RDF></x:xmpmeta>"""


# PNG


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def g_ama(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100000)))


def c_hrm(values: tuple[int, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *values))


def s_rgb(intent: int = 0) -> bytes:
    return chunk(b"sRGB", bytes([intent]))


def i_ccp(data: bytes) -> bytes:
    return chunk(b"iCCP", b"x\0\0" + zlib.compress(data))


def c_icp(primaries: int, transfer: int, coefficients: int = 0, full: int = 1) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, coefficients, full]))


def packed(values: Numbers, depth: int) -> bytes:
    """The rows of a PNG, each without a filter."""
    height, rows = len(values), values.reshape(len(values), -1)
    if depth == 16:
        lines = rows.astype(">u2").view(np.uint8).reshape(height, -1)
    elif depth == 8:
        lines = rows.astype(np.uint8)
    else:
        bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        lines = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    return b"".join(b"\0" + line.tobytes() for line in lines)


ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def png(
    values: Numbers, *before: bytes, color: int = 2, depth: int = 8, laced: bool = False, after: bytes = b""
) -> bytes:
    """Values (H, W, channels) as a PNG with these chunks before and after its pixels."""
    parts = [values[y::dy, x::dx] for y, x, dy, dx in ADAM7] if laced else [values]
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], depth, color, 0, 0, laced)
    pixels = chunk(b"IDAT", zlib.compress(b"".join(packed(part, depth) for part in parts)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(before) + pixels + after + chunk(b"IEND", b"")


def palette(clear: bytes = b"") -> tuple[bytes, ...]:
    colors = chunk(b"PLTE", COLORS.astype(np.uint8).tobytes())
    return (colors, chunk(b"tRNS", clear)) if clear else (colors,)


def animated() -> bytes:
    """A PNG whose second picture is blue; the first one is the chart."""
    control = struct.pack(">IIIIIHHBB", 0, 64, 48, 0, 0, 100, 1, 0, 0)
    second = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 1, 64, 48, 0, 0, 100, 1, 0, 0))
    blue = np.zeros_like(rgb()) + np.array([0, 0, 255])
    second += chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(packed(blue, 8)))
    return png(rgb(), chunk(b"acTL", struct.pack(">II", 2, 1)), chunk(b"fcTL", control), after=second)


CLEAR = OPACITIES.astype(np.uint8).tobytes()


def _png_kinds() -> Iterator[tuple[str, bytes]]:
    yield "RGB", png(rgb())
    yield "RGBA", png(rgba(), color=6)
    yield "gray", png(gray(), color=0)
    yield "gray and alpha", png(gray_alpha(), color=4)
    yield "16 bits", png(rgb() * 257, depth=16)
    yield "16 bits, low byte", png(rgb() * 256 + 130 * (rgb() < 255), depth=16)
    yield "16 bits and alpha", png(rgba() * 257, color=6, depth=16)
    yield "16 bits, gray", png(gray() * 257, color=0, depth=16)
    yield "16 bits, gray, low byte", png(gray() * 256 + 130 * (gray() < 255), color=0, depth=16)
    yield "16 bits, gray and alpha", png(gray_alpha() * 257, color=4, depth=16)
    for depth in (1, 2, 4):
        yield f"{depth} bits, gray", png(indices() % 2**depth, color=0, depth=depth)
    yield "palette", png(indices(), *palette(), color=3)
    yield "palette of 4 bits", png(indices(), *palette(), color=3, depth=4)
    yield "palette, tRNS", png(indices(), *palette(CLEAR), color=3)
    yield "palette, short tRNS", png(indices(), *palette(CLEAR[:2]), color=3)
    yield "RGB, tRNS", png(rgb(), chunk(b"tRNS", struct.pack(">3H", 200, 60, 20)))
    yield "gray, tRNS", png(gray(), chunk(b"tRNS", struct.pack(">H", 116)), color=0)
    yield "1 bit, gray, tRNS", png(indices() % 2, chunk(b"tRNS", b"\0\1"), color=0, depth=1)
    yield "2 bits, gray, tRNS", png(indices() % 4, chunk(b"tRNS", b"\0\2"), color=0, depth=2)
    yield "16 bits, tRNS", png(rgb() * 257, chunk(b"tRNS", struct.pack(">3H", 51400, 15420, 5140)), depth=16)
    yield (
        "16 bits, tRNS, low byte differs",
        png(rgb() * 257, chunk(b"tRNS", struct.pack(">3H", 51401, 15420, 5140)), depth=16),
    )
    yield "16 bits, gray, tRNS", png(gray() * 257, chunk(b"tRNS", struct.pack(">H", 116 * 257)), color=0, depth=16)
    yield "interlaced", png(rgb(), laced=True)
    yield "interlaced, RGBA of 16 bits", png(rgba() * 257, color=6, depth=16, laced=True)
    yield "interlaced palette of 4 bits", png(indices(), *palette(CLEAR), color=3, depth=4, laced=True)
    yield "animated", animated()
    yield "bKGD", png(rgba(), chunk(b"bKGD", struct.pack(">3H", 255, 0, 0)), color=6)
    yield "sBIT", png(rgb(), chunk(b"sBIT", b"\5\6\5"))
    yield "pHYs, not square", png(rgb(), chunk(b"pHYs", struct.pack(">IIB", 1000, 2000, 1)))


def _png_gammas() -> Iterator[tuple[str, bytes]]:
    for value in (1.0, 0.5, 0.478, 0.477, 0.45455, 0.432, 0.431, 0.3, 2.0, 0.0, 0.00001, 21000.0):
        yield f"gAMA {value:g}", png(rgb(), g_ama(value))
    yield "gAMA 1, RGBA", png(rgba(), g_ama(1.0), color=6)
    yield "gAMA 1, gray", png(gray(), g_ama(1.0), color=0)
    yield "gAMA 1, gray and alpha", png(gray_alpha(), g_ama(1.0), color=4)
    yield "gAMA 1, palette, tRNS", png(indices(), g_ama(1.0), *palette(CLEAR), color=3)
    yield "gAMA 1, 16 bits", png(rgb() * 257, g_ama(1.0), depth=16)
    yield "gAMA 1, 16 bits, gray", png(gray() * 257, g_ama(1.0), color=0, depth=16)
    yield "gAMA 1, 16 bits, low byte", png(rgb() * 256 + 130 * (rgb() < 255), g_ama(1.0), depth=16)
    yield "gAMA 1, 16 bits, gray, low byte", png(gray() * 256 + 130 * (gray() < 255), g_ama(1.0), color=0, depth=16)
    yield "gAMA after the pixels", png(rgb(), after=g_ama(1.0))
    yield "gAMA twice", png(rgb(), g_ama(1.0), g_ama(0.3))
    yield "gAMA with a wrong checksum", png(rgb(), g_ama(1.0)[:-4] + b"oops")
    yield "gAMA, too short", png(rgb(), chunk(b"gAMA", b"\0\1"))
    yield "gAMA and sRGB", png(rgb(), g_ama(1.0), s_rgb())
    yield "gAMA and iCCP", png(rgb(), g_ama(1.0), i_ccp(P3))
    yield "gAMA and broken iCCP", png(rgb(), g_ama(1.0), i_ccp(b"broken" * 40))


def _png_primaries() -> Iterator[tuple[str, bytes]]:
    yield "cHRM of P3", png(rgb(), c_hrm(XY_P3))
    yield "cHRM of P3, gAMA 0.45455", png(rgb(), c_hrm(XY_P3), g_ama(0.45455))
    yield "cHRM of P3, gAMA 1", png(rgb(), c_hrm(XY_P3), g_ama(1.0))
    yield "cHRM of P3, gAMA, RGBA", png(rgba(), c_hrm(XY_P3), g_ama(0.45455), color=6)
    yield "cHRM of P3, gAMA, gray", png(gray(), c_hrm(XY_P3), g_ama(0.45455), color=0)
    yield "cHRM of P3, sRGB", png(rgb(), c_hrm(XY_P3), s_rgb())
    yield "cHRM of sRGB, gAMA 0.45455", png(rgb(), c_hrm(XY_SRGB), g_ama(0.45455))
    yield "cHRM, red and blue exchanged, gAMA", png(rgb(), c_hrm(XY_SWAPPED), g_ama(0.45455))
    yield "cHRM of zeros, gAMA 1", png(rgb(), c_hrm((0,) * 8), g_ama(1.0))
    yield "cHRM of one point, gAMA 1", png(rgb(), c_hrm((31270, 32900) * 4), g_ama(1.0))
    yield "cHRM, warm white, gAMA", png(rgb(), c_hrm((44757, 40745, *XY_SRGB[2:])), g_ama(0.45455))
    for intent in (0, 3, 9):
        yield f"sRGB, intent {intent}", png(rgb(), s_rgb(intent))


def _png_profiles() -> Iterator[tuple[str, bytes]]:
    yield "iCCP of P3", png(rgb(), i_ccp(P3))
    yield "iCCP, linear", png(rgb(), i_ccp(LINEAR))
    yield "iCCP, red and blue exchanged", png(rgb(), i_ccp(SWAPPED))
    yield "iCCP of P3, RGBA", png(rgba(), i_ccp(P3), color=6)
    yield "iCCP of P3, palette, tRNS", png(indices(), i_ccp(P3), *palette(CLEAR), color=3)
    yield "iCCP of P3, 16 bits", png(rgb() * 257, i_ccp(P3), depth=16)
    yield "iCCP of P3 on gray", png(gray(), i_ccp(P3), color=0)
    yield "iCCP of gray on gray", png(gray(), i_ccp(gray_profile(1.0)), color=0)
    yield "iCCP of gray, gray and alpha", png(gray_alpha(), i_ccp(gray_profile(1.0)), color=4)
    yield "iCCP of gray on 16 bits", png(gray() * 257, i_ccp(gray_profile(1.0)), color=0, depth=16)
    yield "iCCP of gray on RGB", png(rgb(), i_ccp(gray_profile(1.0)))
    yield "iCCP of CMYK on RGB", png(rgb(), i_ccp(ink_profile()))
    yield "iCCP, broken", png(rgb(), i_ccp(b"broken" * 40))
    yield "iCCP and sRGB", png(rgb(), i_ccp(P3), s_rgb())


def _png_numbers() -> Iterator[tuple[str, bytes]]:
    for primaries in (*range(13), 22, 23):
        yield f"cICP, primaries {primaries}", png(rgb(), c_icp(primaries, 13))
    for transfer in range(20):
        yield f"cICP, transfer {transfer}", png(rgb(), c_icp(1, transfer))
    yield "cICP of BT.2020", png(rgb(), c_icp(9, 14))
    yield "cICP of P3, gray and alpha", png(gray_alpha(), c_icp(12, 8), color=4)
    yield "cICP of P3, RGBA", png(rgba(), c_icp(12, 13), color=6)
    yield "cICP of P3, gray", png(gray(), c_icp(12, 8), color=0)
    yield "cICP of P3, 16 bits", png(rgb() * 257, c_icp(12, 13), depth=16)
    yield "cICP of sRGB, gAMA 1", png(rgb(), c_icp(1, 13), g_ama(1.0))
    yield "cICP of sRGB, iCCP of P3", png(rgb(), c_icp(1, 13), i_ccp(P3))
    yield "cICP of P3, sRGB", png(rgb(), c_icp(12, 13), s_rgb())
    yield "cICP, narrow range", png(rgb(), c_icp(1, 13, 0, 0))
    yield "cICP, coefficients", png(rgb(), c_icp(12, 13, 1))
    yield "cICP, unknown", png(rgb(), c_icp(2, 2))
    yield "cICP, reserved", png(rgb(), c_icp(99, 13))
    yield "cICP after the pixels", png(rgb(), after=c_icp(12, 13))


def _png_turns() -> Iterator[tuple[str, bytes]]:
    for number in (3, 6):
        yield f"eXIf, orientation {number}", png(rgb(), chunk(b"eXIf", orientation(number)[6:]))
    yield "XMP, orientation 6", png(rgb(), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))


# BMP


def bmp(values: Numbers, bits: int, masks: tuple[int, ...] = (), size: int = 40, **more: Any) -> bytes:
    """Values (H, W, channels in the order of the file), with masks of 3 or 4 channels and a header of this size.

    `more`: compression, colors (of a palette), pixels (packed already), top_down, rest (of the header), after (the
    pixels).
    """
    height, width = values.shape[:2]
    rows, down = values, more.get("top_down", False)
    flat = (rows if down else rows[::-1]).astype({16: "<u2", 32: "<u4"}.get(bits, np.uint8)).reshape(height, -1)
    pixels = more.get("pixels") or b"".join(line.tobytes() + bytes(-line.nbytes % 4) for line in flat)
    compression, colors = more.get("compression", 3 if masks else 0), more.get("colors", b"")
    sides = (width * 8 // bits if bits < 8 else width, -height if down else height)
    head = struct.pack("<IiiHHII", size, *sides, 1, bits, compression, len(pixels))
    head += struct.pack("<iiII", 2835, 2835, len(colors) // 4, 0)
    fields = b"".join(struct.pack("<I", mask) for mask in masks)
    body = (fields.ljust(16, b"\0") + more.get("rest", b"")).ljust(size - 40, b"\0") if size > 40 else fields
    start = 14 + len(head) + len(body) + len(colors)
    first = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    return first + head + body + colors + pixels + more.get("after", b"")


def words(channels: Numbers, places: tuple[int, ...], depths: tuple[int, ...]) -> Numbers:
    """Channels (H, W, C) of 8 bits in one number per pixel, each of so many bits at its place."""
    total = np.zeros((*channels.shape[:2], 1), np.int64)
    for each, (place, depth) in enumerate(zip(places, depths, strict=True)):
        total += (channels[..., each : each + 1] * (2**depth - 1) + 127) // 255 << place
    return total


def bgr() -> Numbers:
    return rgb()[..., ::-1]


def bgra(opacity: int | None = None) -> Numbers:
    alpha = spread(OPACITIES)[..., None] if opacity is None else np.full_like(gray(), opacity)
    return np.concatenate([bgr(), alpha], 2)


def rle(rows: Numbers, bits: int) -> bytes:
    found = b""
    for row in rows[::-1, :, 0].tolist():
        runs = [(row[at], SQUARE) for at in range(0, len(row), SQUARE)]
        found += b"".join(bytes([count, value if bits == 8 else value * 17]) for value, count in runs) + b"\0\0"
    return found + b"\0\1"


COLORS_OF_BMP = b"".join(bytes([b, g, r, 0]) for r, g, b in COLORS.reshape(-1, 3).tolist())
BGRA = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


def _bmps() -> Iterator[tuple[str, bytes]]:
    for name, opacity in (("0", 0), ("255", 255), ("mixed", None)):
        four = words(bgra(opacity), (0, 8, 16, 24), (8,) * 4)
        yield f"32 bits, fourth byte {name}", bmp(four, 32)
        yield f"32 bits, V3, alpha {name}", bmp(four, 32, BGRA, 56)
        yield f"32 bits, V4, alpha {name}", bmp(four, 32, BGRA, 108)
        yield f"32 bits, V5, alpha {name}", bmp(four, 32, BGRA, 124, rest=b"BGRs")
        yield f"32 bits, V5 without alpha mask, fourth byte {name}", bmp(four, 32, BGRA[:3], 124, rest=b"BGRs")
        yield f"32 bits, V5, not BITFIELDS, alpha {name}", bmp(four, 32, BGRA, 124, compression=0)
    one = bgra(0)
    one[:8, :8, 3] = 255
    yield "32 bits, V5, alpha 0 but in one corner", bmp(words(one, (0, 8, 16, 24), (8,) * 4), 32, BGRA, 124)
    yield (
        "32 bits, V4, RGBA order",
        bmp(words(rgba(), (0, 8, 16, 24), (8,) * 4), 32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000), 108),
    )
    yield (
        "32 bits, V4, ABGR order",
        bmp(words(rgba(), (24, 16, 8, 0), (8,) * 4), 32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF), 108),
    )
    yield "32 bits, 10 bits a color", bmp(words(rgb(), (20, 10, 0), (10,) * 3), 32, (0x3FF00000, 0xFFC00, 0x3FF))


def _small_bmps() -> Iterator[tuple[str, bytes]]:
    """Those of 24 bits a pixel and fewer."""
    yield "24 bits", bmp(bgr(), 24)
    yield "24 bits, top down", bmp(bgr(), 24, top_down=True)
    yield "16 bits", bmp(words(rgb(), (10, 5, 0), (5, 5, 5)), 16)
    yield "16 bits, 565", bmp(words(rgb(), (11, 5, 0), (5, 6, 5)), 16, (0xF800, 0x7E0, 0x1F))
    yield "16 bits, 555", bmp(words(rgb(), (10, 5, 0), (5, 5, 5)), 16, (0x7C00, 0x3E0, 0x1F))
    yield "16 bits, 444", bmp(words(rgb(), (8, 4, 0), (4, 4, 4)), 16, (0xF00, 0xF0, 0xF))
    yield "16 bits, V4, 1555", bmp(words(rgba(), (10, 5, 0, 15), (5, 5, 5, 1)), 16, (0x7C00, 0x3E0, 0x1F, 0x8000), 108)
    yield "16 bits, V4, 4444", bmp(words(rgba(), (8, 4, 0, 12), (4, 4, 4, 4)), 16, (0xF00, 0xF0, 0xF, 0xF000), 108)
    yield "8 bits", bmp(indices(), 8, colors=COLORS_OF_BMP)
    four_bits = indices()[:, ::2] * 16 + indices()[:, 1::2]
    yield "4 bits", bmp(four_bits, 4, colors=COLORS_OF_BMP)
    one_bit = np.packbits((indices() % 2).astype(np.uint8)[..., 0], axis=1)[..., None].astype(int)
    yield "1 bit", bmp(one_bit, 1, colors=COLORS_OF_BMP[:8])
    yield "8 bits, RLE", bmp(indices(), 8, compression=1, colors=COLORS_OF_BMP, pixels=rle(indices(), 8))
    yield "4 bits, RLE", bmp(indices()[:, ::2], 4, compression=2, colors=COLORS_OF_BMP, pixels=rle(indices(), 4))
    linear = struct.pack("<I", 0) + bytes(36) + struct.pack("<III", 65536, 65536, 65536)
    yield "V4, calibrated, gamma 1", bmp(bgr(), 24, (0, 0, 0), 108, compression=0, rest=linear)
    inside = b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + rgb().size, len(P3), 0)
    yield "V5, ICC profile of P3", bmp(bgr(), 24, (0, 0, 0), 124, compression=0, rest=inside, after=P3)
    core = b"BM" + struct.pack("<IHHIIHHHH", 0, 0, 0, 26, 12, 64, 48, 1, 24)
    yield "OS/2", core + bgr()[::-1].astype(np.uint8).tobytes()


# JPEG, WebP, GIF, AVIF, TIFF


def ycck() -> bytes:
    """Inks as luma and chroma, as Adobe's programs write them."""
    color = np.asarray(image(rgb()).convert("YCbCr"))
    black = np.asarray(spread(np.full((3, 4, 1), 255)))  # inverted: no black ink
    data = saved(
        Image.fromarray((255 - np.concatenate([color, black], 2)).astype(np.uint8), "CMYK"), "JPEG", quality=100
    )
    at = data.index(b"Adobe")
    return data[: at + 11] + b"\2" + data[at + 12 :]


def without_adobe(data: bytes) -> bytes:
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack_from(">H", data, at + 2)[0] :]


def inks(black: bool = True) -> Image.Image:
    return image(np.concatenate([255 - rgb(), gray() // 3 * black], 2), "CMYK")


def _jpegs() -> Iterator[tuple[str, bytes]]:
    best: dict[str, Any] = {"quality": 100, "subsampling": 0}
    chart, shades = image(rgb()), image(gray())
    yield "RGB", saved(chart, "JPEG", **best)
    yield "quarter of the color", saved(chart, "JPEG", quality=95, subsampling=2)
    yield "progressive", saved(chart, "JPEG", progressive=True, **best)
    yield "gray", saved(shades, "JPEG", quality=100)
    yield "stored as RGB", saved(chart, "JPEG", quality=100, keep_rgb=True)
    yield "ICC of P3", saved(chart, "JPEG", icc_profile=P3, **best)
    yield "ICC, linear", saved(chart, "JPEG", icc_profile=LINEAR, **best)
    yield "ICC of P3 on gray", saved(shades, "JPEG", quality=100, icc_profile=P3)
    yield "ICC of gray on gray", saved(shades, "JPEG", quality=100, icc_profile=gray_profile(1.0))
    yield "ICC of gray on color", saved(chart, "JPEG", icc_profile=gray_profile(1.0), **best)
    yield "ICC, broken", saved(chart, "JPEG", icc_profile=b"broken" * 40, **best)
    yield "inks, Adobe", saved(inks(), "JPEG", quality=100)
    yield "inks without Adobe's mark", without_adobe(saved(inks(), "JPEG", quality=100))
    yield "inks as luma and chroma", ycck()
    yield "inks, ICC", saved(inks(black=False), "JPEG", quality=100, icc_profile=ink_profile())
    yield "inks with black, ICC", saved(inks(), "JPEG", quality=100, icc_profile=ink_profile())
    yield "inks, ICC of P3", saved(inks(), "JPEG", quality=100, icc_profile=P3)
    for number in range(1, 9):
        yield f"EXIF, orientation {number}", saved(chart, "JPEG", exif=orientation(number), **best)
    yield "EXIF, orientation 9", saved(chart, "JPEG", exif=orientation(9), **best)
    yield "XMP, orientation 6", saved(chart, "JPEG", xmp=XMP, **best)
    adobe = (
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\4\0\0\0\1\0\0\0\x1a\0\0\0\0\0\1\xa0\1\0\3\0\0\0\1\xff\xff\0\0\0\0\0\0"
    )
    yield "EXIF, other color space", saved(chart, "JPEG", exif=adobe, **best)


def _webps() -> Iterator[tuple[str, bytes]]:
    chart, clear = image(rgb()), image(rgba())
    yield "lossless", saved(chart, "WebP", lossless=True)
    yield "lossy", saved(chart, "WebP", quality=100)
    yield "lossless, alpha", saved(clear, "WebP", lossless=True, exact=True)
    yield "lossy, alpha", saved(clear, "WebP", quality=100, exact=True)
    yield "ICC of P3", saved(chart, "WebP", lossless=True, icc_profile=P3)
    yield "ICC of P3, alpha", saved(clear, "WebP", lossless=True, exact=True, icc_profile=P3)
    yield "ICC, linear", saved(chart, "WebP", lossless=True, icc_profile=LINEAR)
    yield "ICC, broken", saved(chart, "WebP", lossless=True, icc_profile=b"broken" * 40)
    yield "EXIF, orientation 6", saved(chart, "WebP", lossless=True, exif=orientation(6))
    yield "XMP, orientation 6", saved(chart, "WebP", lossless=True, xmp=XMP)
    blue = Image.new("RGB", chart.size, "blue")
    yield "animated", saved(chart, "WebP", lossless=True, save_all=True, append_images=[blue])
    yield "animated, alpha", saved(clear, "WebP", lossless=True, exact=True, save_all=True, append_images=[blue])


def gif(*frames: bytes, screen: tuple[int, int] = (64, 48), background: int = 0, table: bytes | None = None) -> bytes:
    colors = (COLORS.astype(np.uint8).tobytes() if table is None else table).ljust(48, b"\0")
    start = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80 | 3, background, 0) + colors
    return start + b"".join(frames) + b";"


def gif_frame(
    values: Numbers, at: tuple[int, int] = (0, 0), clear: int | None = None, disposal: int = 0, laced: bool = False
) -> bytes:
    """Indices (H, W, 1) as a frame without compression: codes of five bits, with a clear code before each few."""
    control = b"\x21\xf9\4" + struct.pack("<BHBB", disposal << 2 | (clear is not None), 10, clear or 0, 0)
    height, width = values.shape[:2]
    order = [y for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, height, step)]
    flat = (values[order] if laced else values).reshape(-1).tolist()
    codes = [code for at_ in range(0, len(flat), 8) for code in (16, *flat[at_ : at_ + 8])] + [17]
    bits = "".join(f"{code:05b}"[::-1] for code in codes)
    data = bytes(int(bits[at_ : at_ + 8][::-1], 2) for at_ in range(0, len(bits), 8))
    blocks = b"".join(bytes([len(data[at_ : at_ + 255])]) + data[at_ : at_ + 255] for at_ in range(0, len(data), 255))
    return control + b"," + struct.pack("<HHHHB", *at, width, height, 0x40 * laced) + b"\4" + blocks + b"\0"


def _gifs() -> Iterator[tuple[str, bytes]]:
    whole, part = indices(), indices()[:32, :32]
    yield "plain", gif(gif_frame(whole))
    yield "interlaced", gif(gif_frame(whole, laced=True))
    yield "a clear color", gif(gif_frame(whole, clear=4))
    yield "two frames", gif(gif_frame(whole, disposal=2), gif_frame(whole * 0 + 5))
    yield "two frames, a clear color", gif(gif_frame(whole, clear=4, disposal=1), gif_frame(whole * 0 + 5))
    yield "frame smaller than the screen", gif(gif_frame(part, (16, 16)))
    yield "small frame, background", gif(gif_frame(part, (16, 16)), background=5)
    yield "small frame, background, clear", gif(gif_frame(part, (16, 16), clear=4), background=5)
    yield "small frame, then a whole one", gif(gif_frame(part, (16, 16)), gif_frame(whole))
    yield "frame beyond the screen", gif(gif_frame(whole), screen=(48, 32))
    yield "saved by Pillow", saved(image(rgb()).quantize(12), "GIF")
    yield "gray, saved by Pillow", saved(image(gray()), "GIF")


def with_numbers(data: bytes, primaries: int, transfer: int) -> bytes:
    """An AVIF file whose box "colr" names these primaries and this transfer."""
    at = data.find(b"colrnclx") + 8
    return data if at < 8 else data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def _avifs() -> Iterator[tuple[str, bytes]]:
    best: dict[str, Any] = {"quality": 100, "subsampling": "4:4:4", "speed": 9}
    chart, clear = image(rgb()), image(rgba())
    yield "RGB", saved(chart, "AVIF", **best)
    yield "quarter of the color", saved(chart, "AVIF", quality=95, speed=9)
    yield "narrow range", saved(chart, "AVIF", range="limited", **best)
    yield "gray", saved(image(gray()), "AVIF", quality=100, speed=9)
    yield "alpha", saved(clear, "AVIF", **best)
    yield "alpha, premultiplied", saved(clear, "AVIF", alpha_premultiplied=True, **best)
    yield "ICC of P3", saved(chart, "AVIF", icc_profile=P3, **best)
    yield "ICC of P3, alpha", saved(clear, "AVIF", icc_profile=P3, **best)
    for number in range(2, 9):
        yield f"orientation {number}", saved(chart, "AVIF", exif=orientation(number), **best)
    yield "XMP, orientation 6", saved(chart, "AVIF", xmp=XMP, **best)
    for name, numbers in (("P3", (12, 13)), ("linear", (1, 8)), ("unknown", (2, 2)), ("BT.2020", (9, 14))):
        yield f"colors of {name}", with_numbers(saved(chart, "AVIF", **best), *numbers)
    yield "colors of P3 and ICC", with_numbers(saved(chart, "AVIF", icc_profile=LINEAR, **best), 12, 13)
    blue = Image.new("RGB", chart.size, "blue")
    yield "animated", saved(chart, "AVIF", save_all=True, append_images=[blue], **best)


def _tiffs() -> Iterator[tuple[str, bytes, bytes]]:
    chart, clear, shades = image(rgb()), image(rgba()), image(gray())
    yield "RGB", saved(chart, "TIFF"), png(rgb())
    yield "LZW", saved(chart, "TIFF", compression="tiff_lzw"), png(rgb())
    yield "alpha", saved(clear, "TIFF"), png(rgba(), color=6)
    yield "gray", saved(shades, "TIFF"), png(gray(), color=0)
    yield "gray and alpha", saved(image(gray_alpha(), "LA"), "TIFF"), png(gray_alpha(), color=4)
    deep = Image.fromarray((gray()[..., 0] * 257).astype(np.uint16))
    yield "16 bits, gray", saved(deep, "TIFF"), png(gray() * 257, color=0, depth=16)
    indexed = image(indices(), "P")
    indexed.putpalette(COLORS.astype(np.uint8).tobytes())
    yield "palette", saved(indexed, "TIFF"), png(rgb())
    yield "ICC of P3", saved(chart, "TIFF", icc_profile=P3), png(rgb(), i_ccp(P3))
    yield "ICC of P3, alpha", saved(clear, "TIFF", icc_profile=P3), png(rgba(), i_ccp(P3), color=6)
    yield (
        "ICC of gray",
        saved(shades, "TIFF", icc_profile=gray_profile(1.0)),
        png(gray(), i_ccp(gray_profile(1.0)), color=0),
    )
    turned = {0x0112: 6}
    yield "orientation 6", saved(chart, "TIFF", tiffinfo=turned), png(np.rot90(rgb(), -1))


DAMAGED = "Chromium skips the damaged chunk; a damaged file is refused here, with what to do"
HDR = "made for screens of high dynamic range: each program maps them to ordinary screens in its own way"
ALL_CLEAR = "every pixel has opacity 0: Chromium shows nothing, but programs that know no opacity leave zeros there"
PILLOW = "Pillow does not read this layout: the file is refused, with what to do"
NARROW = "Chromium reads this plane as if it had the narrow range; the chart's own values are the ones here"
REASONS = {
    ("PNG", "gAMA twice"): "the file contradicts itself: Chromium follows the first one, Pillow gives the last",
    ("PNG", "gAMA with a wrong checksum"): DAMAGED,
    ("PNG", "gAMA, too short"): DAMAGED,
    ("PNG", "gAMA 1, 16 bits, gray, low byte"): "16 bits are rounded to 8 here, and cut off in Chromium, before gAMA",
    ("PNG", "cICP, transfer 16"): HDR,
    ("PNG", "cICP, transfer 18"): HDR,
    ("PNG", "cICP, coefficients"): "Chromium shows no picture at all; here the invalid chunk is ignored",
    **{("BMP", f"32 bits, {each}, alpha 0"): ALL_CLEAR for each in ("V3", "V4", "V5", "V5, not BITFIELDS")},
    ("BMP", "32 bits, 10 bits a color"): PILLOW,
    ("BMP", "16 bits, 444"): PILLOW,
    ("BMP", "16 bits, V4, 4444"): PILLOW,
    ("BMP", "16 bits, V4, 1555"): "Pillow does not read the one bit of opacity",
    ("JPEG", "inks with black, ICC"): "Chromium gives full black ink one color on all other inks; the profile does not",
    ("WebP", "EXIF, orientation 6"): "Chromium does not turn WebP files; editors write the turn, so it is made",
    ("AVIF", "alpha"): NARROW,
    ("AVIF", "alpha, premultiplied"): NARROW,
    ("AVIF", "ICC of P3, alpha"): NARROW,
    ("AVIF", "animated"): NARROW,
}  # fmt: skip


def variants(*formats: str) -> Iterator[Variant]:
    """All files, or those of some formats, in the same order each time."""
    of_png = (_png_kinds, _png_gammas, _png_primaries, _png_profiles, _png_numbers, _png_turns)
    makers = {"PNG": of_png, "BMP": (_bmps, _small_bmps), "JPEG": (_jpegs,)}
    makers |= {"WebP": (_webps,), "GIF": (_gifs,), "AVIF": (_avifs,)}
    for kind in formats or (*makers, "TIFF"):
        for make in makers.get(kind, ()):
            for name, data in make():
                yield Variant(kind, name, partial(bytes, data), None, REASONS.get((kind, name), ""))
    if not formats or "TIFF" in formats:
        for name, data, same in _tiffs():
            yield Variant("TIFF", name, partial(bytes, data), partial(bytes, same))
