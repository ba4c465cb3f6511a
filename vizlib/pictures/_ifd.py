"""TIFF's table of tags, read for two purposes: the orientation (EXIF is such a table too) and the pixels.

Pillow's own reader warns through the process-wide `warnings` about every odd tag, and silencing that is not safe in
a server with threads. Pillow therefore never gets a damaged table, and of a sound one only the tags that describe
pixels.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

ORIENTATION: Final = 0x0112
TILE_WIDTH: Final = 0x0142
TILE_LENGTH: Final = 0x0143

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes per value, by kind
_INTEGERS: Final = {1: "B", 3: "H", 4: "I"}
# width, height, compression, photometric, fill order, samples, rows per strip, planes, predictor, tile width and height
_SINGLE: Final = frozenset({256, 257, 259, 262, 266, 277, 278, 284, 317, TILE_WIDTH, TILE_LENGTH})
# bits, strips, fax options, color map, tiles, extra samples, sample format, JPEG tables, YCbCr, ICC profile
_SEVERAL: Final = frozenset({258, 273, 279, 292, 293, 320, 324, 325, 338, 339, 347, 529, 530, 531, 532, 34675})


@dataclass(frozen=True)
class Entry:
    """One row of the table."""

    tag: int
    kind: int  # 1 to 12: byte, text, short, long, rational ...
    count: int  # values, not bytes
    raw: bytes  # the row itself, 12 bytes; its last four are the value or its offset in the file
    order: str  # "<" or ">"

    @property
    def integer(self) -> int | None:
        """The value of a single unsigned integer, None for anything else."""
        letter = _INTEGERS.get(self.kind)
        return int(struct.unpack_from(self.order + letter, self.raw, 8)[0]) if letter and self.count == 1 else None

    def lies_within(self, size: int) -> bool:
        """Whether the value is of a known kind and inside a file of `size` bytes."""
        length = _SIZES.get(self.kind, 0) * self.count
        (start,) = struct.unpack_from(self.order + "I", self.raw, 8)
        return length > 0 and (length <= 4 or start + length <= size)


def table(data: bytes) -> list[Entry]:
    """The rows of the first table in a TIFF file or an EXIF block; empty if there is none or it is cut off."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 8:
        return []
    (start,) = struct.unpack_from(order + "I", data, 4)
    head = data[start : start + 2]
    count = struct.unpack(order + "H", head)[0] if len(head) == 2 else 0
    rows = data[start + 2 : start + 2 + 12 * count]
    if len(rows) < 12 * count:
        return []
    return [_entry(rows[at : at + 12], order) for at in range(0, len(rows), 12)]


def integer(data: bytes, tag: int, otherwise: int) -> int:
    """The value of a tag that is one unsigned integer; `otherwise` if there is no such tag."""
    found = (entry.integer for entry in table(data) if entry.tag == tag)
    value = next(found, None)
    return otherwise if value is None else value


def orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 to 8; 1 (upright) if it is missing or damaged."""
    value = integer(exif.removeprefix(b"Exif\0\0"), ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1


def pixels_only(data: bytes) -> bytes:
    """The TIFF file with one table, holding only sound tags that describe pixels."""
    entries = table(data)
    kept = [entry.raw for entry in entries if _describes_pixels(entry) and entry.lies_within(len(data))]
    if not kept:
        raise ValueError("a TIFF file without a table of tags")
    order = entries[0].order
    start = struct.unpack_from(order + "I", data, 4)[0]
    rows = struct.pack(order + "H", len(kept)) + b"".join(kept) + bytes(4)  # four zeros: no further page
    return data[:start] + rows + data[start + len(rows) :]


def _entry(row: bytes, order: str) -> Entry:
    tag, kind, count = struct.unpack_from(order + "HHI", row)
    return Entry(tag, kind, count, row, order)


def _describes_pixels(entry: Entry) -> bool:
    return entry.tag in _SEVERAL or (entry.tag in _SINGLE and entry.count == 1)
