"""One unit, as far as the store knows it: its tile large, found pictures if there was a search, and how it was made."""

from __future__ import annotations

import numpy as np
import streamlit as st

from vizlib.batch.gallery import Found, ShownLayer, ShownNetwork, Tiles
from vizlib.render import Array, contact_sheet, fitted, wide_columns
from vizlib.ui.shared import live, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import number, plain
from vizlib.ui.widgets.sheet import Tiles as Labels
from vizlib.ui.widgets.sheet import sheet
from vizlib.ui.zoo import opening, stock

_SHOWN = 9  # found pictures
_SIDE = 128  # px of a found picture
_NEIGHBORS = 48  # tiles under the card


def choose(network: ShownNetwork) -> tuple[ShownLayer, int]:
    """Draws the boxes for the layer and the channel; returns both."""
    paths = [each.path for each in network.layers]
    if st.session_state.get(opening.LAYER) not in paths:
        st.session_state.pop(opening.LAYER, None)
    path = linked().selectbox("Layer", paths, key=opening.LAYER, width=160)
    layer = network.layer(str(path)) or network.layers[0]
    most = max(layer.atlas.channels)
    if st.session_state.get(opening.UNIT, 0) > most:
        st.session_state[opening.UNIT] = 0
    channel = linked().number_input("Channel", 0, most, 0, key=opening.UNIT, width=130)
    return layer, int(channel)


def draw(network: ShownNetwork, layer: ShownLayer, channel: int) -> None:
    """Draws the card, and under it the layer's other units."""
    known = stock.searched(layer)
    left, *middle, right = st.columns([3, 3, 4] if known else [4, 6], gap="large")
    with left:
        _tile(layer, channel, stock.unit(layer, channel))
    if known:
        with middle[0]:
            _pictures(known, channel)
    with right:
        _ways(network, layer, channel)
        if not known:
            st.caption("The store has no found pictures for this layer. The unit's card searches for some.")
        _made(layer)
    st.header(f"More units of {plain(layer.path)}")
    _neighbors(network, layer, channel)


def _tile(layer: ShownLayer, channel: int, found: Tiles | None) -> None:
    if found is None:
        live.verdict().markdown(f"**Channel {channel:d} of {plain(layer.path)}** is not in the store.")
        st.caption(f"The store has {layer.there:d} of the layer's {layer.units:d} units.")
        return
    value = plain(number(float(found.values[0])))
    words = "activates" if layer.atlas.recipe.get("sign", 1) == 1 else "suppresses"
    live.verdict().markdown(
        f"**Channel {channel:d} of {plain(layer.path)}** has a mean activation of {value} on the picture that "
        f"{plain(words)} it most."
    )
    note = f" {found.notes[0]}" if found.notes[0] else ""
    show.figure(found.images[0], f"{words.capitalize()} it most, optimized from noise.{note}")


def _pictures(known: Found, channel: int) -> None:
    numbers = known.survey.ranking(channel, True, _SHOWN)
    ends = [known.survey.means[each, channel] for each in (numbers[0], numbers[-1])]
    show.figure(
        contact_sheet(_drawn(known, numbers), 3, _SIDE, 4)[0],
        f"Of {len(known.source)} {known.pictures}, these {len(numbers)} activate it most (mean activation "
        f"{ends[0]:.3g} to {ends[1]:.3g}).",
    )


def _drawn(known: Found, numbers: list[int]) -> Array:
    return np.stack([fitted(np.asarray(known.source.picture(each)), _SIDE) for each in numbers])


def _ways(network: ShownNetwork, layer: ShownLayer, channel: int) -> None:
    """Draws the buttons that lead to the page about filters."""
    here, words = opening.is_here(network), "It opens from the store, without computing."
    if not here:
        words = "This server does not have the network's weights, so that page downloads them first."
    go = (network, layer, channel)
    with st.container(horizontal=True):
        if opening.can_open(layer):
            st.button("Open the atlas", on_click=opening.atlas, args=go, icon=":material/grid_view:", help=words)
        card = "Optimizes what activates and suppresses it most, and searches among pictures."
        st.button("Compute its card", on_click=opening.unit, args=go, icon=":material/play_arrow:", help=card)
    if not opening.can_open(layer):
        st.caption("These tiles were made with other settings than the page about filters has, so they are shown here.")


def _made(layer: ShownLayer) -> None:
    """Says how the tiles were made, and what else the store has of the layer."""
    made = layer.atlas.recipe
    rows = [
        ("Depth", f"{100 * layer.atlas.depth:.0f} % of the network"),
        ("In the store", f"{layer.there:,} of {layer.units:,} units"),
        ("Optimized", f"{made['steps']} steps from noise, seed {made['seed']}, {layer.atlas.size} px"),
        ("Settings", ", ".join(f"{name} {value}" for name, value in sorted(dict(made["settings"]).items()))),
        ("Computed on", str(made.get("device", ""))),
    ]
    for other in layer.others:
        of = other.atlas.recipe
        share = f"{other.there:,} of {other.units:,} units"
        rows.append(("Also there", f"{of['steps']} steps, seed {of['seed']}, {of.get('device', '')}: {share}"))
    show.table(["What", "How the tiles were made"], rows)


def _neighbors(network: ShownNetwork, layer: ShownLayer, channel: int) -> None:
    """Draws the tiles around the channel's; a click shows another unit."""
    count = max(1, _NEIGHBORS // layer.atlas.at_once)
    batch = channel // layer.atlas.at_once
    at = sum(each < batch for each in layer.batches) // count * count
    some = stock.page(layer, at, count)
    if not len(some):
        return
    image, grid = contact_sheet(some.images, wide_columns(len(some)), stock.SIDE, 6)
    labels = [some.about(each) for each in range(len(some))]
    selected = some.channels.index(channel) if channel in some.channels else -1
    words = Labels(f"Units of {layer.path}", "Click a tile to see that unit.", labels, selected)
    sheet(image, grid, words, "zoo neighbors", lambda tile: opening.card(network, layer, some.channels[tile]))
