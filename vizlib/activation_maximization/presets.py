"""The settings that each family of networks starts from, chosen by measurement (benchmarks/RESULTS.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from vizlib.activation_maximization.given import settings_with
from vizlib.activation_maximization.passes.precision import effective
from vizlib.layers import list_layers
from vizlib.method import Options
from vizlib.models import Classifier
from vizlib.weights import twins_of

FAMILIES = {
    "chain": "plain chain of convolutions (VGG, AlexNet, SqueezeNet)",
    "residual": "residual network (ResNet, RegNet, DenseNet)",
    "mobile": "mobile network (ReLU6, SiLU or hard swish)",
    "convnext": "ConvNeXt (large kernels, layer norm)",
    "transformer": "transformer (patches and attention)",
}
# By family and by the kind of objective: "class" for logits, "unit" for what lies inside.
_UNIT = {"learning_rate": 0.1, "tv": 0.5}
_CLASS = {"learning_rate": 0.05, "tv": 0.1, "transforms": "strong", "cutoff": 0.3, "start_noise": 0.04}
_MOVED = {**_CLASS, "learning_rate": 0.1, "tv": 0.5, "transforms": "extreme", "start_noise": 0.3, "settle": 0.1}
_SMALL = {"learning_rate": 0.07, "tv": 1.0, "transforms": "strong", "cutoff": 0.5, "start_noise": 0.5}
PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "chain": {"class": _SMALL, "unit": _UNIT},
    "residual": {"class": _SMALL, "unit": _UNIT},
    "mobile": {"class": {**_CLASS, "grow": True}, "unit": _UNIT},
    "convnext": {"class": _CLASS, "unit": _UNIT},
    "transformer": {"class": _MOVED, "unit": _UNIT},
}
# Beside the family's: no high contrasts, and one object in the middle, which then has a shape.
_ROBUST = {"cutoff": 0.25, "tv": 3.0, "norm": 0.5, "start_noise": 1.2, "window": 0.65}
_SOFT = ("SiLU", "Hardswish", "HardSwish", "ReLU6", "Swish")


def family(model: Classifier) -> str:
    """The key of the model's family in PRESETS, told by its modules and not by its name; timm's and torchvision's."""
    layers = list_layers(model)
    kinds = {type(each).__name__ for each in model.network.modules()}
    if "MultiheadAttention" in kinds or any(each.kind == "attention" or each.layout == "NLC" for each in layers):
        return "transformer"
    if "CNBlock" in kinds or any("ConvNeXt" in kind for kind in kinds):  # torchvision's blocks, timm's
        return "convnext"
    depthwise = any(
        isinstance(each, nn.Conv2d) and each.groups == each.in_channels > 1 for each in model.network.modules()
    )
    if depthwise or any(kind.startswith(_SOFT) for kind in kinds):
        return "mobile"
    blocks = sum(each.kind == "block" for each in layers)  # the layers before the head of timm's VGG count as one
    return "residual" if blocks > 1 and "Fire" not in kinds else "chain"  # SqueezeNet's blocks add nothing to a sum


def preset(model: Classifier, inside: bool, twins: bool = False) -> dict[str, Any]:
    """The settings to start from, for a class or (`inside`) a unit of this model on its device.

    twins: the settings to start from where the model and its twin get the same, those of the robust one.
    """
    usual = PRESETS[family(model)]["unit" if inside else "class"]
    pair = twins_of(model.name)
    robust = pair is not None and pair.withstands and (twins or model.name == pair.robust)
    return {**usual, **(_ROBUST if robust and not inside else {}), "precision": effective(model)}


def settings(model: Classifier | None = None, inside: bool = False) -> Options:
    """What can be set for `maximize`, by name: type, default, range and meaning. `print(vizlib.settings())` is a table.

    model: the defaults are then those for this network, which `maximize` takes where nothing else is given; without
        it, those of the record `Settings`.
    inside: the defaults for channels, neurons and directions in place of those for classes.

    Returns a list of `vizlib.method.Option`. Raises nothing for any network.

    Example:
        >>> import vizlib
        >>> print(*(each.name for each in vizlib.settings()[:5]))
        parameterization cutoff start_noise transforms learning_rate
        >>> tv, = (each for each in vizlib.settings(vizlib.load_model("bundled/digits")) if each.name == "tv")
        >>> tv.default, tv.takes
        (1.0, '0 to 50')
    """
    return settings_with(preset(model, inside) if model else {})


def settled(model: Classifier, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings whose precision is named, so that a recipe with them makes the same picture wherever it is read."""
    return {**settings, "precision": effective(model, settings.get("precision", "auto"))}
