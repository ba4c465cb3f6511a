"""Evidence for units: how each channel of a layer answers to many pictures. A task is one layer of one network."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

from PIL import Image

from vizlib.batch.kinds.kind import Kind, layers_of
from vizlib.batch.pictures import files
from vizlib.batch.reading import Layers, Names, Unfit
from vizlib.batch.task import Task, task
from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.pictures import open_picture, sample_photographs
from vizlib.units import (
    FRAMES,
    DrawnDigits,
    DrawnScenes,
    PhotographPieces,
    PictureSource,
    Survey,
    search,
    survey_recipe,
)
from vizlib.weights import bundled_models

DRAWN: Final = "drawn pictures"
PHOTOGRAPHS: Final = "photographs"
_USUAL: Final = "usual"


def source_word(value: Any) -> Any:
    """What a plan says in the place of the pictures to search, checked."""
    if value in (_USUAL, DRAWN, PHOTOGRAPHS):
        return value
    if not isinstance(value, Mapping) or list(value) != ["folder"] or not isinstance(value["folder"], str):
        raise Unfit(f'one of: "{_USUAL}", "{DRAWN}", "{PHOTOGRAPHS}", or {{"folder": PATH}}')
    return dict(value)


@dataclass(frozen=True)
class Searches:
    """A search has "networks", and may have "layers" and the pictures that are searched as "among"."""

    networks: Names
    layers: Layers = ("main",)
    among: Annotated[Any, source_word] = _USUAL


@dataclass(frozen=True)
class FolderPictures:
    """The pictures in a folder, each opened when it is asked for."""

    paths: tuple[Path, ...]

    @cached_property
    def key(self) -> str:
        """Equal for equal files in equal order."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return f"folder {digest.hexdigest()}"

    def __len__(self) -> int:
        return len(self.paths)

    def title(self, number: int) -> str:
        return self.paths[number].name

    def picture(self, number: int) -> Image.Image:
        return open_picture(self.paths[number])


def usual_kind(model: Classifier) -> str:
    """Pictures like those on which the network was trained, as far as there are such pictures here."""
    return DRAWN if model.name in bundled_models() or not sample_photographs() else PHOTOGRAPHS


def source_of(model: Classifier, kind: str) -> PictureSource:
    """The pictures that come with Filterscope, of a kind that suits the network."""
    if kind == PHOTOGRAPHS:
        return PhotographPieces()
    return DrawnDigits() if model.preprocessing.channels == 1 else DrawnScenes()


def _tasks(asked: Searches, model: Classifier, device: str) -> Iterator[Task]:
    among = usual_kind(model) if asked.among == _USUAL else asked.among
    source = _source(model, among)
    for layer in layers_of(model, asked.layers):
        yield task("search", model.name, device, survey_recipe(model.fingerprint, layer, source), among=among)


def _source(model: Classifier, among: Any) -> PictureSource:
    return _folder(among["folder"]) if isinstance(among, Mapping) else source_of(model, among)


@lru_cache(4)
def _folder(path: str) -> FolderPictures:
    return FolderPictures(tuple(files(path)))


def _run(model: Classifier, task: Task) -> Generator[Survey, None, None]:
    source = _source(model, task.more["among"])
    if source.key != task.recipe["source"]:
        raise VizError("These are other pictures than when the plan was read.", "Run the plan again.")
    return search(model, task.recipe["layer"], source)


KIND = Kind("search", Searches, _tasks, _run, FRAMES)
