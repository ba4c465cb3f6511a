"""torchvision's networks as timm builds its own: with a configuration, the number of classes, and their weights."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import torch
from timm.models import PretrainedCfg, build_model_with_cfg
from torch import Tensor, nn
from torchvision import models

from vizlib.weights.torchvision_zoo import PREFIX, config, parts

_AUXILIARY: Final = ("aux1.", "aux2.", "AuxLogits.")  # classifiers that only training asks
_OLDER_DENSENET: Final = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(\d)")  # as the published files still say


class GoogLeNet(models.GoogLeNet):  # type: ignore[misc]
    """torchvision's, which says how it reads its input, so that this is part of its fingerprint."""

    def extra_repr(self) -> str:
        return f"transform_input={self.transform_input}"


class Inception3(models.Inception3):  # type: ignore[misc]
    """torchvision's, which says how it reads its input, so that this is part of its fingerprint."""

    def extra_repr(self) -> str:
        return f"transform_input={self.transform_input}"


_CLASSES: Final = {"googlenet": GoogLeNet, "inception_v3": Inception3}


def create(
    name: str,
    pretrained: bool,
    pretrained_cfg: Mapping[str, Any] | None = None,
    pretrained_cfg_overlay: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> nn.Module:
    """The network `name`, with timm's meaning of all arguments; others go to torchvision's own function."""
    architecture = name.partition(".")[0]
    own: Any = PretrainedCfg(**pretrained_cfg) if pretrained_cfg else config(name)
    arguments, size = _sized(architecture, own.input_size, arguments)
    made: nn.Module = build_model_with_cfg(
        partial(_network, architecture.removeprefix(PREFIX), drawn=not pretrained),
        architecture,
        pretrained,
        pretrained_cfg=own,
        pretrained_cfg_overlay={**(pretrained_cfg_overlay or {}), **size},
        pretrained_filter_fn=_readable,
        kwargs_filter=("global_pool",),
        **arguments,
    )
    return made


def _sized(architecture: str, size: Any, arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments with the size for which a network is built, if it takes one size only; and its configuration."""
    key = {"vit": "image_size", "maxvit": "input_size"}.get(architecture.removeprefix(PREFIX).partition("_")[0])
    if not key:
        return arguments, {}
    side = arguments.get(key, size[-1])
    height, width = side if isinstance(side, tuple | list) else (side, side)
    asked = {"input_size": (3, height, width)} if key in arguments else {}
    return {**arguments, key: height if key == "image_size" else (height, width)}, asked


def _network(bare: str, drawn: bool, num_classes: int = 1000, in_chans: int = 3, **more: Any) -> nn.Module:
    """torchvision's network. With 0 classes it gives the features that its classifier would get.

    drawn: whether its random weights stay. To draw Inception's as its paper says takes seconds.
    """
    if own := _CLASSES.get(bare):
        # As torchvision builds them for its published weights, which were ported from TensorFlow.
        usual = {"aux_logits": False, "transform_input": in_chans == 3, "init_weights": drawn}
        network: Any = own(num_classes=num_classes or 1, **{**usual, **more})
    elif bare.startswith("regnet"):  # it computes its widths with torch, which fails on torch's device "meta"
        with torch.device("cpu"):
            network = models.get_model(bare, num_classes=num_classes or 1, **more)
        network.to(torch.get_default_device())
    else:
        network = models.get_model(bare, num_classes=num_classes or 1, **more)
    first, last = parts(bare)
    if in_chans != 3:
        network.set_submodule(first, _for_channels(network.get_submodule(first), in_chans))
    weight = network.get_submodule(last).weight
    network.num_classes, network.num_features = num_classes, weight.shape[1]
    if not num_classes:
        network.set_submodule(last, nn.Identity())
    made: nn.Module = network
    return made


def _for_channels(old: nn.Conv2d, channels: int) -> nn.Conv2d:
    """A convolution like the old one, for pictures of other channels."""
    size: Any = old.kernel_size
    step, around = {"stride": old.stride, "padding": old.padding}, old.bias is not None
    return nn.Conv2d(channels, old.out_channels, size, bias=around, **step)  # type: ignore[arg-type]


def _readable(state: Mapping[str, Tensor], network: nn.Module) -> OrderedDict[str, Tensor]:
    """The weights by today's names, without the classifiers that only training asks."""
    wanted = network.state_dict()
    kept = {_OLDER_DENSENET.sub(r"\1\2", key): value for key, value in state.items()}
    found = OrderedDict((key, value) for key, value in kept.items() if key in wanted or not key.startswith(_AUXILIARY))
    vars(found)["_metadata"] = {"": {"version": 2}}  # MNASNet asks for it
    return found
