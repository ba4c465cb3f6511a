"""The layers of a network in running order, their outputs as maps, its features, and what can be asked of them."""

from vizlib.layers.catalogue import activations, find_layer, list_layers
from vizlib.layers.features import PyramidLevel, pooled_features, pyramid, unpooled_features
from vizlib.layers.late import activation_after, ends_in_activation, last_convolution, last_maps
from vizlib.layers.layout import to_maps
from vizlib.layers.numbers import InNumbers, Part, in_numbers, sight
from vizlib.layers.objectives import (
    Goal,
    as_objective,
    channel,
    class_logit,
    custom,
    direction,
    neuron,
    whole_layer,
)
from vizlib.layers.reading import Question, answers, questions, values_of
from vizlib.layers.references import caricature, inversion, resampled, statistics
from vizlib.layers.resolving import at_size, resolved
from vizlib.layers.targets import Target, goals_of, objectives_of
from vizlib.layers.terms import Objective, as_python, is_whole

__all__ = [
    "Goal",
    "InNumbers",
    "Objective",
    "Part",
    "Question",
    "Target",
    "answers",
    "as_objective",
    "at_size",
    "caricature",
    "channel",
    "class_logit",
    "custom",
    "direction",
    "goals_of",
    "in_numbers",
    "inversion",
    "is_whole",
    "neuron",
    "objectives_of",
    "as_python",
    "questions",
    "resampled",
    "resolved",
    "sight",
    "statistics",
    "values_of",
    "whole_layer",
    "PyramidLevel",
    "activation_after",
    "activations",
    "ends_in_activation",
    "find_layer",
    "last_convolution",
    "last_maps",
    "list_layers",
    "pooled_features",
    "pyramid",
    "to_maps",
    "unpooled_features",
]
