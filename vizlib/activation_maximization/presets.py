"""What each family of networks starts from, measured (benchmarks/RESULTS.md), so that a first click gives a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from vizlib.layers import list_layers
from vizlib.models import Classifier

FAMILIES = {
    "chain": "plain chain of convolutions (VGG, AlexNet)",
    "residual": "residual network (ResNet, RegNet, DenseNet)",
    "mobile": "mobile network (ReLU6, SiLU or hard swish)",
    "convnext": "ConvNeXt (large kernels, layer norm)",
    "transformer": "transformer (patches and attention)",
}
# By family and by what is asked: "class" for logits, "unit" for what lies inside.
PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "chain": {"class": {}, "unit": {}},
    "residual": {"class": {}, "unit": {}},
    "mobile": {"class": {}, "unit": {}},
    "convnext": {"class": {}, "unit": {}},
    "transformer": {"class": {}, "unit": {}},
}
_SOFT = ("SiLU", "Hardswish", "HardSwish", "ReLU6", "Swish")


def family(model: Classifier) -> str:
    """The key of the model's family in PRESETS, told by its parts and not by its name."""
    layers = list_layers(model)
    kinds = {type(each).__name__ for each in model.network.modules()}
    if any(each.kind == "attention" or each.layout == "NLC" for each in layers):
        return "transformer"
    if any("ConvNeXt" in kind for kind in kinds):
        return "convnext"
    depthwise = any(
        isinstance(each, nn.Conv2d) and each.groups == each.in_channels > 1 for each in model.network.modules()
    )
    if depthwise or any(kind.startswith(_SOFT) for kind in kinds):
        return "mobile"
    return "residual" if any(each.kind == "block" for each in layers) else "chain"


def preset(model: Classifier, inside: bool) -> dict[str, Any]:
    """The settings to start from, for a class or (`inside`) a unit of this model."""
    return dict(PRESETS[family(model)]["unit" if inside else "class"])
