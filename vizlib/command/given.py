"""The pictures that a command line names: files, folders, patterns, and drawn or sample pictures, in a stable order."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from vizlib.batch.pictures import Named, opened
from vizlib.errors import VizError
from vizlib.pictures import ENDINGS, open_picture, sample_photographs

_DRAWN: Final = re.compile(r"(scene|digit):(\d+)(?:-(\d+))?")
_ENDINGS: Final = tuple(f".{each.lstrip('.').casefold()}" for each in ENDINGS)


@dataclass(frozen=True)
class Given:
    """One picture, not opened yet.

    Attributes:
        title: as the command line has it: a path, "scene:7" or "photograph:cat".
        name: as plans of many results name it.
    """

    title: str
    name: Named

    @property
    def stem(self) -> str:
        """The beginning of the names of files that are made of it."""
        path = self.name.get("file")
        return Path(path).stem if path else self.title.replace(":", "_").replace(" ", "_")

    @property
    def own(self) -> bool:
        """Whether it is somebody's file. Nothing that shows one is kept in the store, as on the pages."""
        return "file" in self.name

    def open(self) -> Image.Image:
        """The picture, upright RGB. Raises PictureError or UnknownName."""
        return open_picture(self.name["file"]) if self.own else opened(self.name)


def pictures(words: Sequence[str]) -> list[Given]:
    """All pictures that the words name, each once, in the order of the words; those of a folder or pattern sorted.

    Raises VizError for a folder without pictures and a pattern that fits no file. A file that is missing is found when
    it is opened, so that the others go on.
    """
    return list({each.title: each for word in words for each in _named(word)}.values())


def _named(word: str) -> Iterator[Given]:
    if word == "photographs":
        yield from (_photograph(name) for name in sample_photographs())
    elif word.startswith("photograph:"):
        yield _photograph(word.partition(":")[2])
    elif found := _DRAWN.fullmatch(word):
        kind, first, last = found.groups()
        yield from (Given(f"{kind}:{seed}", {kind: seed}) for seed in range(int(first), int(last or first) + 1))
    else:
        yield from (Given(str(path), {"file": str(path)}) for path in _paths(word))


def _photograph(name: str) -> Given:
    return Given(f"photograph:{name}", {"photograph": name})


def _paths(word: str) -> list[Path]:
    path = Path(word)
    if path.is_dir():
        return _some([each for each in path.rglob("*") if each.name.casefold().endswith(_ENDINGS)], f"in {word}")
    if glob.has_magic(word) and not path.exists():
        return _some([each for each in map(Path, glob.glob(word, recursive=True)) if each.is_file()], f"like {word}")
    return [path]


def _some(found: list[Path], where: str) -> list[Path]:
    if not found:
        raise VizError(f"There are no pictures {where}.", "Check the folder and the pattern.")
    return sorted(found)
