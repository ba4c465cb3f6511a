"""The map of one channel of a layer, as the page "What does each layer see?" saves it."""

from __future__ import annotations

from typing import Any

from vizlib.batch.pictures import picture_key
from vizlib.batch.saved.kind import Asked, Recipe, Remaking, Saved
from vizlib.layers import activations
from vizlib.render import Array, Image8, heat, scale_of


def recipe(network: Recipe, layer: str, channel: int) -> dict[str, Any]:
    """Makes the map again. network: its name and weights, and the picture's key."""
    return {**network, "layer": layer, "channel": channel}


def draw(values: Array) -> Image8:
    """The map (h, w) in its colors, on its own scale."""
    return heat(values, bool(values.min() < 0), scale_of(values))


def _fits(recipe: Recipe) -> bool:
    return "what" not in recipe and {"picture", "layer", "channel"} <= set(recipe) and "method" not in recipe


def _remake(asked: Asked) -> Remaking:
    yield from ()  # one pass of the network, without frames
    layer, key = asked.recipe["layer"], asked.recipe["picture"]
    pixels = asked.model.prepare(asked.find(lambda picture: picture_key(picture) == key).picture)
    return draw(activations(asked.model, pixels, [layer])[layer][0, asked.recipe["channel"]].float().cpu().numpy())


SAVED = Saved("feature map", _fits, _remake)
