"""The atlas of a layer: one optimized picture per channel, in order, made and stored in batches."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vizlib.activation_maximization.loop import maximize
from vizlib.activation_maximization.passes.host_device import Preview
from vizlib.activation_maximization.presets import preset, settled
from vizlib.layers import channel, find_layer
from vizlib.models import Classifier, in_own_context
from vizlib.records import Layer, brief
from vizlib.render import to_image
from vizlib.runs import CannotUnpack, Recipe, Store, as_stored, pack, unpack

_BATCH = {"cpu": 16, "cuda": 64, "mps": 16}
_SIDES = 48, 160  # px, of the smallest and the largest tile
_PLACES = 16  # positions of the layer that a tile covers, at least
Batch: TypeAlias = "tuple[NDArray[np.uint8], NDArray[np.float32], list[str]]"  # tiles, values and notes, as in `Atlas`


@dataclass(frozen=True)
class AtlasPlan:
    """Which tiles, and how they are made.

    Attributes:
        layer: its path.
        channels: their numbers, in the order of the tiles.
        steps: per picture.
        seed: of the noise and the transforms.
        sign: 1, or -1 for what inhibits the channels.
        size: of a tile, px; None: by the layer.
        settings: as `maximize` takes them.
    """

    layer: str
    channels: tuple[int, ...]
    steps: int = 64
    seed: int = 0
    sign: int = 1
    size: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Atlas:
    """The tiles as they stand after `step` of `total` optimization steps.

    Attributes:
        step: optimization steps done, of all batches together.
        total: steps in all.
        tiles: (T, h, w, 3), gray where nothing is yet.
        values: (T,), each channel's mean on its own tile; nan where it is not finished.
        notes: per tile, "" or what a person should know.
    """

    step: int
    total: int
    tiles: NDArray[np.uint8]
    values: NDArray[np.float32]
    notes: tuple[str, ...]

    __repr__ = brief

    @property
    def finished(self) -> int:
        """Tiles that will not change any more."""
        return int(np.isfinite(self.values).sum())


@in_own_context
def tile_size(model: Classifier, layer: str | Layer) -> int:
    """A tile's side in px: the larger the stride, the more a unit sees, and the larger its tile."""
    _, height, width = find_layer(model, layer).shape
    stride = max(model.input_size) / max(height, width)
    return int(min(max(16 * round(_PLACES * stride / 16), _SIDES[0]), _SIDES[1], max(model.input_size)))


@in_own_context
def atlas(model: Classifier, plan: AtlasPlan, store: Store) -> Generator[Atlas, None, None]:
    """The tiles as they form, in order; batches that the store has come first, all at once.

    Raises UnknownName or NotShowable for the layer or a channel.
    """
    sheet = _sheet(model, plan)
    keys = [_recipe(model, plan, sheet, number).key for number in range(len(sheet.rows))]
    stored = {number: _stored(store, key, sheet.shape(number)) for number, key in enumerate(keys)}
    known = {number: batch for number, batch in stored.items() if batch is not None}
    if known:
        yield sheet.finish(known)
    for number, key in enumerate(keys):
        if number not in known:
            batch = yield from _made(model, plan, sheet, number)
            store.put(key, pack(batch, {}))
            yield sheet.finish({number: batch})


@in_own_context
def is_stored(model: Classifier, plan: AtlasPlan, store: Store) -> bool:
    """Whether the store has all tiles, so that `atlas` has nothing to compute."""
    sheet = _sheet(model, plan)
    keys = [_recipe(model, plan, sheet, number).key for number in range(len(sheet.rows))]
    return all(_stored(store, key, sheet.shape(number)) is not None for number, key in enumerate(keys))


def _sheet(model: Classifier, plan: AtlasPlan) -> _Sheet:
    return _Sheet(plan, plan.size or tile_size(model, plan.layer), _BATCH.get(model.device.type, 16))


class _Sheet:
    """The tiles so far. Frames already given do not change: each change is made on a copy."""

    def __init__(self, plan: AtlasPlan, size: int, at_once: int) -> None:
        count = len(plan.channels)
        self.size = size
        self.rows = [slice(first, min(first + at_once, count)) for first in range(0, count, at_once)]  # of the batches
        self._steps = plan.steps  # of a batch
        self._done = 0  # batches
        self._tiles = np.full((count, size, size, 3), 128, np.uint8)
        self._values = np.full(count, np.nan, np.float32)
        self._notes = [""] * count

    def shape(self, number: int) -> tuple[int, ...]:
        """The shape of a batch's tiles."""
        return self._tiles[self.rows[number]].shape

    def finish(self, batches: Mapping[int, Batch]) -> Atlas:
        """Puts whole batches into their places."""
        self._tiles, self._values = self._tiles.copy(), self._values.copy()
        for number, (tiles, values, notes) in batches.items():
            rows = self.rows[number]
            self._tiles[rows], self._values[rows], self._notes[rows] = tiles, values, notes
        self._done += len(batches)
        return self.frame(0)

    def show(self, number: int, tiles: NDArray[np.uint8]) -> None:
        """Puts tiles that are being made into their places."""
        self._tiles = self._tiles.copy()
        self._tiles[self.rows[number]] = tiles

    def frame(self, step: int) -> Atlas:
        """The sheet after `step` steps of the batch that is being made."""
        done, total = self._steps * self._done, self._steps * len(self.rows)
        return Atlas(done + step, total, self._tiles, self._values, tuple(self._notes))


def _made(model: Classifier, plan: AtlasPlan, sheet: _Sheet, number: int) -> Generator[Atlas, None, Batch]:
    """Makes a batch, with a frame after each step but the last."""
    objectives = [plan.sign * channel(plan.layer, each) for each in plan.channels[sheet.rows[number]]]
    preview = Preview(model.device)
    for frame in maximize(model, objectives, plan.steps, plan.seed, None, sheet.size, **plan.settings):
        if frame.step < frame.total:
            images = preview.take(frame.pixels)
            if images is not None:
                sheet.show(number, images)
            yield sheet.frame(frame.step)
    return to_image(frame.pixels), plan.sign * frame.scores.cpu().numpy(), list(frame.notes)


def _stored(store: Store, key: str, shape: tuple[int, ...]) -> Batch | None:
    content = store.get(key)
    if content is None:
        return None
    try:
        batch: Batch = unpack(content, {})
    except CannotUnpack:
        return None
    return batch if len(batch) == 3 and batch[0].shape == shape else None


def _recipe(model: Classifier, plan: AtlasPlan, sheet: _Sheet, number: int) -> Recipe:
    """The recipe under which the store has a batch."""
    settings = settled(model, {**preset(model, inside=True), **plan.settings})
    recipe = Recipe(
        {
            "what": "atlas",
            "weights": model.fingerprint,
            "layer": plan.layer,
            "channels": list(plan.channels[sheet.rows[number]]),
            "steps": plan.steps,
            "seed": plan.seed,
            "sign": plan.sign,
            "size": sheet.size,
            "settings": settings,
        }
    )
    return as_stored(recipe, model.device.type)


def similar_order(answers: NDArray[np.float32]) -> list[int]:
    """An order in which similar channels are neighbors: each is followed by the remaining one that is most like it.

    answers: (pictures, C), how strongly each channel answers to each picture, as a survey has them.
    """
    centered = answers - answers.mean(0)
    length = np.linalg.norm(centered, axis=0)
    unit = centered / np.where(length > 0, length, 1)
    alike = unit.T @ unit
    here = int(length.argmax())
    order, left = [here], set(range(answers.shape[1])) - {here}
    while left:
        rest = sorted(left)
        here = rest[int(alike[here, rest].argmax())]
        order.append(here)
        left.remove(here)
    return order
