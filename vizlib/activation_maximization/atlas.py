"""The atlas of a layer: one optimized picture per channel, in order, many a batch, each batch kept for good."""

from __future__ import annotations

import io
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizlib.activation_maximization.loop import maximize
from vizlib.activation_maximization.objectives import channel
from vizlib.activation_maximization.passes.host_device import Preview
from vizlib.activation_maximization.presets import preset, settled
from vizlib.layers import find_layer
from vizlib.models import Classifier
from vizlib.records import Recipe
from vizlib.render import to_image
from vizlib.runs import Store

_BATCH = {"cpu": 16, "cuda": 64, "mps": 16}
_SIDES = 48, 160  # px, of the smallest and the largest tile
_PLACES = 16  # of the layer, on which a tile lies at least
_VERSION = 1  # of the pictures: another loop makes others


@dataclass(frozen=True)
class Plan:
    """Which tiles, and how they are made."""

    layer: str
    channels: tuple[int, ...]
    steps: int = 64
    seed: int = 0
    sign: int = 1  # -1: what inhibits the channels
    size: int | None = None  # px; None: by the layer
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Atlas:
    """The tiles as they stand after `step` of `total` optimization steps."""

    step: int
    total: int
    tiles: NDArray[np.uint8]  # (T, h, w, 3), gray where nothing is yet
    values: NDArray[np.float32]  # (T,), each channel's mean on its own tile; nan where it is not finished
    notes: tuple[str, ...]  # per tile, "" or what a person should know

    @property
    def finished(self) -> int:
        """Tiles that will not change any more."""
        return int(np.isfinite(self.values).sum())


def tile_size(model: Classifier, layer: str) -> int:
    """A tile's side in px: the larger the stride, the more a unit sees, and the larger its tile."""
    _, height, width = find_layer(model, layer).shape
    stride = max(model.input_size) / max(height, width)
    return int(min(max(16 * round(_PLACES * stride / 16), _SIDES[0]), _SIDES[1], max(model.input_size)))


def atlas(model: Classifier, plan: Plan, store: Store) -> Generator[Atlas, None, None]:
    """The tiles as they form, in order; batches that the store knows come at once.

    Raises UnknownName or NotShowable for the layer or a channel.
    """
    size = plan.size or tile_size(model, plan.layer)
    at_once = _BATCH.get(model.device.type, 16)
    batches = [plan.channels[first : first + at_once] for first in range(0, len(plan.channels), at_once)]
    total = plan.steps * len(batches)
    tiles = np.full((len(plan.channels), size, size, 3), 128, np.uint8)
    values = np.full(len(plan.channels), np.nan, np.float32)
    notes = [""] * len(plan.channels)
    first = 0
    for number, some in enumerate(batches):
        rows = slice(first, first + len(some))
        key = _recipe(model, plan, size, some).key
        known = _unpacked(store.get(key), (len(some), size, size, 3))
        if known is None:
            preview = Preview(model.device)
            for frame in maximize(
                model, [plan.sign * channel(plan.layer, each) for each in some], plan.steps, plan.seed, None, size,
                **plan.settings,
            ):  # fmt: skip
                if frame.step < frame.total:
                    images = preview.take(frame.pixels)
                    if images is not None:
                        tiles = tiles.copy()
                        tiles[rows] = images
                    yield Atlas(number * plan.steps + frame.step, total, tiles, values, tuple(notes))
            known = to_image(frame.pixels), plan.sign * frame.scores.cpu().numpy(), list(frame.notes)
            store.put(key, _packed(*known))
        tiles, values = tiles.copy(), values.copy()
        tiles[rows], values[rows], notes[rows] = known
        first += len(some)
        yield Atlas((number + 1) * plan.steps, total, tiles, values, tuple(notes))


def _recipe(model: Classifier, plan: Plan, size: int, channels: Sequence[int]) -> Recipe:
    settings = settled(model, {**preset(model, inside=True), **plan.settings})
    return Recipe(
        {
            "what": "atlas",
            "version": _VERSION,
            "weights": model.fingerprint,
            "layer": plan.layer,
            "channels": list(channels),
            "steps": plan.steps,
            "seed": plan.seed,
            "sign": plan.sign,
            "size": size,
            "settings": settings,
        }
    )


def _packed(tiles: NDArray[np.uint8], values: NDArray[np.float32], notes: Sequence[str]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, tiles=tiles, values=values, notes=np.array(notes, dtype=np.str_))
    return file.getvalue()


def _unpacked(
    content: bytes | None, shape: tuple[int, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.float32], list[str]] | None:
    if content is None:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        tiles, values, notes = kept["tiles"], kept["values"], kept["notes"].tolist()
    return (tiles, values, notes) if tiles.shape == shape else None


def similar_order(answers: NDArray[np.float32]) -> list[int]:
    """Channels so that alike ones are neighbors: each followed by the one left that answers most like it.

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
