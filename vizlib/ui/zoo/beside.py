"""Two networks at the same depth, side by side: the layer of each that is nearest to a share of its running order."""

from __future__ import annotations

import streamlit as st

from vizlib.batch.gallery import Gallery, ShownLayer, ShownNetwork
from vizlib.render import contact_sheet
from vizlib.ui.shared import live
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets.sheet import Tiles, sheet
from vizlib.ui.zoo import opening, stock

_TILES, _COLUMNS = 48, 8
_KEYS = ("zoo_left", "zoo_right")


def choose(shown: Gallery) -> tuple[list[ShownNetwork], float]:
    """Draws the boxes for both networks and the slider; returns the networks and the depth, in [0, 1]."""
    titles = [each.title for each in shown.networks]
    chosen = []
    for at, (label, key) in enumerate(zip(("First network", "Second network"), _KEYS)):
        title = linked().selectbox(plain(label), titles, min(at, len(titles) - 1), key=key, width=190)
        chosen.append(shown.network(str(title)) or shown.networks[0])
    words = "The depth of a layer is its place in the network's running order: 0 % is the first layer, 100 % the last."
    depth = linked().slider("Depth (%)", 0, 100, 50, 5, key="zoo_depth", help=words, width=240)
    return chosen, depth / 100


def draw(networks: list[ShownNetwork], depth: float) -> None:
    """Draws the tiles of both layers. A click shows the unit."""
    layers = [each.nearest(depth) for each in networks]
    told = [
        f"{plain(layer.path)} of {plain(each.title)} ({100 * layer.atlas.depth:.0f} %)"
        for each, layer in zip(networks, layers)
    ]
    live.verdict().markdown(f"**Nearest to {100 * depth:.0f} % of the depth:** {' and '.join(told)}.")
    for column, key, network, layer in zip(st.columns(2, gap="large"), _KEYS, networks, layers):
        with column:
            _side(network, layer, key)


def _side(network: ShownNetwork, layer: ShownLayer, key: str) -> None:
    st.header(plain(network.title))
    st.caption(f"{plain(layer.path)}: {layer.there:d} of {layer.units:d} units are in the store.")
    some = stock.page(layer, 0, max(1, _TILES // layer.atlas.at_once))
    if not len(some):
        return
    image, grid = contact_sheet(some.images[:_TILES], _COLUMNS, stock.SIDE, 6)
    labels = [some.about(at) for at in range(min(_TILES, len(some)))]
    words = Tiles(f"{layer.path} of {network.title}", "Click a tile to see that unit large.", labels)
    sheet(image, grid, words, f"tiles {key}", lambda tile: opening.card(network, layer, some.channels[tile]))
