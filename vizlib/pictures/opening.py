"""Bytes -> a trusted picture: the one door through which pictures come in.

A file is judged by its content, never by its name, and checked before it is decoded. Nothing is written to disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import Image, ImageFile

from vizlib.errors import PictureError
from vizlib.pictures import _av1, _formats, _ifd
from vizlib.pictures.srgb import upright_srgb

MAX_BYTES: Final = 20 * 2**20  # 20 MB, as upload boxes and file managers count them
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 8  # px

_GIVEN_SIDES: Final = (640, 640)  # px: hundreds of pictures are kept at once

_SMALLER: Final = "Save it smaller: networks see no more than a few hundred pixels per side."
_MAX_SCANS: Final = 100  # of a JPEG; progressive photographs have about ten


def open_picture(source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO) -> Image.Image:
    """The picture in a file: upright, RGB, 8 bits, sRGB, without metadata.

    source: a path, the bytes of the file, or a file that is open in binary mode. An open file is read from its
        beginning, and its position stays as it was.

    JPEG, PNG, WebP, BMP, GIF, TIFF and AVIF (of several pictures the first one), of any color mode and depth; HEIC
    where the package pillow-heif is installed. The colors are what a browser shows: transparency becomes white, and
    color profiles and what PNG and AVIF say in numbers (gAMA, cHRM, cICP) are applied.

    Raises PictureError for a missing file, one of more than 20 MB or 50 megapixels, a side under 8 px, a damaged file
    and a file of another kind, whatever its name says.

    Example:
        >>> import vizlib
        >>> from vizlib.pictures import sample_photographs
        >>> cat = vizlib.open_picture(sample_photographs()["cat"])
        >>> cat.mode, cat.size
        ('RGB', (451, 300))
    """
    data = _read(source)
    return decoded(data, header(data))


def reduced(picture: Image.Image) -> Image.Image:
    """The picture itself, made smaller in place if it is larger than one of hundreds may be."""
    picture.thumbnail(_GIVEN_SIDES, Image.Resampling.LANCZOS)
    return picture


def _read(source: Any) -> bytes:
    """The bytes of a file, at most one more than the limit."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | os.PathLike):
        return _of_path(Path(source))
    if hasattr(source, "read"):
        return _content(source)
    what = f"A file is given as {type(source).__name__}."
    raise PictureError(what, "Give a path, bytes or an open file; vizlib.to_pixels takes PIL images and arrays too.")


def _of_path(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PictureError(f"{path} is a folder, not a picture.", "Choose a file inside it.")
        if not path.is_file():
            raise PictureError(f"There is no file {path}.", "Check its name and folder.")
        if path.stat().st_size > MAX_BYTES:
            raise _too_heavy(path.stat().st_size)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise PictureError(f"{path} cannot be read.", "Check its name and that you may read it.") from problem


def _content(file: Any) -> bytes:
    try:
        place = file.tell() if file.seekable() else None
        if place is not None:
            file.seek(0)
        data = file.read(MAX_BYTES + 1)
        if place is not None:
            file.seek(place)
    except (OSError, ValueError, AttributeError) as problem:
        raise PictureError("This file object cannot be read.", "Open the file again, or give its path.") from problem
    if not isinstance(data, bytes):
        raise PictureError("This file was opened as text.", 'Open it in binary mode: open(path, "rb").')
    return data


def header(data: bytes) -> ImageFile.ImageFile:
    """The opened picture within all limits, not yet decoded."""
    if not data:
        raise PictureError("The file is empty (0 bytes).", "Save or download it again, or choose another file.")
    if len(data) > MAX_BYTES:
        raise _too_heavy(len(data))
    name = _formats.kind(data)
    if name is None:
        raise _formats.foreign(data)
    with _explained(name):
        image = _formats.header(data)
        _check(image, data)
        return image


def decoded(data: bytes, image: ImageFile.ImageFile) -> Image.Image:
    with _explained(_formats.kind(data)):
        return upright_srgb(image, _ifd.orientation(data if image.format == "TIFF" else image.info.get("exif") or b""))


@contextmanager
def _explained(name: str | None) -> Iterator[None]:
    """Turns every error of a decoder within the block into a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except Image.DecompressionBombError as problem:  # Pillow's own limit, which some of its readers check first
        raise PictureError(f"The picture has far more than {MAX_PIXELS // 10**6} megapixels.", _SMALLER) from problem
    except Exception as problem:  # of any type: Pillow's decoders raise unrelated ones
        raise PictureError(
            f"This {name} file is damaged, incomplete or of an unusual variant: its picture cannot be decoded.",
            "Save or download it again, or open it in a picture program and save it as PNG.",
        ) from problem


def _too_heavy(size: int) -> PictureError:
    return PictureError(f"The file has {size / 2**20:.1f} MB; the limit is {MAX_BYTES // 2**20} MB.", _SMALLER)


def _check(image: ImageFile.ImageFile, data: bytes) -> None:
    """Checks the limits by the headers alone, for TIFF's tiles and AVIF's streams too: they are what is decoded."""
    width, height = image.size
    tile = _ifd.integer(data, _ifd.TILE_WIDTH, 1) * _ifd.integer(data, _ifd.TILE_LENGTH, 1)
    frame = _av1.largest_frame(data) if image.format == "AVIF" else 0
    if max(width * height, tile, frame) > MAX_PIXELS:
        raise PictureError(
            f"The picture has {max(width * height, tile, frame) / 1e6:.1f} megapixels ({width} x {height} px); "
            f"the limit is {MAX_PIXELS // 10**6} megapixels.",
            _SMALLER,
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"The picture is {width} x {height} px; at least {MIN_SIDE} px per side are needed.",
            "Choose a larger picture.",
        )
    if image.format == "JPEG" and _formats.scans(data, _MAX_SCANS) > _MAX_SCANS:
        raise PictureError(
            f"This JPEG file draws its picture more than {_MAX_SCANS} times over.",
            "Open it in a picture program and save it as PNG.",
        )
