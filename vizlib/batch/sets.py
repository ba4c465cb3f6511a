"""Sets of pictures with classes that a plan names: drawn ones, and folders on disk. Pages name them in the same way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

from vizlib.batch.reading import Place, Unfit, read, text, whole
from vizlib.errors import VizError
from vizlib.training import DRAWN_SETS, MAX_IN_FOLDER, PictureSet, drawn, picture_folder

_PLAN: Final = (
    '{"set": "insects", "per_class": 20, "tests": 20} or {"folder": PATH, "per_class": 40}, or a list of these'
)
Parts = Mapping[str, Any]  # of a recipe


@dataclass(frozen=True)
class Drawn:
    """A drawn set has its name as "set", and may have "per_class" pictures for training and held-out "tests"."""

    set: Annotated[str, text]
    per_class: Annotated[int, whole(1, 1000)] = 20
    tests: Annotated[int, whole(1, 1000)] = 20


@dataclass(frozen=True)
class Folder:
    """A folder has its path as "folder", with one subfolder for each class, and may have "per_class" pictures."""

    folder: Annotated[str, text]
    per_class: Annotated[int, whole(2, MAX_IN_FOLDER)] = 40


def sets(value: Any) -> tuple[Drawn | Folder, ...]:
    """What a plan says in the place of pictures with classes, checked."""
    given = value if isinstance(value, list | tuple) else [value]
    if not given or not all(isinstance(each, Mapping) for each in given):
        raise Unfit(_PLAN)
    place = Place("the pictures of the plan")
    found: list[Drawn | Folder] = [
        read(Folder, each, place) if "folder" in each else read(Drawn, each, place) for each in given
    ]
    for each in found:
        if isinstance(each, Drawn) and each.set not in DRAWN_SETS:
            raise Unfit(f"{_PLAN}; the sets are {', '.join(DRAWN_SETS)}")
    return tuple(found)


def drawn_parts(name: str, per_class: int, tests: int, seed: int) -> dict[str, Any]:
    """The part of a recipe that names a drawn set."""
    return {"set": name, "per_class": per_class, "tests": tests, "seed": seed}


def folder_parts(name: str, per_class: int, data: PictureSet) -> dict[str, Any]:
    """The part of a recipe that names a folder: by its content, so another folder of that name is another set."""
    return {"folder": name, "per_class": per_class, "pictures": data.key}


def folders() -> dict[str, Path]:
    """The operator's folders of pictures by name: VIZLIB_PICTURES has their paths, divided as in PATH."""
    paths = [Path(each) for each in os.environ.get("VIZLIB_PICTURES", "").split(os.pathsep) if each]
    return {each.resolve().name: each for each in paths if each.is_dir()}


def parts_of(wanted: Drawn | Folder, seed: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The set's part of a recipe, and where a worker finds it. seed: of a drawn set."""
    if isinstance(wanted, Drawn):
        return drawn_parts(wanted.set, wanted.per_class, wanted.tests, seed), {}
    path = folders().get(wanted.folder, Path(wanted.folder)).resolve()
    return folder_parts(path.name, wanted.per_class, _folder(str(path), wanted.per_class)), {"path": str(path)}


def opened(parts: Parts, place: Mapping[str, str]) -> PictureSet:
    """The set of a recipe's part. Raises PictureError for no such folder, VizError for one that has changed."""
    if "set" in parts:
        return drawn(parts["set"], parts["per_class"], parts["seed"], tests=parts["tests"])
    data = _folder(place["path"], parts["per_class"])
    if data.key != parts["pictures"]:
        raise VizError(f"The pictures of {place['path']} have changed since.", "Run the plan again.")
    return data


@lru_cache(2)
def _folder(path: str, per_class: int) -> PictureSet:
    return picture_folder(path, per_class=per_class)
