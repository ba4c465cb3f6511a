"""The layers of a network in running order, their outputs as maps, and its features."""

from vizlib.layers.catalogue import activations, find_layer, last_convolution, list_layers
from vizlib.layers.features import PyramidLevel, pooled_features, pyramid, unpooled_features
from vizlib.layers.layout import to_maps

__all__ = [
    "PyramidLevel",
    "activations",
    "find_layer",
    "last_convolution",
    "list_layers",
    "pooled_features",
    "pyramid",
    "to_maps",
    "unpooled_features",
]
