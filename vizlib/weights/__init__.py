"""Sources of weights: the bundled checkpoints, local folders, the hub and random numbers."""

from vizlib.weights.building import build
from vizlib.weights.download import FAILURES
from vizlib.weights.hub import fetch, is_downloaded, parameter_counts, timm_config
from vizlib.weights.labels import class_names, fits, readable, stated_names
from vizlib.weights.local import local_models
from vizlib.weights.sources import BUNDLED, Source, bundled_models, find

__all__ = [
    "BUNDLED",
    "FAILURES",
    "Source",
    "build",
    "bundled_models",
    "class_names",
    "fetch",
    "find",
    "fits",
    "is_downloaded",
    "local_models",
    "parameter_counts",
    "readable",
    "stated_names",
    "timm_config",
]
