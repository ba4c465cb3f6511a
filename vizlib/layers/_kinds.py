"""What kind of layer each module of a network is: by its class, its place, and timm's `feature_info`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from torch import nn

_CONVOLUTION = (nn.Conv2d, nn.ConvTranspose2d)
# No blocks: a convolution with its norm and activation, which are listed themselves, and a block's gate of channels.
_UNIT = re.compile(r"Conv(2d|Norm|Bn|BN)|SqueezeExcit")
_BLOCK = re.compile(r"Block|Bottle|Basic|Tree")
_ATTENTION = re.compile(r"Attention|Attn")
_ACTIVATION = re.compile(r"(Act|[A-Z]LU|Swish|Sigmoid|Tanh|Mish)$")
_ACTIVATION_HOMES = ("torch.nn.modules.activation", "timm.layers.activations")
_NO_LAYER = re.compile(r"Identity|Drop|Flatten|Softmax|Softmin|MultiheadAttention")


class Plan:
    """The kind of layer that each module of a network is."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.modules = {path: each for path, each in network.named_modules() if path}
        info = getattr(network, "feature_info", None) or []
        self.named = {each["module"] for each in getattr(info, "info", info) if each.get("module") in self.modules}
        self.blocks = {path for path, each in self.modules.items() if self._is_block(path, each)}

    def _is_block(self, path: str, module: nn.Module) -> bool:
        name = type(module).__name__
        if _simple_kind(module) or isinstance(module, (nn.Sequential, nn.ModuleList)) or _ATTENTION.search(name):
            return False
        if _UNIT.search(name):
            return path in self.named
        parent = self.network.get_submodule(path.rpartition(".")[0])
        element = parent is self.network or isinstance(parent, (nn.Sequential, nn.ModuleList, nn.ModuleDict))
        return _weights(module) > 1 and bool(element or _BLOCK.search(name))

    def kind(self, path: str) -> str:
        """The kind of the layer at `path`, "" if the module there is no layer."""
        module = self.modules[path]
        if simple := _simple_kind(module):
            around = _simple_kind(self.network.get_submodule(path.rpartition(".")[0]))
            return "" if simple == around == "pooling" else simple
        around_blocks, sequential = any_within(self.blocks, path), isinstance(module, nn.Sequential)
        if path in self.named and (around_blocks or sequential):
            return "stage"
        if around_blocks and any(any_within([path], each) for each in self.named):
            return "" if sequential else "block"
        if around_blocks:
            return "" if any_within(self.named, path) else "stage"
        if path in self.blocks:
            return "block"
        return "attention" if _ATTENTION.search(type(module).__name__) and _weights(module) else ""


def any_within(paths: Iterable[str], outer: str) -> bool:
    return any(each.startswith(f"{outer}.") for each in paths)


def _weights(module: nn.Module) -> int:
    return sum(isinstance(each, (*_CONVOLUTION, nn.Linear)) for each in module.modules())


def _simple_kind(module: nn.Module) -> str:
    name = type(module).__name__
    if isinstance(module, _CONVOLUTION) or name in ("CondConv2d", "MixedConv2d"):
        return "convolution"
    if isinstance(module, nn.Linear):
        return "linear"
    if _NO_LAYER.search(name) or _BLOCK.search(name) or isinstance(module, (nn.Sequential, nn.ModuleList)):
        return ""
    if "Pool" in name:
        return "pooling"
    if _weights(module) or "Norm" in name:
        return "" if _weights(module) else "normalization"
    known = any(each.__module__.startswith(_ACTIVATION_HOMES) for each in type(module).__mro__)
    return "activation" if known or _ACTIVATION.search(name) else ""


def detail(module: nn.Module) -> str:
    if isinstance(module, nn.Linear):
        return f"{module.in_features} to {module.out_features}"
    if not isinstance(module, _CONVOLUTION):
        name, size = type(module).__name__, getattr(module, "kernel_size", None)
        return f"{_sides(size)}, stride {_sides(module.stride, brief=True)}" if size and "Pool" in name else name
    more = [f"{what} {_sides(step, True)}" for what in ("stride", "dilation") if max(step := getattr(module, what)) > 1]
    channels = f"{module.in_channels} to {module.out_channels} channels"
    groups = [f"{module.groups} groups"] * (module.groups > 1)
    return ", ".join([_sides(module.kernel_size), *more, channels, *groups])


def _sides(size: Any, brief: bool = False) -> str:
    sides = size if isinstance(size, (tuple, list)) else (size, size)
    return str(sides[0]) if brief and len(set(sides)) == 1 else " x ".join(map(str, sides))
