"""How large the pictures inside an AVIF file are, by the headers of its AV1 streams.

The size in the container is what Pillow reports, but the stream is what gets decoded: a stream of 268 megapixels fits
into three kilobytes and a container that says 64 x 64 px. Only the headers are read (AV1 specification, 5.5).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_MAX_TABLES: Final = 20
_MAX_PARTS: Final = 5000  # stretches of data that a table may list
_MAX_UNITS: Final = 50  # per stretch
_HEADER: Final = 1  # the type of the unit that gives the size of the frames


def largest_frame(data: bytes) -> int:
    """The pixels of the largest frame that a stream in this file announces; 0 if none is found.

    Raises ValueError for a file with far more tables, or longer ones, than a picture has.
    """
    sizes = (size for start in _starts(data) for size in _frames(data, start))
    return max(sizes, default=0)


def _starts(data: bytes) -> set[int]:
    """Where the file's tables say that streams begin."""
    found: set[int] = set()
    for name, offsets in ((b"iloc", _items), (b"stco", _chunks), (b"co64", _chunks)):
        if data.count(name) > _MAX_TABLES:
            raise ValueError("too many tables")
        for table in re.finditer(name, data):
            with suppress(struct.error):  # not a table, or cut off, which the decoder says
                found.update(offsets(data, table.end()))
    return found


def _chunks(data: bytes, at: int) -> Iterator[int]:
    """The offsets in a table of a track; of its frames only the first one is decoded."""
    (count,) = struct.unpack_from(">I", data, at + 4)
    letter = "I" if data[at - 4 : at] == b"stco" else "Q"
    yield from struct.unpack_from(f">{min(count, _MAX_PARTS)}{letter}", data, at + 8)


def _items(data: bytes, at: int) -> Iterator[int]:
    """The offsets in a table of items, whose fields have the widths that it gives."""
    version, widths = _number(data, at, 1), _number(data, at + 4, 2)
    of_offset, of_length, of_base, of_index = ((widths >> shift) & 15 for shift in (12, 8, 4, 0))
    at, wide = at + 6, 4 if version == 2 else 2
    items, parts, at = _number(data, at, wide), 0, at + wide
    for _ in range(items):
        at += wide
        inside = bool(version) and _number(data, at, 2) & 15 == 1  # the offset counts from the box "idat"
        at += 4 if version else 2
        base = _number(data, at, of_base) + (data.find(b"idat") + 4) * inside
        count, at = _number(data, at + of_base, 2), at + of_base + 2
        parts += 1 + count
        if parts > _MAX_PARTS:
            raise ValueError("a table that is too long")
        for _ in range(count):
            at += of_index if version else 0
            yield base + _number(data, at, of_offset)
            at += of_offset + of_length


def _number(data: bytes, at: int, width: int) -> int:
    if at + width > len(data):
        raise struct.error
    return int.from_bytes(data[at : at + width], "big")


def _frames(data: bytes, at: int) -> Iterator[int]:
    """The pixels per frame in each header among the units from here on."""
    for _ in range(_MAX_UNITS):
        if at >= len(data) or data[at] & 0x83 != 2:  # a unit begins with a zero bit, and says its own size
            return
        kind, at = data[at] >> 3, at + 1 + (data[at] >> 2 & 1)
        size = shift = 0
        while at < len(data) and shift < 35:
            size, shift, at = size | (data[at] & 127) << shift, shift + 7, at + 1
            if not data[at - 1] & 128:
                break
        if kind == _HEADER:
            yield _pixels(data[at : at + min(size, 64)])
        at += size


def _pixels(header: bytes) -> int:
    """Width times height; 0 for a header with operating points of its own timing, which no still picture has."""
    bits = _Bits(header)
    bits.take(4)  # profile, still picture
    if bits.take(1):  # the short header of still pictures
        bits.take(5)
    elif bits.take(1):
        return 0
    else:
        delays, points = bits.take(1), bits.take(5) + 1
        for _ in range(points):
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if delays and bits.take(1):
                bits.take(4)
    of_width, of_height = bits.take(4) + 1, bits.take(4) + 1
    return (bits.take(of_width) + 1) * (bits.take(of_height) + 1)


class _Bits:
    """Numbers of some bits each; zeros behind the end."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        return (self._value >> self._left if self._left >= 0 else 0) & ((1 << count) - 1)
