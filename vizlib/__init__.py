"""The engine of Filterscope: what a convolutional network has learned, and how it is fooled."""

from vizlib.activation_maximization import FRAMES as _OPTIMIZED
from vizlib.activation_maximization import maximize
from vizlib.errors import (
    CheckpointMismatch,
    DeviceFailed,
    ModelUnavailable,
    NotShowable,
    PictureError,
    TooBig,
    UnknownName,
    VizError,
)
from vizlib.evaluation import FRAMES as _EVALUATED
from vizlib.evaluation import sweep
from vizlib.fooling import FRAMES as _FOOLED
from vizlib.fooling import Fooling, fool, fooling_methods, walk
from vizlib.layers import activations, list_layers
from vizlib.models import Classifier, load_model, to_pixels
from vizlib.pictures import open_picture
from vizlib.records import Frame, Layer, Prediction, Unit
from vizlib.render import to_image
from vizlib.saliency import FRAMES as _EXPLAINED
from vizlib.saliency import saliency, saliency_methods
from vizlib.steps import last
from vizlib.units import FRAMES as _SEARCHED
from vizlib.weights import bundled_models, local_models

__version__ = "0.1.0"  # of the package too: pyproject.toml reads it here

__all__ = [
    "FRAMES",
    "CheckpointMismatch",
    "Classifier",
    "DeviceFailed",
    "Fooling",
    "Frame",
    "Layer",
    "ModelUnavailable",
    "NotShowable",
    "PictureError",
    "Prediction",
    "TooBig",
    "Unit",
    "UnknownName",
    "VizError",
    "activations",
    "bundled_models",
    "fool",
    "fooling_methods",
    "last",
    "list_layers",
    "load_model",
    "local_models",
    "maximize",
    "open_picture",
    "saliency",
    "saliency_methods",
    "sweep",
    "to_image",
    "to_pixels",
    "walk",
]

# The classes of all results that may be kept on disk, for `vizlib.runs.Runs`.
FRAMES: tuple[type, ...] = (*_OPTIMIZED, *_EVALUATED, *_FOOLED, *_EXPLAINED, *_SEARCHED)
