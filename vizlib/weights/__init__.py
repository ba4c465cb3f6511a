"""Sources of weights: the bundled checkpoints, local folders, the hub and random numbers."""

from vizlib.weights.download import FAILURES
from vizlib.weights.hub import fetch, is_downloaded, parameter_counts, timm_config
from vizlib.weights.sources import BUNDLED, Source, build, bundled_models, class_names, find, local_models

__all__ = [
    "BUNDLED",
    "FAILURES",
    "Source",
    "build",
    "bundled_models",
    "class_names",
    "fetch",
    "find",
    "is_downloaded",
    "local_models",
    "parameter_counts",
    "timm_config",
]
