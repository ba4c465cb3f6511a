"""What the page shows of the store: the listing, read again after some seconds, and strips, which stay in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from vizlib.batch.gallery import Found, Gallery, ShownLayer, Tiles, found, gallery, thumbnails, tile, tiles
from vizlib.render import Array, contact_sheet
from vizlib.runs import Store
from vizlib.ui.shared import server

STRIP = 12  # tiles of a strip
SIDE = 96  # px of a tile in a strip and on a sheet
_FRESH = 5  # seconds: a listing of 13,000 batches takes a quarter of a second
_STRIPS, _LAYERS = 160, 64  # kept in memory: at 330 kB, and at 1.3 MB


def shown() -> Gallery:
    """What the store holds."""
    store = server.runs().store
    return _listed(f"{id(store)} {store.folder}", store)


@st.cache_resource(ttl=_FRESH, max_entries=4, show_spinner=False)
def _listed(where: str, _store: Store) -> Gallery:
    return gallery(_store)


def strip(layer: ShownLayer) -> Tiles:
    """The first tiles of the layer, small."""
    return _small(_key(layer), STRIP, layer)


def page(layer: ShownLayer, first: int, count: int) -> Tiles:
    """The tiles of `count` batches from the `first` of those that are there, small."""
    some = replace(layer, batches=layer.batches[first : first + count])
    return _small(_key(some), None, some)


@st.cache_resource(max_entries=_STRIPS, show_spinner=False)
def _small(key: str, most: int | None, _layer: ShownLayer) -> Tiles:
    some = tiles(server.runs().store, _layer, most)
    return replace(some, images=thumbnails(some, SIDE))


def _key(layer: ShownLayer) -> str:
    """Tells what is shown from everything else: the first batch's key, and which batches are there."""
    return f"{layer.atlas.keys[0]} {layer.batches}"


def unit(layer: ShownLayer, channel: int) -> Tiles | None:
    """The tile of one channel, as large as it is stored."""
    return tile(server.runs().store, layer, channel)


@st.cache_resource(ttl=_FRESH, max_entries=_LAYERS, show_spinner=False)
def _searched(key: str, _layer: ShownLayer) -> Found | None:
    return found(server.runs().store, _layer)


def searched(layer: ShownLayer) -> Found | None:
    """A search among pictures that the store has for the layer."""
    return _searched(_key(layer), layer)


def sheet_of(rows: list[Tiles]) -> Array:
    """Several strips as one picture: a row each, with black where a strip has fewer tiles."""
    columns = max(1, *(len(each) for each in rows))
    whole = np.zeros((len(rows), columns, SIDE, SIDE, 3), np.uint8)
    for row, some in zip(whole, rows, strict=True):
        row[: len(some)] = some.images
    return contact_sheet(whole.reshape(-1, SIDE, SIDE, 3), columns, SIDE, 0)[0]
