"""What the store holds of an atlas: its tiles in batches, under keys that can be told without the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vizlib.activation_maximization.presets import preset, settled
from vizlib.layers import find_layer, list_layers
from vizlib.models import Classifier, in_own_context
from vizlib.records import Layer
from vizlib.runs import CannotUnpack, Recipe, Store, as_stored, pack, unpack

AT_ONCE = {"cpu": 16, "cuda": 64, "mps": 16}  # tiles of a batch, by the kind of device
_SIDES = 48, 160  # px, of the smallest and the largest tile
_PLACES = 16  # positions of the layer that a tile covers, at least
_NOTE = "atlas"
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


@dataclass(frozen=True)
class StoredAtlas:
    """The batches of an atlas in the store.

    Attributes:
        network: its name.
        channels: their numbers, in the order of the tiles.
        at_once: tiles of a batch.
        recipe: of every batch, but for its channels.
        order: the layer's position in the network's running order, from 0.
        depth: the same as a share of the network, from 0 for its first layer to 1 for its last one.
        kind: of the layer, as `vizlib.records.Layer` has it; "" where it is not known.
        usual: whether its size and settings are those that the network's kind starts from.
    """

    network: str
    channels: tuple[int, ...]
    at_once: int
    recipe: Mapping[str, Any]
    order: int = 0
    depth: float = 0.0
    kind: str = ""
    usual: bool = True

    @cached_property
    def rows(self) -> list[slice]:
        """The tiles of each batch."""
        count = len(self.channels)
        return [slice(first, min(first + self.at_once, count)) for first in range(0, count, self.at_once)]

    @cached_property
    def keys(self) -> list[str]:
        """The key of each batch."""
        return [Recipe({**self.recipe, "channels": list(self.channels[rows])}).key for rows in self.rows]

    def like(self, other: StoredAtlas) -> bool:
        """Whether the pictures are those of the other one, made on another kind of device.

        The kinds differ in the precision of the steps, too.
        """
        return _apart_from_device(self.recipe) == _apart_from_device(other.recipe)

    @property
    def size(self) -> int:
        """A tile's side, px."""
        return int(self.recipe["size"])

    def batch(self, store: Store, number: int) -> Batch | None:
        """A batch, if the store has it."""
        content = store.get(self.keys[number])
        if content is None:
            return None
        try:
            batch: Batch = unpack(content, {})
        except CannotUnpack:
            return None
        rows = self.rows[number]
        shape = (rows.stop - rows.start, self.size, self.size, 3)
        return batch if len(batch) == 3 and batch[0].shape == shape else None

    def batches(self, store: Store) -> dict[int, Batch]:
        """The batches that the store has, by number."""
        found = {number: self.batch(store, number) for number in range(len(self.rows))}
        return {number: batch for number, batch in found.items() if batch is not None}

    def keep(self, store: Store, number: int, batch: Batch) -> None:
        """Puts a batch into the store."""
        store.put(self.keys[number], pack(batch, {}))

    def complete(self, store: Store) -> bool:
        """Whether the store has every batch, unless one of them is damaged."""
        return all(map(store.has, self.keys))


def _apart_from_device(recipe: Mapping[str, Any]) -> str:
    settings = {name: value for name, value in recipe["settings"].items() if name != "precision"}
    return Recipe({**recipe, "settings": settings, "device": ""}).text


@in_own_context
def tile_size(model: Classifier, layer: str | Layer) -> int:
    """A tile's side in px: the larger the stride, the more a unit sees, and the larger its tile."""
    _, height, width = find_layer(model, layer).shape
    stride = max(model.input_size) / max(height, width)
    return int(min(max(16 * round(_PLACES * stride / 16), _SIDES[0]), _SIDES[1], max(model.input_size)))


@in_own_context
def stored_atlas(model: Classifier, plan: AtlasPlan, device: str = "") -> StoredAtlas:
    """Where the store has the plan's tiles, as a kind of device makes them: by default the network's.

    Raises UnknownName or NotShowable for the layer.
    """
    kind, layer = device or model.device.type, find_layer(model, plan.layer)
    start, side = preset(model, inside=True), tile_size(model, layer)
    settings = settled(model, {**start, **plan.settings})
    parts = {
        "what": "atlas",
        "weights": model.fingerprint,
        "layer": plan.layer,
        "steps": plan.steps,
        "seed": plan.seed,
        "sign": plan.sign,
        "size": plan.size or side,
        "settings": settings,
    }
    return StoredAtlas(
        model.name,
        plan.channels,
        AT_ONCE.get(kind, 16),
        as_stored(Recipe(parts), kind).parts,
        layer.order,
        layer.order / max(1, max(each.order for each in list_layers(model))),
        layer.kind,
        plan.size in (None, side) and settings == settled(model, start),
    )


def list_atlas(store: Store, atlas: StoredAtlas) -> None:
    """Makes the atlas of a whole layer known to galleries, whichever of its tiles are there."""
    store.note(_NOTE, asdict(atlas))


def listed_atlases(store: Store) -> list[StoredAtlas]:
    """The atlases that were made known, the oldest first, whichever of their tiles the store has.

    What another version has noted in another form is left out where it cannot be read.
    """
    return [atlas for note in store.notes(_NOTE) if (atlas := _read(note)) is not None]


def _read(note: Mapping[str, Any]) -> StoredAtlas | None:
    known = {each.name: note[each.name] for each in fields(StoredAtlas) if each.name in note}
    try:
        atlas = StoredAtlas(**known | {"channels": tuple(map(int, known["channels"]))})
        readable = atlas.at_once > 0 and atlas.size > 0 and bool(str(atlas.recipe["layer"]))
    except (KeyError, TypeError, ValueError):
        return None
    return atlas if readable else None
