"""Bytes -> a trusted picture -> bytes: the one door through which pictures come in and go out.

Everything that comes from outside is judged by its content and checked before it is decoded. Nothing is written to
disk. A PNG that goes out can carry the recipe that made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from vizlib.errors import PictureError
from vizlib.pictures import _formats, _ifd, _movie, archive
from vizlib.pictures.srgb import upright_srgb

MAX_BYTES: Final = 20 * 2**20  # 20 MB, as upload boxes and file managers count them
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 8  # px
MAX_PIXELS_TOGETHER: Final = 250_000_000  # of pictures that are opened at once

_SMALLER: Final = "Save it smaller: networks see no more than a few hundred pixels per side."
_GIVEN_SIDES: Final = (640, 640)  # px: hundreds of pictures are kept at once
_CHUNK: Final = "filterscope"
_MAX_RECIPE: Final = 2**18  # bytes of JSON
_MAX_DEPTH: Final = 20  # objects within objects
_MAX_SCANS: Final = 100  # of a JPEG; progressive photographs have about ten
# Natural color photographs in scikit-image's wheel: public domain (astronaut: NASA, rocket: SpaceX) or CC0 (cat: Stefan
# van der Walt, coffee: Rachel Michetti).
_PHOTOGRAPHS: Final = {
    "astronaut": "astronaut.png",
    "cat": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
}


def open_picture(source: str | Path | bytes) -> Image.Image:
    """The picture in a file (a path, or the file's bytes): upright, RGB, 8 bits, sRGB, without metadata.

    JPEG, PNG, WebP, BMP, GIF (first frame) and TIFF (first page), of any color mode and depth; transparency becomes
    white, embedded color profiles are applied.

    Raises PictureError for everything else: no such file, more than 20 MB, more than 50 megapixels, a side under 8 px,
    another kind of file whatever its name, a damaged one.
    """
    data = _read(source)
    return _decoded(data, _header(data))


def unpacked_pictures(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, Image.Image]]:
    """(title, picture) of all pictures among files (name, bytes) and inside ZIP files, none larger than 640 px a side.

    What is not a picture is left out. Raises PictureError for a damaged archive, for more than MAX_GIVEN pictures or
    MAX_PIXELS_TOGETHER, and if nothing is left.
    """
    found, refused, pixels = [], 0, 0
    for title, data in archive.entries(files, MAX_BYTES):
        try:
            header = _header(data)
            pixels += header.width * header.height
            if pixels > MAX_PIXELS_TOGETHER:
                break
            picture = _decoded(data, header)
        except PictureError:
            refused += 1
            continue
        picture.thumbnail(_GIVEN_SIDES, Image.Resampling.LANCZOS)
        found.append((title, picture))
    if pixels > MAX_PIXELS_TOGETHER:
        most = f"{MAX_PIXELS_TOGETHER // 10**6} megapixels"
        raise PictureError(f"These pictures have more than {most} together.", "Choose fewer, or save them smaller.")
    if not found:
        what = f"None of the {refused} files is a picture." if refused else "There is no picture inside."
        raise PictureError(what, "Give JPEG, PNG or WebP files, or a ZIP file with some.")
    return found


def encode_png(image: NDArray[np.uint8] | Image.Image, recipe: Mapping[str, Any] | None = None) -> bytes:
    """A PNG file with exactly these pixels, and the recipe (JSON values only) as text inside.

    `image` is uint8 (H, W, 3) or (H, W), or a PIL image, of which only the pixels are kept.
    Raises TypeError for other numbers than uint8, ValueError for a recipe over 256 KB.
    """
    if isinstance(image, Image.Image):
        image = np.asarray(image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB"))
    if image.dtype != np.uint8:
        raise TypeError(f"a PNG is made of uint8 levels, not {image.dtype}: use to_image first")
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, "PNG", pnginfo=_info(_text(recipe)))
    return file.getvalue()


def encode_movie(
    images: Sequence[NDArray[np.uint8]],
    kind: str,
    milliseconds: int | Sequence[int] = 80,
    recipe: Mapping[str, Any] | None = None,
) -> bytes:
    """An endless movie of these pictures, uint8 (H, W, 3) of one size, as "gif" (256 colors, dithered) or "png" (all).

    `milliseconds` each is shown, for all or one by one; a GIF keeps tens. Equal neighbors become one, shown longer.
    The recipe (JSON values only) is text inside: `read_recipe` finds a PNG's, a GIF has it as its comment.
    Raises ValueError for no pictures, several sizes, another kind, or not one duration per picture.
    """
    if not images or len({each.shape for each in images}) > 1 or {each.dtype for each in images} != {np.dtype("uint8")}:
        raise ValueError("a movie is made of at least one picture, all uint8 (H, W, 3) of one size")
    durations = [milliseconds] * len(images) if isinstance(milliseconds, int) else list(milliseconds)
    if len(durations) != len(images):
        raise ValueError(f"{len(durations)} durations for {len(images)} pictures")
    text, frames = _text(recipe), np.stack(images)
    if kind == "gif":
        return _movie.gif(frames, durations, text.encode())
    if kind == "png":
        return _movie.animated_png(frames, durations, _info(text))
    raise ValueError(f"a movie is a gif or a png, not {kind!r}")


def _text(recipe: Mapping[str, Any] | None) -> str:
    """The recipe as it is written into files, "" without one."""
    text = "" if recipe is None else json.dumps(dict(recipe), sort_keys=True)
    if len(text) > _MAX_RECIPE:
        raise ValueError(f"a recipe of {len(text)} bytes is over the limit of {_MAX_RECIPE} bytes")
    return text


def _info(text: str) -> PngInfo:
    info = PngInfo()
    if text:
        info.add_itxt(_CHUNK, text)
    return info


def read_recipe(data: bytes) -> dict[str, Any] | None:
    """The recipe inside a PNG made by `encode_png`; None for any other bytes. Decodes no pixels."""
    text = _formats.png_text(data, _CHUNK)
    if text is None or len(text) > _MAX_RECIPE:
        return None
    try:
        recipe = json.loads(text)
        json.dumps(recipe, ensure_ascii=False, allow_nan=False).encode()  # neither NaN nor half a letter
    except (ValueError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) and _shallow(recipe) else None


def _shallow(value: Any, levels: int = _MAX_DEPTH) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_shallow(each, levels - 1) for each in inside)


def sample_photographs() -> dict[str, Path]:
    """Photographs that are there offline, by short name; those of scikit-image where it is installed, else none."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        return {}
    folder = Path(package.origin).parent / "data"
    found = {name: folder / file for name, file in _PHOTOGRAPHS.items()}
    return {name: path for name, path in found.items() if path.is_file()}


def _read(source: str | Path | bytes) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    path = Path(source)
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


def _header(data: bytes) -> ImageFile.ImageFile:
    """The picture, opened and found to keep all limits, not yet decoded."""
    if not data:
        raise PictureError("The file is empty (0 bytes).", "Save or download it again, or choose another file.")
    if len(data) > MAX_BYTES:
        raise _too_heavy(len(data))
    name = _formats.kind(data)
    if name is None:
        raise _formats.foreign(data)
    with _told(name):
        image = _formats.header(data)
        _check(image, data)
        return image


def _decoded(data: bytes, image: ImageFile.ImageFile) -> Image.Image:
    with _told(_formats.kind(data)):
        return upright_srgb(image, _ifd.orientation(data if image.format == "TIFF" else image.info.get("exif", b"")))


@contextmanager
def _told(name: str | None) -> Iterator[None]:
    """What a decoder stumbles over within the block, in a sentence."""
    try:
        yield
    except PictureError:
        raise
    except Image.DecompressionBombError as problem:  # Pillow's own limit, where it looks before we can
        raise PictureError(f"The picture has far more than {MAX_PIXELS // 10**6} megapixels.", _SMALLER) from problem
    except Exception as problem:  # any: Pillow's decoders raise unrelated types, and all of them mean the same
        raise PictureError(
            f"This {name} file is damaged, incomplete or of an unusual variant: its picture cannot be decoded.",
            "Save or download it again, or open it in a picture program and save it as PNG.",
        ) from problem


def _too_heavy(size: int) -> PictureError:
    return PictureError(f"The file has {size / 2**20:.1f} MB; the limit is {MAX_BYTES // 2**20} MB.", _SMALLER)


def _check(image: ImageFile.ImageFile, data: bytes) -> None:
    """The limits, by the header alone. A TIFF is decoded tile by tile, so a tile must keep them too."""
    width, height = image.size
    tile = _ifd.integer(data, _ifd.TILE_WIDTH, 1) * _ifd.integer(data, _ifd.TILE_LENGTH, 1)
    if max(width * height, tile) > MAX_PIXELS:
        raise PictureError(
            f"The picture has {max(width * height, tile) / 1e6:.1f} megapixels ({width} x {height} px); "
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
