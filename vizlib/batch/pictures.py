"""Single pictures that a plan names: sample photographs, drawn ones as the sidebar draws them, and folders of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from vizlib.batch.reading import Unfit
from vizlib.errors import UnknownName, VizError
from vizlib.models import Classifier
from vizlib.pictures import ENDINGS, open_picture, sample_photographs
from vizlib.synthetic import HELD_OUT_SEED, draw_digit, draw_scene

Named = Mapping[str, Any]  # {"photograph": name}, {"scene": seed}, {"digit": seed} or {"file": path}: plain JSON
_DRAWN: Final = {"scenes": "scene", "digits": "digit"}
_PLAN: Final = '"photographs", {"scenes": [7]}, {"digits": [7]} or {"folder": PATH}, or a list of these'
_SINGLE: Final = frozenset(("photograph", "scene", "digit", "file"))  # the keys of a single picture's name
_HELD: Final = 8  # pictures that a worker keeps


def picture_key(picture: Image.Image) -> str:
    """Identifies a picture, also among those that look the same once a network has cropped them."""
    return hashlib.sha256(f"{picture.size}".encode() + picture.tobytes()).hexdigest()


def sources(value: Any) -> tuple[Any, ...]:
    """What a plan says in the place of pictures, checked; see `named`."""
    given = value if isinstance(value, list | tuple) else [value]
    if not given or not all(each == "photographs" or _is_source(each) for each in given):
        raise Unfit(_PLAN)
    return tuple(given)


def _is_source(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    [(kind, content)] = value.items()
    if kind == "folder":
        return isinstance(content, str)
    seeds = content if isinstance(content, list | tuple) else ()
    return kind in _DRAWN and bool(seeds) and all(isinstance(each, int) and each >= 0 for each in seeds)


def named(source: Any) -> Iterator[Named]:
    """The pictures of a source that a plan names, in order; a single picture's name is its own.

    Raises VizError for a folder without pictures.
    """
    if isinstance(source, Mapping) and set(source) <= _SINGLE:
        yield source
    elif source == "photographs":
        yield from ({"photograph": name} for name in sample_photographs())
    elif "folder" in source:
        yield from ({"file": str(path)} for path in files(source["folder"]))
    else:
        [(kind, seeds)] = source.items()
        yield from ({_DRAWN[kind]: seed} for seed in seeds)


def for_model(model: Classifier, wanted: Sequence[Any]) -> Iterator[tuple[Named, Image.Image, dict[str, str]]]:
    """The pictures of a plan's sources: name, picture, and the part of a recipe that names the network and the picture.

    Raises what `named` and `opened` raise.
    """
    for name in (each for source in wanted for each in named(source)):
        picture = opened(name)
        key = picture_key(picture)
        yield name, picture, {"network": model.name, "weights": model.fingerprint, "picture": key}


def files(folder: str) -> list[Path]:
    """The pictures in a folder, at any depth, sorted. Raises VizError if there are none."""
    endings = tuple(f".{each.lstrip('.').casefold()}" for each in ENDINGS)
    found = sorted(each for each in Path(folder).rglob("*") if each.name.casefold().endswith(endings))
    if not found:
        raise VizError(f"There are no pictures in {folder}.", "Give the path of a folder that every worker can read.")
    return found


@lru_cache(_HELD)
def _file(path: str, changed: int) -> Image.Image:
    return open_picture(path)


def opened(name: Named) -> Image.Image:
    """The picture, upright RGB. Raises PictureError for a file that is none, UnknownName for another photograph."""
    [(kind, what)] = name.items()
    if kind == "file":
        try:
            return _file(what, Path(what).stat().st_mtime_ns)
        except OSError as problem:
            remedy = "Give the path of a folder that every worker can read."
            raise VizError(f"{what} cannot be read: {problem.strerror}.", remedy) from None
    if kind == "photograph":
        known = sample_photographs()
        if what not in known:
            raise UnknownName.among("photograph", what, known)
        return open_picture(known[what])
    if kind == "scene":
        return Image.fromarray(draw_scene(HELD_OUT_SEED + what).image)
    return Image.fromarray(draw_digit(HELD_OUT_SEED + what).image).convert("RGB")


def again(name: Named, key: str) -> Image.Image:
    """The picture of a task. Raises VizError if it is another one than when the plan was read."""
    picture = opened(name)
    if picture_key(picture) != key:
        [(_, what)] = name.items()
        raise VizError(f"The picture {what} is another one than when the plan was read.", "Run the plan again.")
    return picture
