"""The kind of a file by its first bytes, never by its name; and a remedy for every kind that is not a picture."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageFile, features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from vizlib.errors import PictureError
from vizlib.pictures import _headers
from vizlib.pictures._ifd import pixels_only


class _Jpeg(JpegImageFile):
    """A JPEG reader that does not look up the resolution in EXIF: Pillow warns there when EXIF is damaged."""

    def getexif(self) -> Image.Exif:
        return Image.Exif()


def _heif_readers() -> dict[str, Callable[[BytesIO], ImageFile.ImageFile]]:
    """The reader of HEIC photographs where the package pillow-heif is installed."""
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        return {}
    return {"HEIC": HeifImageFile}


# Pillow's readers by name: Image.open warns or raises by a limit on pixels that is global to the process.
_READERS: Final[dict[str, Callable[[BytesIO], ImageFile.ImageFile]]] = {
    "JPEG": _Jpeg,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
    "TIFF": TiffImageFile,
    **({"AVIF": AvifImageFile} if features.check("avif") else {}),
    **_heif_readers(),
}
*_FIRST, _LAST = _READERS
ALLOWED: Final = f"{', '.join(_FIRST)} or {_LAST}"
_ALSO: Final = {"JPEG": ("jpg", "jpeg"), "TIFF": ("tif", "tiff"), "HEIC": ("heic", "heif")}
ENDINGS: Final = tuple(ending for name in _READERS for ending in _ALSO.get(name, (name.lower(),)))

# What Pillow needs to have changed in a file, and what it does not read and `srgb` needs to know.
_MENDED: Final = {"TIFF": pixels_only, "BMP": _headers.bmp_with_masks}
_SAID: Final[dict[str, tuple[str, Callable[[bytes], Any]]]] = {
    "PNG": ("cicp", _headers.png_numbers),
    "AVIF": ("cicp", _headers.avif_numbers),
    "BMP": ("icc_profile", _headers.bmp_profile),
}
_STARTS: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (_headers.PNG, "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
_MARKER: Final = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")  # not a value of 255, not a restart marker
_PHONE: Final = 'Export it as JPEG, or let the phone take pictures as "most compatible".'
_SAVE: Final = "Open it in a picture program and save it as PNG or JPEG."
_FOREIGN: Final = (  # first bytes, what it is, what to do
    (b"%PDF", "a PDF document", "Export the page as PNG or JPEG, or take a screenshot."),
    (b"8BPS", "a Photoshop file", "Export it as PNG or JPEG."),
    (b"\0\0\x01\0", "a Windows icon", _SAVE),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", _SAVE),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", _SAVE),
    (b"\xff\x0a", "a JPEG XL picture", _SAVE),
    (b"PK\x03\x04", "a ZIP archive or an office document", "Unpack it and open one of the pictures inside."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and open one of the pictures inside."),
    (b"\x93NUMPY", "a NumPy array", "Save it as PNG."),
    (b"RIFF", "a sound or a video", "Save one frame as PNG or JPEG."),
)
_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
_ANY_CODEC: Final = (b"mif1", b"msf1")  # in practice HEIC, unless a further brand says that it is AVIF
_UNREAD: Final = {"HEIC": ("a HEIC photograph", _PHONE), "AVIF": ("an AVIF picture", _SAVE)}


def kind(data: bytes) -> str | None:
    """The kind of the file, as the keys of the readers: "JPEG", "PNG" ...; None for anything else."""
    name = next((name for start, name in _STARTS if data.startswith(start)), None) or _media(data)
    return name if name in _READERS else None


def _media(data: bytes) -> str | None:
    """ "WebP", "AVIF" or "HEIC", by the second word of the file."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    brands = _headers.brands(data)
    known = [_BRANDS[each] for each in brands if each in _BRANDS]
    return known[0] if known else "HEIC" if brands[:1] and brands[0] in _ANY_CODEC else None


def header(data: bytes) -> ImageFile.ImageFile:
    """The opened, not yet decoded picture of a file of a known kind. Passes on Pillow's errors, of any type."""
    name = kind(data)
    assert name is not None
    image = _READERS[name](BytesIO(_MENDED[name](data) if name in _MENDED else data))
    key, read = _SAID.get(name, ("", None))
    said = read(data) if read else None
    if said:
        image.info[key] = said
    return image


def scans(data: bytes, most: int) -> int:
    """How many passes over its pixels a JPEG file asks for, counted until there are more than `most`."""
    at, count = 2, 0
    while count <= most:
        found = _MARKER.search(data, at)
        if found is None or found.group() == b"\xff\xd9" or found.end() + 2 > len(data):
            return count
        count += found.group() == b"\xff\xda"
        at = found.end() + struct.unpack_from(">H", data, found.end())[0]  # past the segment; a scan's data follows
    return count


def png_text(data: bytes, keyword: str) -> bytes | None:
    """The uncompressed international text under this keyword, read from the chunks of a PNG before its pixels."""
    prefix = keyword.encode() + bytes(5)  # keyword, end, uncompressed, method, no language, no translated keyword
    body = _headers.png_chunk(data, b"iTXt", prefix)
    return None if body is None else body[len(prefix) :]


def foreign(data: bytes) -> PictureError:
    """The error for a file of any other kind."""
    what, remedy = _known(data)
    return PictureError(f"This file is {what}.", f"{remedy} {ALLOWED} can be opened.")


def _known(data: bytes) -> tuple[str, str]:
    if data[4:8] == b"ftyp":
        return _UNREAD.get(_media(data) or "", ("a video", "Save one frame as PNG or JPEG."))
    for start, what, remedy in _FOREIGN:
        if data.startswith(start):
            return what, remedy
    text = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return "an SVG drawing, which has no pixels", "Export it as PNG."
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page, not a picture", 'Save the picture itself: right-click it, then "Save image as".'
    if b"\0" not in text and all(byte >= 32 or byte in b"\t\r\n\f\x1b" for byte in text):
        return "text, not a picture", "Choose another file: its name may promise a picture that it does not hold."
    return "not a picture of a known kind", _SAVE
