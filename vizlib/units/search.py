"""Activation maximization by search: which of many given pictures excite a unit most and least.

It is the oldest method (Erhan et al. 2009, Zeiler and Fergus 2013, arXiv 1311.2901), and people predict a unit's
answers best from it (92 % right against 82 % from optimized pictures: Borowski et al. 2021, arXiv 2010.12606).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers import find_layer, to_maps
from vizlib.models import Batches, Classifier, in_own_context, to_pixels
from vizlib.pictures import open_picture, sample_photographs
from vizlib.records import Layer, brief
from vizlib.synthetic import BACKGROUNDS, HELD_OUT_SEED, SCENE_CLASSES, draw_digit, draw_scene

Numbers = NDArray[np.float32]
Row: TypeAlias = tuple[Numbers, NDArray[np.int32], NDArray[np.int32]]  # of a survey: means, highest, lowest
_AT_ONCE = 16


class PictureSource(Protocol):
    """Pictures to search, by number."""

    @property
    def key(self) -> str: ...  # equal for equal pictures; for recipes

    def __len__(self) -> int: ...

    def title(self, number: int) -> str: ...

    def picture(self, number: int) -> Image.Image: ...


@dataclass(frozen=True)
class DrawnScenes:
    """Drawn scenes that no bundled network was trained on."""

    count: int = 256

    @property
    def key(self) -> str:
        return f"drawn scenes {self.count}"

    def __len__(self) -> int:
        return self.count

    def title(self, number: int) -> str:
        scene = draw_scene(HELD_OUT_SEED + number)
        return f"{SCENE_CLASSES[scene.label]} on {BACKGROUNDS[scene.background]}"

    def picture(self, number: int) -> Image.Image:
        return Image.fromarray(draw_scene(HELD_OUT_SEED + number).image)


@dataclass(frozen=True)
class DrawnDigits:
    """Drawn digits that the bundled network was not trained on."""

    count: int = 256

    @property
    def key(self) -> str:
        return f"drawn digits {self.count}"

    def __len__(self) -> int:
        return self.count

    def title(self, number: int) -> str:
        return str(draw_digit(HELD_OUT_SEED + number).label)

    def picture(self, number: int) -> Image.Image:
        return Image.fromarray(draw_digit(HELD_OUT_SEED + number).image).convert("RGB")


@dataclass(frozen=True)
class PhotographPieces:
    """Squares cut at random out of the sample photographs, from a quarter of their side to all of it."""

    count: int = 256

    @property
    def key(self) -> str:
        return f"pieces of {', '.join(sample_photographs())} {self.count}"

    def __len__(self) -> int:
        return self.count

    def title(self, number: int) -> str:
        return f"piece {number} of the photograph {self._name(number)}"

    def picture(self, number: int) -> Image.Image:
        whole = _photograph(sample_photographs()[self._name(number)])
        random = np.random.default_rng(number)
        side = round(min(whole.size) * float(random.uniform(0.25, 1)))
        left, top = (int(random.integers(0, length - side + 1)) for length in whole.size)
        return whole.crop((left, top, left + side, top + side))

    @staticmethod
    def _name(number: int) -> str:
        names = list(sample_photographs())
        return names[number % len(names)]


@lru_cache(maxsize=8)
def _photograph(path: Path) -> Image.Image:
    return open_picture(path)


@dataclass(frozen=True, eq=False)
class GivenPictures:
    """The user's own pictures: (title, picture) each."""

    pictures: Sequence[tuple[str, Image.Image]]

    @property
    def key(self) -> str:
        digest = hashlib.sha256()
        for _, picture in self.pictures:
            digest.update(f"{picture.size}".encode() + picture.tobytes())
        return f"given {digest.hexdigest()}"

    def __len__(self) -> int:
        return len(self.pictures)

    def title(self, number: int) -> str:
        return self.pictures[number][0]

    def picture(self, number: int) -> Image.Image:
        return self.pictures[number][1]


@dataclass(frozen=True, eq=False)
class Survey:
    """How strongly each channel of a layer responds to each of the first `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all.
        means: (step, C): mean over positions, what `channel` maximizes.
        highest: (step, C): the position of the largest value, row * W + column.
        lowest: (step, C).
    """

    step: int
    total: int
    means: Numbers
    highest: NDArray[np.int32]
    lowest: NDArray[np.int32]

    __repr__ = brief

    def ranking(self, channel: int, most: bool = True, count: int = 9) -> list[int]:
        """The numbers of the pictures that excite the channel most (or least), the most extreme first."""
        values = self.means[:, channel]
        order = np.argsort(-values if most else values, kind="stable")
        return [int(each) for each in order[:count]]


def survey_recipe(weights: str, layer: str, source: PictureSource) -> dict[str, str]:
    """The recipe of a search, under which its survey is kept. weights: the network's fingerprint. layer: its path."""
    return {"what": "search", "weights": weights, "layer": layer, "source": source.key}


@in_own_context
def search(model: Classifier, layer: str | Layer, source: PictureSource) -> Generator[Survey, None, None]:
    """Runs every picture of the source through the network up to the layer; the last survey covers all of them.

    Raises UnknownName or NotShowable for the layer, VizError for an empty source.
    """
    if not len(source):
        raise VizError("There are no pictures to search.", "Give a folder or a ZIP file with pictures.")
    known = find_layer(model, layer)
    batches = Batches(model, ("search", known.path), _AT_ONCE)
    rows: list[Row] = []
    for first in range(0, len(source), _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, len(source)))
        pixels = to_pixels([source.picture(number) for number in numbers], model)
        rows += batches(len(pixels), partial(_answers, model, known, pixels))
        yield Survey(numbers[-1] + 1, len(source), *(np.concatenate(each) for each in zip(*rows, strict=True)))


def _answers(model: Classifier, layer: Layer, pixels: Tensor, some: slice) -> Row:
    with torch.no_grad(), model.tap(layer.path) as seen:
        seen.run(pixels[some])
    maps = to_maps(seen[layer.path], layer).flatten(2).float()
    ends = maps.argmax(2).int().cpu().numpy(), maps.argmin(2).int().cpu().numpy()
    return maps.mean(2).cpu().numpy(), *ends
