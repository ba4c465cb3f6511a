"""Sources of weights: the bundled checkpoints, local folders, what timm and torchvision publish, random numbers."""

from vizlib.weights.building import build
from vizlib.weights.download import FAILURES
from vizlib.weights.hub import fetch, is_downloaded, parameter_counts, timm_config
from vizlib.weights.labels import class_names, fits, readable, stated_names
from vizlib.weights.layout import in_timms_layout, write
from vizlib.weights.local import local_models
from vizlib.weights.randomness import Stream
from vizlib.weights.sources import BUNDLED, Source, bundled_models, find, from_files

__all__ = [
    "BUNDLED",
    "FAILURES",
    "Source",
    "Stream",
    "build",
    "bundled_models",
    "class_names",
    "fetch",
    "find",
    "fits",
    "from_files",
    "in_timms_layout",
    "is_downloaded",
    "local_models",
    "parameter_counts",
    "readable",
    "stated_names",
    "timm_config",
    "write",
]
