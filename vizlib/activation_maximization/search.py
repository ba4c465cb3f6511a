"""Activation maximization by search: which of many given pictures excite a unit most and least.

The oldest method (Erhan et al. 2009, Zeiler and Fergus 2013, arXiv 1311.2901), and the one from which people predict a
unit's answers best (92 % right against 82 % from optimized pictures: Borowski et al. 2021, arXiv 2010.12606).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers import find_layer, to_maps
from vizlib.models import Classifier, _device_problems, to_pixels
from vizlib.records import Unit
from vizlib.synthetic import BACKGROUNDS, HELD_OUT_SEED, SCENE_CLASSES, draw_digit, draw_scene

Numbers = NDArray[np.float32]
_AT_ONCE = 16
_SEEN = 0.95  # of the gradient, along each axis, is inside the box that a unit sees
_LEAST_BOX = 16  # px


class Source(Protocol):
    """Pictures to search, by number."""

    key: str  # what makes it the same source, for recipes

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


@dataclass(frozen=True, eq=False)
class GivenPictures:
    """Pictures of a person's own: (title, picture) each."""

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
    """How strongly each channel of a layer answers to each picture looked at so far, `step` of `total`."""

    step: int
    total: int
    means: Numbers  # (step, C): mean over positions, what `channel` maximizes
    highest: NDArray[np.int32]  # (step, C): the position of the largest value, row * W + column
    lowest: NDArray[np.int32]  # (step, C)

    def ranking(self, channel: int, most: bool = True, count: int = 9) -> list[int]:
        """Numbers of the pictures that excite the channel most (or least), the first the most extreme."""
        values = self.means[:, channel]
        order = np.argsort(-values if most else values, kind="stable")
        return [int(each) for each in order[:count]]


def search(model: Classifier, layer: str, source: Source) -> Generator[Survey, None, None]:
    """Every picture of the source through the network up to the layer; the last survey is the whole one.

    Raises UnknownName or NotShowable for the layer, VizError for an empty source.
    """
    if not len(source):
        raise VizError("There are no pictures to search.", "Give a folder or a ZIP file with pictures.")
    known = find_layer(model, layer)
    rows: list[tuple[Numbers, NDArray[np.int32], NDArray[np.int32]]] = []
    for first in range(0, len(source), _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, len(source)))
        pixels = torch.cat([to_pixels(source.picture(number), model) for number in numbers])
        with torch.no_grad(), model.tap(layer) as seen:
            seen.run(pixels)
        maps = to_maps(seen[layer], known).flatten(2).float()
        ends = maps.argmax(2).int().cpu().numpy(), maps.argmin(2).int().cpu().numpy()
        rows.append((maps.mean(2).cpu().numpy(), *ends))
        yield Survey(numbers[-1] + 1, len(source), *(np.concatenate(each) for each in zip(*rows, strict=True)))


def seen_boxes(model: Classifier, unit: Unit, pixels: Tensor, places: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """What the unit sees of each picture (N, 3, H, W) at a position (row * W + column on the layer's grid).

    (left, top, right, bottom) in px of a square that holds 95 % of the gradient along each axis; the whole picture
    where the unit has none.
    """
    layer = find_layer(model, unit.layer, (pixels.shape[2], pixels.shape[3]))
    rows = torch.arange(len(pixels), device=pixels.device)
    leaf = pixels.detach().requires_grad_()
    with torch.enable_grad(), _device_problems(model, leaf):
        with model.tap(unit.layer) as seen:
            seen.run(leaf)
        values = to_maps(seen[unit.layer], layer).flatten(2)[rows, unit.channel, list(places)]
        (gradient,) = torch.autograd.grad(values.sum(), leaf)
    return [_box(each) for each in gradient.abs().sum(1).cpu().numpy()]


def _box(size: Numbers) -> tuple[int, int, int, int]:
    height, width = size.shape
    if not size.any():
        return 0, 0, width, height
    (top, bottom), (left, right) = (_middle(size.sum(axis)) for axis in (1, 0))
    side = min(max(bottom - top, right - left, _LEAST_BOX), height, width)
    left = min(max(0, (left + right - side) // 2), width - side)
    top = min(max(0, (top + bottom - side) // 2), height - side)
    return left, top, left + side, top + side


def _middle(mass: NDArray[Any]) -> tuple[int, int]:
    """First and last + 1 of the places between which 95 % of the mass lie."""
    share = np.cumsum(mass) / mass.sum()
    out = (1 - _SEEN) / 2
    return int(np.searchsorted(share, out)), int(np.searchsorted(share, 1 - out)) + 1


def fed_classes(model: Classifier, unit: Unit, pixels: Tensor) -> Numbers:
    """How much each class's logit would fall, to first order, if the channel were switched off; mean over the pictures.

    (K,), in logits: gradient times activation (Shrikumar et al. 2016, arXiv 1605.01713), for all classes in one go by
    differentiating twice.
    """
    layer = find_layer(model, unit.layer, (pixels.shape[2], pixels.shape[3]))
    with torch.enable_grad(), _device_problems(model, pixels):
        with model.tap(unit.layer, leaves=True) as seen:
            logits = model(pixels)
        leaf = seen[unit.layer]
        ask = torch.zeros_like(logits, requires_grad=True)
        (back,) = torch.autograd.grad(logits, leaf, ask, create_graph=True)
        share = (to_maps(back, layer)[:, unit.channel] * to_maps(leaf, layer)[:, unit.channel].detach()).sum()
        (effect,) = torch.autograd.grad(share, ask)
    return effect.mean(0).detach().cpu().numpy()
