"""The ways from the gallery to an atlas and to a unit: on this page, and on the page about filters."""

from __future__ import annotations

from typing import Any

from vizlib.batch.gallery import ShownLayer, ShownNetwork
from vizlib.errors import VizError
from vizlib.runs import limits
from vizlib.ui.shared import layer_choice, links, networks, trained
from vizlib.weights import hub

VIEW, NETWORK, LAYER, UNIT = "zoo_view", "zoo_network", "zoo_layer", "zoo_unit"
ONLY = "zoo_only"  # the network that the gallery shows alone
GALLERY, ONE, TWO = "Gallery", "One unit", "Two networks"
_AT_ONCE = 64  # tiles of a page there, where the layer has that many


def card(network: ShownNetwork, layer: ShownLayer, channel: int) -> None:
    """Shows one unit on this page, which reads the store only. A callback."""
    links.give({VIEW: ONE, NETWORK: network.title, LAYER: layer.path, UNIT: channel})


def atlas(network: ShownNetwork, layer: ShownLayer, channel: int) -> None:
    """Opens the atlas on the page about filters, at the channel's tile, from the store. A callback."""
    trained.go("filters", _controls(network, layer, channel, "Atlas"), asks=False)


def unit(network: ShownNetwork, layer: ShownLayer, channel: int) -> None:
    """Opens the card of the channel on the page about filters, which computes it. A callback."""
    trained.go("filters", _controls(network, layer, channel, "One unit"), asks=False)


def is_here(network: ShownNetwork) -> bool:
    """Whether the server has the network's weights, so that its pages open without a download."""
    if network.name in networks.stored():
        return True
    try:
        return hub.is_downloaded(network.name)
    except VizError:  # nobody has published a network of that name
        return False


def can_open(layer: ShownLayer) -> bool:
    """Whether the page about filters has controls for the way in which the tiles were made."""
    made = layer.atlas.recipe
    return (
        layer.atlas.usual
        and made.get("sign", 1) == 1
        and 4 <= made["steps"] <= limits.steps(512, 64)[0]
        and 0 <= made["seed"] <= 999_999
        and layer.atlas.channels == tuple(range(layer.units))
    )


def at_once(network: ShownNetwork, layer: ShownLayer) -> bool:
    """Whether its atlas opens there at once, without computing and without a download."""
    return can_open(layer) and is_here(network)


def first(layer: ShownLayer) -> int:
    """The first channel whose tile is there."""
    return layer.atlas.channels[layer.atlas.rows[layer.batches[0]].start]


def _controls(network: ShownNetwork, layer: ShownLayer, channel: int, view: str) -> dict[str, Any]:
    """The values of that page's controls. Where tiles are missing, it shows one batch at a time: these are whole."""
    whole = len(layer.batches) == len(layer.atlas.rows)
    count = min(_AT_ONCE if whole else layer.atlas.at_once, layer.units)
    values: dict[str, Any] = {
        "network": network.name,
        "layer": layer.path,
        "show": view,
        "unit": channel,
        "tiles": count,
        "atlas_steps": layer.atlas.recipe["steps"],
        "atlas_seed": layer.atlas.recipe["seed"],
        "atlas_order": "index",
    }
    if layer.units > count:
        values["atlas_page"] = channel // count + 1
    if layer.atlas.kind not in layer_choice.USUAL:
        values["kinds"] = [layer.atlas.kind]
    return values
