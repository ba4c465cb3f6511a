"""Hostile ZIP and .npz files by seed: bombs, odd names, false directories, and files that only look like one."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from benchmarks.hostile.pictures import File, black_png, cut, flipped, noise, saved
from vizlib.pictures import MAX_GIVEN

Entries = Sequence[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # zipfile warns about a name that occurs twice
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def small() -> bytes:
    return saved(noise(16, 12))


def usual() -> bytes:
    return zipped([("a.png", small()), ("b.jpg", saved(noise(), "JPEG")), ("readme.txt", b"hello")])


def link(target: str) -> zipfile.ZipInfo:
    """An entry whose attributes say that it is a symbolic link."""
    entry = zipfile.ZipInfo("link.png")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    entry.comment = target.encode()
    return entry


def patched(data: bytes, local: int, central: int, value: int, kind: str = "<H") -> bytes:
    """Writes `value` into one field of the first entry, at these offsets in its local and its central header."""
    found = bytearray(data)
    struct.pack_into(kind, found, found.find(b"PK\3\4") + local, value)
    struct.pack_into(kind, found, found.find(b"PK\1\2") + central, value)
    return bytes(found)


def overlapping(count: int) -> bytes:
    """An archive of `count` entries that share the same compressed bytes: 20 MB each, a few thousand bytes in all."""
    one = zipped([("a.png", bytes(20 * 2**20))])
    local, central, end = one.find(b"PK\3\4"), one.find(b"PK\1\2"), one.find(b"PK\5\6")
    row = one[central:end]
    tail = bytearray(one[end:])
    struct.pack_into("<HHI", tail, 8, min(count, 65535), min(count, 65535), len(row) * count)
    return one[local:central] + row * count + bytes(tail)


def nested(depth: int) -> bytes:
    data = usual()
    for level in range(depth):
        data = zipped([(f"{level}.png", data), (f"{level}.zip", data), ("a.png", small())])
    return data


def end_record(entries: int, size: int, start: int) -> bytes:
    return struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, entries, entries, size, start, 0)


def _bombs() -> Iterator[tuple[str, Any]]:
    zeros = bytes(200 * 2**20)
    yield "one of 200 MB", lambda: zipped([("a.png", zeros)])
    yield "bzip2 of 900 MB", lambda: _many(zipfile.ZIP_BZIP2, 900 * 2**20)
    yield "lzma of 400 MB", lambda: _many(zipfile.ZIP_LZMA, 400 * 2**20)
    yield "thirty of 19 MB", lambda: zipped([(f"{each}.png", zeros[: 19 * 2**20]) for each in range(30)])
    yield "thirty of 50 megapixels", lambda: zipped([(f"{i}.png", _sky()) for i in range(30)])
    yield "overlapping", partial(overlapping, 3000)
    yield "overlapping, too many", partial(overlapping, 300_000)
    yield "nested five times", partial(nested, 5)
    yield "like a quine", lambda: zipped([("a.zip", usual() * 2), ("self.png", usual())])


@cache
def _sky() -> bytes:
    return black_png(6250, 8000)


def _many(method: int, size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, archive.open("a.png", "w") as entry:
        for _ in range(size // 2**24):
            entry.write(bytes(2**24))
    return file.getvalue()


def _names() -> Iterator[tuple[str, Any]]:
    names = {
        "climbs out": "../../../etc/cron.d/evil.png",
        "absolute": "/etc/evil.png",
        "windows": "..\\..\\C:\\evil.png",
        "drive": "C:/windows/evil.png",
        "dots": "....//....//evil.png",
        "long": "x" * 60_000 + ".png",
        "deep": "a/" * 20_000 + "evil.png",
        "right to left": "gnp.\u202eexe.png",
        "control characters": "a\x1b[31m\r\n.png",
        "markup": "<img src=x onerror=alert(1)>.png",
        "device": "CON.png",
        "hidden": ".evil.png",
        "only an ending": "a/.png",
    }
    for title, name in names.items():
        yield title, partial(lambda n: zipped([(n, small()), ("good.png", small())]), name)
    for target in ("/etc/passwd", "../../x"):
        yield f"link to {target}", partial(lambda t: zipped([(link(t), t.encode()), ("a.png", small())]), target)
    yield "same name", lambda: zipped([("a.png", small())] * 20)
    yield "end of text in a name", lambda: usual().replace(b"a.png", b"a\0png")
    yield "name not utf-8", lambda: patched(usual(), 6, 8, 0x800).replace(b"a.png", b"\xff\xfe\xfdng")


def _lies() -> Iterator[tuple[str, Any]]:
    yield "encrypted", lambda: patched(usual(), 6, 8, 1)
    yield "unknown method", lambda: patched(usual(), 8, 10, 99)
    yield "said to be stored", lambda: patched(usual(), 8, 10, 0)
    yield "wrong sum", lambda: patched(usual(), 14, 16, 7, "<I")
    yield "wrong size", lambda: patched(usual(), 22, 24, 2**32 - 2, "<I")
    yield "wrong packed size", lambda: patched(usual(), 18, 20, 2**32 - 2, "<I")
    yield "starts elsewhere", lambda: patched(usual(), 28, 42, 2**31, "<I")
    yield "split", lambda: patched(usual(), 28, 34, 7)
    yield "only an end", partial(end_record, 0, 0, 0)
    yield "an end that lies", partial(end_record, 65535, 2**32 - 1, 2**32 - 1)
    yield (
        "zip64 that lies",
        lambda: (
            b"PK\3\4"
            + bytes(50)
            + b"PK\6\6"
            + bytes(52)
            + b"PK\6\7"
            + bytes(16)
            + end_record(65535, 2**32 - 1, 2**32 - 1)
        ),
    )
    yield "comment that lies", lambda: usual()[:-2] + b"\xff\xff"
    yield "junk before", lambda: b"PK\3\4" + bytes(500) + usual()
    yield "too many pictures", lambda: zipped([(f"{each}.png", small()) for each in range(MAX_GIVEN + 1)])
    yield "too many entries", lambda: zipped([(f"{each}.txt", b"") for each in range(6000)])
    yield "empty", partial(zipped, [])
    yield "no pictures", lambda: zipped([("a.txt", b"x"), ("b/", b"")])
    yield "pictures that are none", lambda: zipped([(f"{each}.png", b"no") for each in range(40)])
    yield "picture named zip", small
    yield "good", usual


def _arrays() -> Iterator[tuple[str, Any]]:
    """Sets of pictures as NumPy's .npz, which may hold Python objects."""
    pictures = np.zeros((3, 16, 16, 3), np.uint8)
    large = b"\x93NUMPY\1\0\x76\0{'descr': '|u1', 'fortran_order': False, 'shape': (500, 9999, 9999, 3), }"

    def packed(**arrays: Any) -> bytes:
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    yield "good", lambda: packed(X=pictures, y=np.arange(3))
    yield "names as objects", lambda: packed(X=pictures, y=np.arange(3), class_map=np.array({0: "a"}, dtype=object))
    yield "pictures as objects", lambda: packed(X=np.array([pictures, None], dtype=object))
    yield "a header that promises 150 GB", lambda: zipped([("X.npy", large.ljust(127) + b"\n" + bytes(10**6))])
    yield "a header without an end", lambda: zipped([("X.npy", b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(10**7))])
    yield "not finite", lambda: packed(X=np.full((1, 16, 16, 3), np.inf))
    yield "no pictures", lambda: packed(weights=np.zeros(9))
    yield "many arrays", lambda: packed(**{f"a{each}": np.zeros(1) for each in range(3000)})


def archives() -> Iterator[File]:
    """Every hostile archive."""
    for title, make in _arrays():
        yield "npz", f"{title}.npz", make
    for part, kind in ((_bombs, "zip bomb"), (_names, "zip names"), (_lies, "zip lies")):
        for title, make in part():
            yield kind, f"{title}.zip", make
    for where in (4, 30, 0.2, 0.5, 0.8, -1, -20, -40):
        yield "zip lies", f"cut at {where}.zip", partial(lambda w: cut(usual(), w), where)
    for seed in range(12):
        yield "zip lies", f"flipped {seed}.zip", partial(lambda s: flipped(usual(), s), seed)
