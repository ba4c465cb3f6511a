"""Pictures -> the bytes of a PNG, a GIF or an animated PNG, with the recipe that made them as text inside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vizlib.pictures import _formats, _movie
from vizlib.pictures.given import as_picture
from vizlib.render import Image8

_CHUNK: Final = "filterscope"
_MAX_RECIPE: Final = 2**18  # bytes of JSON
_MAX_DEPTH: Final = 20  # objects within objects


def encode_png(image: Image8 | Image.Image, recipe: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a PNG file with exactly these pixels, and a recipe as text inside.

    image: uint8 (H, W, 3) or (H, W), or a PIL image, of which only the pixels are kept.
    recipe: what `read_recipe` finds in the file again: a dict of JSON values.

    Raises TypeError for other numbers than uint8, ValueError for a recipe over 256 KB.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_scene
        >>> file = vizlib.encode_png(draw_scene(7).image, {"seed": 7})
        >>> vizlib.read_recipe(file), vizlib.open_picture(file).size
        ({'seed': 7}, (128, 128))
    """
    if isinstance(image, Image.Image):
        image = np.asarray(image if image.mode in ("L", "RGB", "RGBA") else as_picture(image))
    if image.dtype != np.uint8:
        raise TypeError(f"a PNG is made of uint8 levels, not {image.dtype}: use to_image first")
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, "PNG", pnginfo=_info(_text(recipe)))
    return file.getvalue()


def encode_movie(
    images: Sequence[Image8],
    kind: str,
    milliseconds: int | Sequence[int] = 80,
    recipe: Mapping[str, Any] | None = None,
) -> bytes:
    """A looping movie of these pictures, uint8 (H, W, 3) of one size: "gif" (256 colors, dithered) or "png" (all).

    `milliseconds` is how long each picture is shown, one number for all or one for each; a GIF rounds to tens. Equal
    neighbors become one picture that is shown longer. The recipe (JSON values only) is text inside the file:
    `read_recipe` finds that of a PNG; in a GIF it is the comment.
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
    """The recipe inside a PNG that `encode_png`, `fool` or the dashboard made; None for any other bytes.

    data: the bytes of the file. No pixel is decoded.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> result = vizlib.fool(vizlib.load_model("bundled/digits"), draw_digit(3).image, None, steps=10)
        >>> vizlib.read_recipe(result.png)["method"]
        'lattice'
    """
    text = _formats.png_text(data, _CHUNK)
    if text is None or len(text) > _MAX_RECIPE:
        return None
    try:
        recipe = json.loads(text)
        json.dumps(recipe, ensure_ascii=False, allow_nan=False).encode()  # no NaN, and no half of a surrogate pair
    except (ValueError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) and _shallow(recipe) else None


def _shallow(value: Any, levels: int = _MAX_DEPTH) -> bool:
    """Whether objects and lists are nested at most `levels` deep."""
    if not isinstance(value, (dict, list)):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_shallow(each, levels - 1) for each in inside)
