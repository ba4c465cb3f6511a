"""The gallery: each network with its layers as strips of a few tiles, a few networks at a time."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.batch.gallery import Gallery, ShownLayer, ShownNetwork, accuracy
from vizlib.ui.shared import links
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets.strips import Row, Strips, strips
from vizlib.ui.zoo import opening, stock

ALL = "all networks"
_NETWORKS, _LAYERS = 3, 5  # networks of a page, and layers of each, where all are shown
_ROWS = 24  # layers of a page, where one network is shown
_PAGE = "zoo_page"
_HINT = "Click a layer's name to open its atlas, or a tile to see that unit large."


def draw(shown: Gallery, title: str) -> None:
    """Draws the networks, or the one with that title. title: ALL, or a network's."""
    one = shown.network(title)
    if one is None:
        for at, network in enumerate(shown.networks[_page(len(shown.networks), _NETWORKS)]):
            _shelf(network, _spread(network.layers, _LAYERS), "" if at else _HINT)
        return
    _shelf(one, one.layers[_page(len(one.layers), _ROWS)], _HINT)


def _page(count: int, most: int) -> slice:
    """Draws the choice of a page if not all fit on one; returns those on it."""
    pages = -(-count // most)
    if pages == 1:
        return slice(0, most)
    if st.session_state.get(_PAGE, 1) > pages:
        st.session_state[_PAGE] = 1
    number = linked().pagination(pages, key=_PAGE)
    return slice((number - 1) * most, number * most)


def _spread(layers: Sequence[ShownLayer], most: int) -> Sequence[ShownLayer]:
    """Layers from the whole depth: the first, the last, and some between."""
    if len(layers) <= most:
        return layers
    return [layers[round(at * (len(layers) - 1) / (most - 1))] for at in range(most)]


def _shelf(network: ShownNetwork, layers: Sequence[ShownLayer], hint: str) -> None:
    """Draws a network: its name, what is known about it, and its strips."""
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(plain(network.title), width="content")
            if len(layers) < len(network.layers) and len(layers) <= _LAYERS:
                every = f"All {len(network.layers):d} layers"
                give = {opening.ONLY: network.title}
                st.button(every, key=f"all of {network.title}", on_click=links.give, args=(give,))
        st.caption(plain(_about(network)))
        rows = [stock.strip(each) for each in layers]
        words = Strips(
            f"Layers of {network.title}",
            hint,
            [_row(network, each, [some.about(at) for at in range(len(some))]) for each, some in zip(layers, rows)],
            stock.SIDE,
        )

        def pick(row: int, at: int) -> None:
            _open(network, layers[row], rows[row].channels[at] if at >= 0 else None)

        strips(stock.sheet_of(rows), words, f"strips of {network.title}", pick)


def _row(network: ShownNetwork, layer: ShownLayer, labels: Sequence[str]) -> Row:
    action = "opens its atlas" if opening.at_once(network, layer) else "shows its first unit"
    told = [f"{layer.path}, {each}" for each in labels]
    return Row(layer.path, f"{layer.there:,} of {layer.units:,} units", layer.coverage, action, told)


def _open(network: ShownNetwork, layer: ShownLayer, channel: int | None) -> None:
    """What a click does: on a tile it shows the unit, on the name the atlas, if that opens at once."""
    if channel is None and opening.at_once(network, layer):
        opening.atlas(network, layer, opening.first(layer))
    else:
        opening.card(network, layer, opening.first(layer) if channel is None else channel)


def _about(network: ShownNetwork) -> str:
    known = accuracy(network.name)
    right = f"Right about {known.words}" if known else "Its accuracy is not known here"
    layers = network.words
    absent = "" if opening.is_here(network) else " This server does not have its weights."
    return f"{right}. {layers}.{absent}"
