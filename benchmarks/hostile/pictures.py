"""Hostile pictures by seed: truncated, mislabeled, bombs, huge, tiny, in rare modes, with broken metadata.

`pictures()` yields (kind, file name, function that makes the bytes). Each file is made only when it is needed.
"""

from __future__ import annotations

import pickle
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from benchmarks.accuracy.header_variants import variants
from vizlib.pictures import encode_png

Maker = Callable[[], bytes]
File = tuple[str, str, Maker]  # kind, file name, bytes
FORMATS = {"JPEG": "jpg", "PNG": "png", "WebP": "webp", "BMP": "bmp", "GIF": "gif", "TIFF": "tif", "AVIF": "avif"}
CUTS = (0.0, 1, 2, 4, 8, 16, 60, 0.1, 0.3, 0.6, 0.9, -1)  # how many bytes are kept; a float is a share


def saved(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


@cache
def noise(width: int = 60, height: int = 44) -> Image.Image:
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8))


def flat(mode: str, size: tuple[int, int] = (24, 16), color: Any = 0) -> Image.Image:
    return Image.new(mode, size, color)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, color: int = 0) -> bytes:
    """A PNG of these chunks between header and end."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def black_png(width: int, height: int, depth: int = 8, color: int = 2) -> bytes:
    """A valid PNG whose pixels are all zero; the file is a thousand times smaller than they are."""
    bits = depth * {0: 1, 2: 3, 4: 2, 6: 4}[color]
    packer = zlib.compressobj(6)
    row = bytes(1 + (width * bits + 7) // 8)
    rows = max(1, 2**20 // len(row))
    body = b"".join(packer.compress(row * min(rows, height - at)) for at in range(0, height, rows)) + packer.flush()
    return png(width, height, chunk(b"IDAT", body), depth=depth, color=color)


def tiff(width: int, height: int, *more: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    """A hand-made gray TIFF; `more` are rows (tag, kind, count, value), and `data` begins at byte 8."""
    rows = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    rows = sorted({row[0]: row for row in [*rows, *more]}.values())
    table = b"".join(struct.pack("<HHII", *row) for row in rows)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(rows)) + table + bytes(4)


def gif_header(width: int, height: int, frame: tuple[int, int]) -> bytes:
    start = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return start + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\x00;"


def bmp_header(width: int, height: int, bits: int = 24, compression: int = 0) -> bytes:
    return b"BM" + struct.pack("<IIIIiiHHIIIIII", 0, 0, 54, 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)


def webp_header(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<II", 10, 0) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def avif(image: Image.Image, says: tuple[int, int] | None = None, **settings: Any) -> bytes:
    """An AVIF file, whose container says another size than its stream if asked."""
    data = saved(image, "AVIF", speed=10, **settings)
    at = data.index(b"ispe") + 8
    return data if says is None else data[:at] + struct.pack(">II", *says) + data[at + 8 :]


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def scan_bomb(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG with `scans` short scans, each of which makes the decoder visit every block."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    table = jpeg_segment(0xDB, b"\0" + bytes([1] * 64))
    frame = jpeg_segment(0xC2, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0))
    one_code = bytes([1]) + bytes(15)  # one code, of one bit
    huffman = jpeg_segment(0xC4, b"\x00" + one_code + b"\x00") + jpeg_segment(0xC4, b"\x10" + one_code + b"\xe0")
    bits = "".join("0" + "1" * 13 + "0" for _ in range(blocks // 32766 + 1))  # runs of 32766 blocks without a value
    bits += "1" * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    first = jpeg_segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(blocks // 8 + 1)
    scan = jpeg_segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + body
    return b"\xff\xd8" + table + frame + huffman + first + scan * scans + b"\xff\xd9"


def cut(data: bytes, where: float) -> bytes:
    return data[: int(len(data) * where)] if isinstance(where, float) else data[: int(where)]


def flipped(data: bytes, seed: int) -> bytes:
    """The data with eight random bytes overwritten."""
    draw, found = np.random.default_rng(seed), bytearray(data)
    for at in draw.integers(0, len(found), 8):
        found[at] = int(draw.integers(0, 256))
    return bytes(found)


def whole(kind: str) -> bytes:
    return saved(noise(), kind)


def _cut_off() -> Iterator[File]:
    for kind, ending in FORMATS.items():
        for where in CUTS:
            yield "truncated", f"cut at {where}.{ending}", partial(lambda k, w: cut(whole(k), w), kind, where)
        for seed in range(6):
            yield "damaged", f"flipped {seed}.{ending}", partial(lambda k, s: flipped(whole(k), s), kind, seed)
        yield "damaged", f"only a beginning.{ending}", partial(lambda k: whole(k)[:16] + b"\x55" * 900, kind)
        yield "damaged", f"trailing garbage.{ending}", partial(lambda k: whole(k) + b"\xa5" * 5000, kind)


def _mislabeled() -> Iterator[File]:
    endings = list(FORMATS.values())
    for number, kind in enumerate(FORMATS):
        yield "mislabeled", f"a {kind}.{endings[number - 1]}", partial(whole, kind)
    texts = {
        "text": b"I am a picture.\n" * 40,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "svg with entities": b'<!DOCTYPE s [<!ENTITY a "b"><!ENTITY b "&a;&a;">]>\n<svg xmlns:x="x">&b;</svg>',
        "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "pdf": b"%PDF-1.7\n1 0 obj\n",
        "pickle": pickle.dumps({"a": [1, 2, 3]}),
        "json": b'{"a": 1}',
        "program": b"\x7fELF\x02\x01\x01" + bytes(200),
        "windows program": b"MZ\x90\0\x03" + bytes(200),
        "gzip": b"\x1f\x8b\x08\0" + bytes(50),
        "zip": b"PK\3\4\x14\0" + bytes(50),
        "numpy": b"\x93NUMPY\x01\0" + bytes(50),
        "sound": b"RIFF\x40\0\0\0WAVEfmt " + bytes(50),
        "video": b"\0\0\0\x18ftypisom" + bytes(50),
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        "avif": b"\0\0\0\x18ftypavif" + bytes(50),
        "photoshop": b"8BPS\0\x01" + bytes(50),
        "big tiff": b"II+\0\x08\0\0\0\x10" + bytes(60),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n(r) file\n",
        "zeros": bytes(5000),
        "byte order mark": "\ufeff<html>".encode("utf-16"),
    }
    for name, data in texts.items():
        yield "foreign", f"{name}.png", partial(bytes, data)
    for kind in ("PPM", "ICO", "JPEG2000", "TGA", "PCX", "SGI"):
        yield "foreign", f"{kind}.png", partial(lambda k: saved(flat("RGB", (32, 32)), k), kind)


def _bombs() -> Iterator[File]:
    idat = chunk(b"IDAT", zlib.compress(bytes(10)))
    zeros = partial(zlib.compress, bytes(100_000_000))
    text = b"comment\0\0"
    sizes = {"1 bit": (1, 0), "gray": (8, 0), "rgb": (8, 2), "rgba": (8, 6), "gray 16 bits": (16, 0)}
    for name, (depth, color) in {**sizes, "rgb 16 bits": (16, 2), "rgba 16 bits": (16, 6)}.items():
        yield "bomb", f"50 MP of nothing, {name}.png", partial(black_png, 6250, 8000, depth, color)
    yield "bomb", "short.png", lambda: png(7000, 7000, idat)
    yield "bomb", "text.png", lambda: png(16, 16, chunk(b"zTXt", text + zeros()), idat)
    yield "bomb", "itext.png", lambda: png(16, 16, chunk(b"iTXt", b"c\0\1\0\0\0" + zeros()), idat)
    yield "bomb", "profile.png", lambda: png(16, 16, chunk(b"iCCP", b"icc\0\0" + zeros()), idat)
    yield "bomb", "pixels go on.png", lambda: png(16, 16, chunk(b"IDAT", zeros()))
    yield "bomb", "chunks.png", lambda: png(16, 16, chunk(b"tEXt", b"a\0b") * 500_000, idat)
    yield "bomb", "empty data.png", lambda: png(16, 16, chunk(b"IDAT", b"") * 900_000, idat)
    yield "bomb", "frames.png", lambda: png(16, 16, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), idat)
    yield "bomb", "lzw.gif", lambda: saved(flat("P", (7000, 7000)), "GIF")
    yield "bomb", "frames.gif", lambda: saved(flat("L"), "GIF")[:-1] * 1 + saved(flat("L"), "GIF")[30:-1] * 20_000
    yield "bomb", "frame beyond the screen.gif", partial(gif_header, 9, 9, (65535, 65535))
    yield "bomb", "scans.jpg", partial(scan_bomb, 6000, 8000, 20_000)
    yield "bomb", "scans, small.jpg", partial(scan_bomb, 1000, 1000, 100_000)
    yield "bomb", "rle.bmp", lambda: bmp_header(7000, 7000, 8, 1) + b"\xff\0" * 400_000
    for name in ("tiff_deflate", "tiff_lzw", "packbits", "group4"):
        mode = "1" if name == "group4" else "RGB"
        yield (
            "bomb",
            f"{name}.tif",
            partial(lambda m, c: saved(flat(m, (6250, 8000)), "TIFF", compression=c), mode, name),
        )
    for mode in ("F", "I", "I;16", "CMYK", "RGBA", "LAB", "YCbCr"):
        size = (2000, 2500) if mode == "YCbCr" else (6250, 8000)
        words = {} if mode == "YCbCr" else {"compression": "tiff_deflate"}
        yield "bomb", f"50 MP, {mode}.tif", partial(lambda m, s, w: saved(flat(m, s), "TIFF", **w), mode, size, words)
    yield from _tables()


def _tables() -> Iterator[File]:
    """TIFF files whose table holds false sizes."""
    zeros = partial(zlib.compress, bytes(100_000_000))
    strip = (259, 3, 1, 8), (273, 4, 1, 8), (278, 4, 1, 16), (279, 4, 1, 97_000)
    yield "bomb", "strip.tif", lambda: tiff(16, 16, *strip, data=zeros()[:97_000])
    yield (
        "bomb",
        "tile.tif",
        partial(tiff, 64, 64, (322, 4, 1, 30000), (323, 4, 1, 50000), (324, 4, 1, 8), data=bytes(8)),
    )
    yield "bomb", "strips.tif", partial(tiff, 8, 6_000_000, (273, 4, 6_000_000, 8), (278, 4, 1, 1), data=bytes(2**20))
    yield (
        "bomb",
        "samples.tif",
        partial(tiff, 5000, 5000, (277, 3, 1, 65535), (273, 4, 1, 8), (279, 4, 1, 8), data=bytes(8)),
    )
    yield (
        "bomb",
        "page that is its own next.tif",
        lambda: tiff(16, 16, (273, 4, 1, 8), data=bytes(256))[:-4] + b"\x08\1\0\0",
    )
    yield "bomb", "flat.webp", lambda: saved(flat("RGB", (7000, 7000)), "WebP", lossless=True)


def _sizes() -> Iterator[File]:
    idat = chunk(b"IDAT", zlib.compress(bytes(10)))
    yield "huge", "20000.png", lambda: png(20_000, 20_000, idat)
    yield "huge", "20000.gif", partial(gif_header, 20_000, 20_000, (20_000, 20_000))
    yield "huge", "20000.tif", partial(tiff, 20_000, 20_000, (273, 4, 1, 8), (279, 4, 1, 8), data=bytes(8))
    yield "huge", "20000.bmp", partial(bmp_header, 20_000, 20_000)
    yield "huge", "16383.webp", partial(webp_header, 16_383, 16_383)
    yield "huge", "20000.jpg", lambda: cut(scan_bomb(20_000, 20_000, 0), 300)
    yield "huge", "format's limit.png", lambda: png(2**31 - 1, 2**31 - 1, idat)
    yield "huge", "format's limit.tif", partial(tiff, 2**32 - 1, 2**32 - 1, (273, 4, 1, 8))
    yield "huge", "format's limit.bmp", partial(bmp_header, 2**31 - 1, -(2**31))
    yield "huge", "format's limit.gif", partial(gif_header, 65535, 65535, (65535, 65535))
    yield "huge", "21 MB.png", lambda: saved(noise()) + bytes(21 * 2**20)
    yield "huge", "no size.png", lambda: png(0, 0, idat)
    yield "huge", "no size.tif", partial(tiff, 0, 0, (273, 4, 1, 8))
    yield "huge", "no size.bmp", partial(bmp_header, 0, -1)
    for kind, ending in FORMATS.items():
        for size in ((1, 1), (8, 8)):
            yield "tiny", f"{size[0]}.{ending}", partial(lambda k, s: saved(flat("RGB", s), k), kind, size)
    yield "tiny", "7 x 100.png", lambda: saved(flat("RGB", (7, 100)))
    for width, height in ((8, 40_000), (40_000, 8), (8, 6_000_000), (6_000_000, 8), (1, 40_000), (65_000, 64)):
        yield "aspect", f"{width} x {height}.png", partial(black_png, width, height)
    yield "aspect", "8 x 65000.jpg", lambda: saved(flat("RGB", (8, 65_000)), "JPEG")


def _modes() -> Iterator[File]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield "mode", f"{mode}.png", partial(lambda m: saved(flat(m)), mode)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"):
        yield "mode", f"{mode}.tif", partial(lambda m: saved(flat(m), "TIFF"), mode)
    for mode in ("L", "CMYK"):
        yield "mode", f"{mode}.jpg", partial(lambda m: saved(flat(m), "JPEG"), mode)
    for value in ("nan", "inf", "-inf", "1e38", "-1e38"):
        yield "mode", f"F of {value}.tif", partial(lambda v: saved(flat("F", color=float(v)), "TIFF"), value)
    two = [flat("RGB", color=each) for each in ("red", "blue")]
    for kind in ("GIF", "PNG", "WebP", "TIFF"):
        yield (
            "mode",
            f"moving.{FORMATS[kind]}",
            partial(lambda k: saved(two[0], k, save_all=True, append_images=two[1:]), kind),
        )
    yield "mode", "palette, clear entry.png", lambda: saved(noise().quantize(9), transparency=b"\0\x80\xff")
    yield "mode", "palette, clear entry.gif", lambda: saved(noise().quantize(9), "GIF", transparency=3)
    yield "mode", "16 bits rgb.png", partial(black_png, 20, 20, 16, 2)
    yield "mode", "16 bits gray and alpha.png", partial(black_png, 20, 20, 16, 4)
    yield "mode", "no palette.png", lambda: png(16, 16, chunk(b"IDAT", zlib.compress(bytes(272))), color=3)
    yield "mode", "odd depth.png", lambda: png(16, 16, chunk(b"IDAT", zlib.compress(bytes(272))), depth=5, color=3)
    yield "mode", "interlaced.png", lambda: png(16, 16, chunk(b"IDAT", zlib.compress(bytes(400))), color=2)


def _metadata() -> Iterator[File]:
    blocks = {
        "empty": b"Exif\0\0",
        "beyond": b"Exif\0\0II*\0\xff\xff\xff\xff",
        "loop": b"Exif\0\0II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0\x08\0\0\0",
        "count": b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12",
        "orientation 99": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x63\0\0\0\0\0\0",
        "orientation of text": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x01\0\x06\0\0\0\0\0\0",
        "nonsense": b"nonsense" * 9,
        "long": b"Exif\0\0" + b"II*\0\x08\0\0\0\xff\x0f" + bytes(60_000),
    }
    for name, block in blocks.items():
        yield "exif", f"{name}.jpg", partial(lambda b: saved(noise(), "JPEG", exif=b), block)
    for name in ("loop", "count", "orientation 99"):
        yield "exif", f"{name}.webp", partial(lambda b: saved(noise(), "WebP", exif=b), blocks[name])
        yield "exif", f"{name}.png", partial(lambda b: saved(noise(), "PNG", exif=b), blocks[name])
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    lies = bytearray(srgb)
    lies[128:132] = b"\xff\xff\xff\xff"  # the number of tags
    broken = {
        "x": b"x",
        "zeros": bytes(300),
        "half": srgb[:300],
        "tags": bytes(lies),
        "lab": lab,
        "flip": flipped(srgb, 3),
    }
    for name, profile in broken.items():
        for kind in ("JPEG", "PNG", "TIFF", "WebP"):
            yield (
                "profile",
                f"{name}.{FORMATS[kind]}",
                partial(lambda k, p: saved(noise(), k, icc_profile=p), kind, profile),
            )
    yield "profile", "5 MB.jpg", lambda: saved(noise(), "JPEG", icc_profile=srgb + bytes(5_000_000))
    yield "profile", "rgb on cmyk.tif", lambda: saved(flat("CMYK"), "TIFF", icc_profile=srgb)


def _avifs() -> Iterator[File]:
    """AVIF files that say another size, or hold more pictures than one looks at."""
    large = partial(flat, "L", (10_000, 10_000))
    yield "bomb", "10000.avif", lambda: avif(large())
    yield "bomb", "says 64.avif", lambda: avif(large(), (64, 64))
    yield "bomb", "50 MP.avif", lambda: avif(flat("RGB", (6250, 8000)))
    yield "bomb", "frames.avif", lambda: avif(flat("L"), save_all=True, append_images=[flat("L", color=9)] * 900)
    for size in ((20_000, 20_000), (2**32 - 1, 2**32 - 1), (0, 0), (7, 7)):
        yield "huge", f"says {size[0]}.avif", partial(lambda s: avif(noise(), s), size)
    for size in ((6000, 6000), (30, 22)):
        yield "lie", f"says {size[0]}.avif", partial(lambda s: avif(noise(), s), size)
    for name in (b"iloc", b"iprp", b"av1C", b"pitm", b"meta"):
        yield "lie", f"no {name.decode()}.avif", partial(lambda n: avif(noise()).replace(n, b"free"), name)
    for brand in (b"avis", b"mif1", b"heic", b"xxxx"):
        yield "lie", f"brand {brand.decode()}.avif", partial(lambda b: avif(noise()).replace(b"avif", b, 1), brand)
    yield "lie", "tables.avif", lambda: avif(noise()) + b"iloc" * 200_000 + b"stco\0\0\0\0\xff\xff\xff\xff"


def _headers() -> Iterator[File]:
    """Headers that say how the colors are meant, sound ones and those that make no sense."""
    for each in variants():
        yield "header", f"{each.name}.{FORMATS[each.format]}", each.make


def pictures() -> Iterator[File]:
    """Every hostile picture."""
    for part in (_cut_off, _mislabeled, _bombs, _sizes, _modes, _metadata, _avifs, _headers):
        yield from part()


def with_text(text: bytes, flags: bytes = bytes(5), name: bytes = b"iTXt") -> bytes:
    """A PNG with this text under the keyword of recipes."""
    pixels = chunk(b"IDAT", zlib.compress(bytes(17 * 16)))
    return png(16, 16, chunk(name, b"filterscope" + flags + text), pixels)


def recipes() -> Iterator[File]:
    """Pictures whose recipe is damaged or makes no sense."""
    sound = encode_png(np.zeros((16, 16, 3), np.uint8), {"what": "fooling image", "target": 1, "network": "x"})
    texts = {
        "sound": b'{"what": "fooling image", "target": 1}',
        "cut": b'{"what": "fooling im',
        "empty": b"",
        "list": b"[1, 2]",
        "number": b"7",
        "null": b"null",
        "not utf-8": b'{"a": "\xff\xfe"}',
        "utf-16": '{"a": 1}'.encode("utf-16"),
        "deep list": b"[" * 100_000,
        "deep, closed": b'{"a":' * 800 + b"1" + b"}" * 800,
        "no number": b'{"a": NaN, "b": Infinity, "c": -Infinity}',
        "half a letter": b'{"a": "\\ud800", "\\udfff": 1}',
        "long number": b'{"a": ' + b"9" * 20_000 + b"}",
        "large number": b'{"target": ' + b"9" * 400 + b', "what": "fooling image"}',
        "1e999": b'{"a": 1e999}',
        "huge": b'{"a": "' + b"x" * 400_000 + b'"}',
        "many keys": b"{" + b",".join(b'"%d":0' % each for each in range(20_000)) + b"}",
        "wrong types": b'{"what": ["fooling image"], "target": {"a": 1}, "network": [[]], "weights": 0}',
        "control characters": b'{"network": "\\u0000\\u001b[31m\\u202e"}',
        "markdown": b'{"what": "fooling image", "network": "![x](http://127.0.0.1:9/x.png) <script>"}',
        "same key twice": b'{"a": 1, "a": 2}',
    }
    for name, text in texts.items():
        yield "recipe", f"{name}.png", partial(with_text, text)
    yield "recipe", "compressed.png", lambda: with_text(zlib.compress(b'{"a": 1}'), b"\0\1\0\0\0")
    yield "recipe", "compressed bomb.png", lambda: with_text(zlib.compress(bytes(50_000_000)), b"\0\1\0\0\0")
    yield "recipe", "latin text.png", lambda: with_text(b'{"a": 1}', b"\0", b"tEXt")
    yield "recipe", "language.png", lambda: with_text(b'{"a": 1}', b"\0\0\0en\0x\0")
    yield "recipe", "after a thousand.png", lambda: png(16, 16, chunk(b"tEXt", b"a\0b") * 2000, sound[33:])
    yield (
        "recipe",
        "chunk that lies.png",
        lambda: sound.replace(struct.pack(">I", len(sound) // 2), b"\xff\xff\xff\xff"),
    )
    for where in (30, 40, 60, 100):
        yield "recipe", f"cut at {where}.png", partial(cut, sound, where)
    for seed in range(8):
        yield "recipe", f"flipped {seed}.png", partial(flipped, sound, seed)
