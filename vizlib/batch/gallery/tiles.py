"""Tiles out of the store: a few of a layer, all of them, or one. Only the batches that are shown are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vizlib.batch.gallery.listing import ShownLayer
from vizlib.records import brief
from vizlib.runs import Store


@dataclass(frozen=True, eq=False)
class Tiles:
    """Tiles that the store has.

    Attributes:
        channels: their numbers in the layer.
        images: (T, h, w, 3) uint8.
        values: (T,), each channel's mean activation on its own tile.
        notes: per tile, "" or what a person should know.
    """

    channels: tuple[int, ...]
    images: NDArray[np.uint8]
    values: NDArray[np.float32]
    notes: tuple[str, ...]

    __repr__ = brief

    def __len__(self) -> int:
        return len(self.channels)

    def about(self, at: int) -> str:
        """What is to be said about a tile: "unit 12, mean activation 3.41"."""
        words = f"unit {self.channels[at]}, mean activation {self.values[at]:.3g}"
        return f"{words}. {self.notes[at]}" if self.notes[at] else words


def tiles(store: Store, layer: ShownLayer, most: int | None = None) -> Tiles:
    """The first `most` tiles that the store has of the layer, in its order; all of them by default.

    Batches that turn out to be damaged are left out, so there may be fewer than the listing says.
    """
    found: list[Tiles] = []
    for number in layer.batches:
        if most is not None and sum(map(len, found)) >= most:
            break
        batch = _batch(store, layer, number)
        found += [] if batch is None else [batch]
    return _joined(layer, found, most)


def readable(store: Store, layer: ShownLayer) -> tuple[int, ...]:
    """The numbers of the layer's batches that are there and not damaged. It reads all of them."""
    return tuple(number for number in layer.batches if _batch(store, layer, number) is not None)


def tile(store: Store, layer: ShownLayer, channel: int) -> Tiles | None:
    """The tile of one channel, if the store has it."""
    places = [at for at, each in enumerate(layer.atlas.channels) if each == channel]
    number = places[0] // layer.atlas.at_once if places else -1
    batch = _batch(store, layer, number) if number in layer.batches else None
    return None if batch is None else _one(batch, batch.channels.index(channel))


def thumbnails(some: Tiles, side: int) -> NDArray[np.uint8]:
    """The images scaled to squares of `side` px, (T, side, side, 3)."""
    scaled = [np.asarray(Image.fromarray(each).resize((side, side), Image.Resampling.LANCZOS)) for each in some.images]
    return np.stack(scaled) if scaled else np.zeros((0, side, side, 3), np.uint8)


def _batch(store: Store, layer: ShownLayer, number: int) -> Tiles | None:
    found = layer.atlas.batch(store, number)
    if found is None:
        return None
    images, values, notes = found
    return Tiles(layer.atlas.channels[layer.atlas.rows[number]], images, values, tuple(map(str, notes)))


def _one(batch: Tiles, at: int) -> Tiles:
    here = slice(at, at + 1)
    return Tiles(batch.channels[here], batch.images[here], batch.values[here], batch.notes[here])


def _joined(layer: ShownLayer, found: list[Tiles], most: int | None) -> Tiles:
    side = layer.atlas.size
    return Tiles(
        tuple(channel for each in found for channel in each.channels)[:most],
        np.concatenate([np.zeros((0, side, side, 3), np.uint8), *(each.images for each in found)])[:most],
        np.concatenate([np.zeros(0, np.float32), *(each.values for each in found)])[:most],
        tuple(note for each in found for note in each.notes)[:most],
    )
