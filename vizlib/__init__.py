"""The engine of Filterscope: what a convolutional network has learned, and how it is fooled.

    model = vizlib.load_model("resnet50")                    # a Classifier
    pixels = vizlib.to_pixels("cat.jpg", model)              # (1, 3, H, W) in [0, 1]
    model.top(pixels)                                        # its answers
    vizlib.saliency(model, pixels, "guided")                 # (1, H, W): which pixels matter
    vizlib.last(vizlib.maximize(model, "tabby")).pixels      # what a class looks like
    vizlib.fool(model, "cat.jpg", "goldfish").png            # a file that fools the network

`vizlib.knobs("smoothgrad")`, `vizlib.settings()` and `vizlib.shakes()` list what can be set. A plain verb (`explain`,
`fool`, `walk`, `sweep`) gives the answer; its form in -ing is a generator of frames, as `maximize` is, and
`vizlib.last(run, progress=True)` runs one to its end.

Importing changes nothing in the process: no thread count, default type, flag, generator or limit.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import vizlib.steps as _steps  # before any file imports huggingface_hub: steps.py says why
from vizlib import fooling as _fooling
from vizlib import saliency as _saliency
from vizlib.activation_maximization import FRAMES as _OPTIMIZED
from vizlib.activation_maximization import Frame, Settings, maximize
from vizlib.activation_maximization.presets import settings
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
from vizlib.evaluation import sweep, sweeping
from vizlib.evaluation.shakes import shakes
from vizlib.faithfulness import FRAMES as _EXAMINED
from vizlib.faithfulness import examine
from vizlib.fooling import FRAMES as _FOOLED
from vizlib.fooling import (
    Fooling,
    accuracy_under_attack,
    fool,
    fooling_methods,
    perturb,
    perturbing,
    walk,
    walking,
)
from vizlib.layers import (
    Objective,
    activations,
    caricature,
    channel,
    class_logit,
    custom,
    direction,
    inversion,
    list_layers,
    neuron,
    whole_layer,
)
from vizlib.method import Options, key_of, options
from vizlib.models import Classifier, load_model, to_pixels, wrap
from vizlib.pictures import as_picture, encode_png, open_picture, read_recipe
from vizlib.records import Layer, Prediction, Unit
from vizlib.render import from_image, heat, overlay, to_image
from vizlib.saliency import FRAMES as _EXPLAINED
from vizlib.saliency import DoubtfulMap, Estimate, explain, explaining, saliency_methods
from vizlib.training import FRAMES as _TRAINED
from vizlib.training import PictureSet, adapt, drawn, fine_tune, linear_probe, picture_folder, train_gan
from vizlib.units import FRAMES as _SEARCHED
from vizlib.weights import bundled_models, local_models

if TYPE_CHECKING:
    from vizlib.fooling import fooling
    from vizlib.saliency import saliency

last = _steps.last
__version__ = "0.1.0"  # of the package too: pyproject.toml reads it here

__all__ = [
    "FRAMES",
    "CheckpointMismatch",
    "Classifier",
    "DeviceFailed",
    "DoubtfulMap",
    "Estimate",
    "Fooling",
    "Frame",
    "Layer",
    "ModelUnavailable",
    "NotShowable",
    "Objective",
    "PictureError",
    "PictureSet",
    "Prediction",
    "Settings",
    "TooBig",
    "Unit",
    "UnknownName",
    "VizError",
    "accuracy_under_attack",
    "activations",
    "adapt",
    "as_picture",
    "bundled_models",
    "caricature",
    "channel",
    "class_logit",
    "custom",
    "direction",
    "drawn",
    "encode_png",
    "examine",
    "explain",
    "explaining",
    "fine_tune",
    "fool",
    "fooling",
    "fooling_methods",
    "from_image",
    "heat",
    "inversion",
    "knobs",
    "last",
    "linear_probe",
    "list_layers",
    "load_model",
    "local_models",
    "maximize",
    "neuron",
    "open_picture",
    "overlay",
    "perturb",
    "perturbing",
    "picture_folder",
    "read_recipe",
    "saliency",
    "saliency_methods",
    "settings",
    "shakes",
    "sweep",
    "sweeping",
    "to_image",
    "to_pixels",
    "train_gan",
    "walk",
    "walking",
    "whole_layer",
    "wrap",
]

# The classes of all results that may be kept on disk, for `vizlib.runs.Runs`.
FRAMES: tuple[type, ...] = (*_OPTIMIZED, *_EVALUATED, *_FOOLED, *_EXPLAINED, *_SEARCHED, *_TRAINED, *_EXAMINED)


def knobs(method: str) -> Options:
    """What can be set for a saliency method or an attack, by name: type, default, range and meaning.

    `print(vizlib.knobs("smoothgrad"))` is a table.

    method: a key of `saliency_methods()` or `fooling_methods()`, in any spelling.

    Returns a list of `vizlib.method.Option`. Raises UnknownName for another method.

    Example:
        >>> import vizlib
        >>> print(vizlib.knobs("grad_cam"))
        name           type  default  takes        what it is
        keep_negative  bool  False    True, False  Keep negative values. Also show ...
        >>> [each.name for each in vizlib.knobs("smoothgrad")]
        ['samples', 'noise', 'seed', 'kind']
    """
    methods = {each.key: each for menu in (_saliency.MENU, _fooling.MENU) for each in menu}
    names = {key: (each.label, *each.aliases) for key, each in methods.items()}
    return options(methods[key_of("saliency method or attack", method, names)].knobs)


class _CallableRoom(ModuleType):
    """A package that is called like the function of its own name inside it, and is still a package."""

    @property
    def _function(self) -> Any:
        return vars(self)[self.__name__.rpartition(".")[2]]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    def __reduce__(self) -> Any:  # for other processes
        return import_module, (self.__name__,)


for _room in (_saliency, _fooling):
    _room.__doc__ = f"{inspect.getdoc(vars(_room)[_room.__name__.rpartition('.')[2]])}\n\n{_room.__doc__}"
    _room.__class__ = _CallableRoom
del _room
