"""A copy of a network that computes the same faster: batch normalization folded into the convolution before it.

Outputs differ by rounding only, which is checked on a picture; if folding changes more, the network is not folded. The
copy serves to optimize pictures; statements about a network come from the network itself.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from vizlib.models.classifier import Classifier
from vizlib.models.context import in_own_context

_CONVOLUTIONS = ("Conv2d", "Conv2dSame")  # by name: subclasses that change their weights in the pass cannot be folded
_NORMS = ("BatchNorm2d", "BatchNormAct2d")
_TOLERANCE = 1e-3  # of the largest logit


@in_own_context
def folded(model: Classifier) -> tuple[Classifier, frozenset[str]]:
    """The faster copy, and the paths whose output differs there (the folded convolutions).

    If there is nothing to fold, the model itself and no paths. Made once, and again after the weights have changed.
    """
    with model.lock:
        known = model.memo.get("folded")
        if known is None or known[0] != model.fingerprint:
            known = model.memo["folded"] = model.fingerprint, *_fold(model)
        return known[1], known[2]


def _fold(model: Classifier) -> tuple[Classifier, frozenset[str]]:
    gray = torch.full((1, 3, *model.input_size), 0.5, device=model.device)
    pairs = _pairs(model, gray)
    if not pairs:
        return model, frozenset()
    network = copy.deepcopy(model.network)
    for conv_path, norm_path in pairs:
        _merge(network, conv_path, norm_path)
    network = network.to(memory_format=torch.channels_last)
    fast = Classifier(network, model.name, model.device, labels=model.labels)
    probe = torch.rand(gray.shape, generator=torch.Generator().manual_seed(0)).to(model.device)
    with torch.no_grad():
        true, found = model(probe), fast(probe)
    if not bool((true - found).abs().max() <= _TOLERANCE * true.abs().max()):
        return model, frozenset()
    return fast, frozenset(conv for conv, _ in pairs)


@torch.no_grad()
def _pairs(model: Classifier, pixels: Tensor) -> list[tuple[str, str]]:
    """(convolution, norm) pairs: the output of the first is the only input of the second, each called once."""
    made: dict[int, str] = {}
    taken: dict[str, list[str]] = {}  # by norm: the convolutions that its inputs come from
    calls: dict[str, int] = {}
    alive: list[Any] = []  # keeps outputs alive, so that no two have the same id

    def hook(path: str) -> Any:
        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            calls[path] = calls.get(path, 0) + 1
            if type(module).__name__ in _CONVOLUTIONS:
                made[id(output)] = path
                alive.append(output)
            else:
                taken.setdefault(path, []).append(made.get(id(inputs[0]), ""))

        return keep

    with model.lock:
        named = [(path, each) for path, each in model.network.named_modules() if _takes_part(each)]
        handles = [each.register_forward_hook(hook(path)) for path, each in named]
        try:
            model(pixels)
        finally:
            for handle in handles:
                handle.remove()
    pairs = [(given[0], norm) for norm, given in taken.items() if len(given) == 1 and given[0]]
    return [(conv, norm) for conv, norm in pairs if calls[conv] == 1]


def _takes_part(module: nn.Module) -> bool:
    return type(module).__name__ in _CONVOLUTIONS + _NORMS


def _merge(network: nn.Module, conv_path: str, norm_path: str) -> None:
    conv: Any = network.get_submodule(conv_path)
    norm: Any = network.get_submodule(norm_path)
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    rest = [norm.drop, norm.act] if hasattr(norm, "act") else []
    network.set_submodule(norm_path, nn.Sequential(*rest))
