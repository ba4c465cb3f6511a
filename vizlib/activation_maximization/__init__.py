"""What does it look like to the network? Any class, channel, neuron or direction becomes a picture, step by step."""

from __future__ import annotations

from vizlib.activation_maximization.atlas import Atlas, similar_order
from vizlib.activation_maximization.courses import COURSES, Course
from vizlib.activation_maximization.deep_dream import deep_dream
from vizlib.activation_maximization.film import Reel, Still
from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.lab import Axis, Cell, LabFrame
from vizlib.activation_maximization.loop import maximize
from vizlib.activation_maximization.optimizers import OPTIMIZERS
from vizlib.activation_maximization.presets import FAMILIES, PRESETS, family, preset
from vizlib.activation_maximization.settings import Settings
from vizlib.activation_maximization.spaces import SPACES
from vizlib.activation_maximization.stored_atlas import (
    AtlasPlan,
    StoredAtlas,
    list_atlas,
    listed_atlases,
    stored_atlas,
    tile_size,
)
from vizlib.activation_maximization.transforms import TRANSFORMS, Transforms
from vizlib.activation_maximization.verdict import Check, class_verdict
from vizlib.layers import (
    Objective,
    caricature,
    channel,
    class_logit,
    custom,
    direction,
    inversion,
    neuron,
    statistics,
    whole_layer,
)

__all__ = [
    "COURSES",
    "FAMILIES",
    "FRAMES",
    "OPTIMIZERS",
    "PRESETS",
    "SPACES",
    "TRANSFORMS",
    "Atlas",
    "AtlasPlan",
    "Check",
    "Course",
    "Frame",
    "Objective",
    "Reel",
    "Settings",
    "StoredAtlas",
    "Transforms",
    "caricature",
    "channel",
    "class_logit",
    "class_verdict",
    "custom",
    "direction",
    "deep_dream",
    "family",
    "inversion",
    "list_atlas",
    "listed_atlases",
    "maximize",
    "neuron",
    "preset",
    "similar_order",
    "statistics",
    "stored_atlas",
    "tile_size",
    "whole_layer",
]

FRAMES = (Atlas, Axis, Cell, Frame, LabFrame, Reel, Still)  # the classes of results that may be kept on disk
