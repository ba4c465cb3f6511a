"""Stores filled by hand: random tiles in the places of atlases, so that nothing has to be computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vizlib.activation_maximization import StoredAtlas, list_atlas
from vizlib.runs import Store, versions

SETTINGS = {"learning_rate": 0.1, "tv": 0.5, "precision": "full"}


def atlas_of(network: str, layer: str, units: int = 20, **more: Any) -> StoredAtlas:
    """An atlas without its tiles. more: parts of its recipe, and `order`, `depth`, `kind`, `usual`, `at_once`."""
    own = {name: more.pop(name) for name in ("order", "depth", "kind", "usual") if name in more}
    at_once = more.pop("at_once", 16)
    recipe = {
        "what": "atlas",
        "weights": "f00d" * 4,
        "layer": layer,
        "steps": 64,
        "seed": 0,
        "sign": 1,
        "size": 48,
        "settings": SETTINGS,
        "device": "cpu",
        "versions": versions(),
    }
    return StoredAtlas(network, tuple(range(units)), at_once, recipe | more, **{"kind": "stage", **own})


def tiles_of(atlas: StoredAtlas, number: int) -> np.ndarray:
    """The tiles that `fill` puts into a batch: of one color each, which no other unit of the layer has."""
    channels = np.array(atlas.channels[atlas.rows[number]])
    tiles = np.zeros((len(channels), atlas.size, atlas.size, 3), np.uint8)
    tiles[..., 0] = (channels * 12 % 256)[:, None, None]
    tiles[..., 1] = (channels // 21 * 40 % 256)[:, None, None]
    tiles[..., 2] = 60 + 90 * (np.arange(atlas.size)[:, None] > atlas.size // 2)
    return tiles


def fill(store: Store, atlas: StoredAtlas, batches: Iterable[int] | None = None) -> StoredAtlas:
    """Puts batches of the atlas into the store, by default all, and makes it known."""
    for number in range(len(atlas.rows)) if batches is None else batches:
        rows = atlas.rows[number]
        values = np.array(atlas.channels[rows], np.float32) + 0.5
        notes = ["It did not move." if each == 3 else "" for each in atlas.channels[rows]]
        atlas.keep(store, number, (tiles_of(atlas, number), values, notes))
    list_atlas(store, atlas)
    return atlas


def note_of(atlas: StoredAtlas) -> Mapping[str, Any]:
    """What an earlier version noted of an atlas: without the layer's order, depth and kind."""
    return {each: getattr(atlas, each) for each in ("network", "channels", "at_once", "recipe")}
