"""A copy of a network that computes the same faster: batch normalization folded into the convolution before it.

Outputs differ by rounding only, which is checked on a picture; if folding changes more, the network is not folded. Nor
is one with hooks or other things that others have put on it: they may act on exactly the parts that are merged. The
copy serves to optimize pictures; statements about a network come from the network itself.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from timm.layers.conv2d_same import Conv2dSame
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from vizlib.models._foreign import plain
from vizlib.models.classifier import Classifier
from vizlib.models.context import in_own_context

# Exactly these: subclasses that change their weights in the pass cannot be folded.
_CONVOLUTIONS: Final = (nn.Conv2d, Conv2dSame)
_NORMS: Final = (nn.BatchNorm2d, BatchNormAct2d)
_TOLERANCE = 1e-3  # of the largest logit


@in_own_context
def folded(model: Classifier) -> tuple[Classifier, frozenset[str]]:
    """The faster copy, and the paths whose output differs there (the folded convolutions).

    If there is nothing to fold, the model itself and no paths. Made once, and again after the network has changed in
    any way that changes its fingerprint or its answer to a picture of noise.
    """
    with model.lock:
        known = model.memo.get("folded")
        if known is not None and known[0] == model.fingerprint and (known[1] is model or _alike(model, known[3])):
            return known[1], known[2]
        known = model.memo["folded"] = model.fingerprint, *_fold(model)
        return known[1], known[2]


def _fold(model: Classifier) -> tuple[Classifier, frozenset[str], Tensor | None]:
    """The copy, the paths, and the model's own logits for a picture of noise."""
    pairs = _pairs(model) if plain(model.network) else []
    if not pairs:
        return model, frozenset(), None
    fast = model.twin()
    for conv_path, norm_path in pairs:
        _merge(fast.network, conv_path, norm_path)
    fast.network.to(memory_format=torch.channels_last)
    true, found = _answer(model), _answer(fast)
    if not bool((true - found).abs().max() <= _TOLERANCE * true.abs().max()):
        return model, frozenset(), None
    return fast, frozenset(conv for conv, _ in pairs), true


@torch.no_grad()
def _answer(model: Classifier) -> Tensor:
    noise = torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
    return model(noise)


def _alike(model: Classifier, before: Tensor) -> bool:
    """Whether the network still gives the same answer: things that no fingerprint sees may have changed."""
    return torch.equal(_answer(model), before)


@torch.no_grad()
def _pairs(model: Classifier) -> list[tuple[str, str]]:
    """(convolution, norm) pairs: the output of the first is the only input of the second, each called once."""
    made: dict[int, str] = {}
    taken: dict[str, list[str]] = {}  # by norm: the convolutions that its inputs come from
    calls: dict[str, int] = {}
    alive: list[Any] = []  # keeps outputs alive, so that no two have the same id

    def hook(path: str) -> Any:
        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            calls[path] = calls.get(path, 0) + 1
            if type(module) in _CONVOLUTIONS:
                made[id(output)] = path
                alive.append(output)
            else:
                taken.setdefault(path, []).append(made.get(id(inputs[0]), ""))

        return keep

    with model.lock:
        named = [(path, each) for path, each in model.network.named_modules() if _takes_part(each)]
        handles = [each.register_forward_hook(hook(path)) for path, each in named]
        try:
            model(torch.full((1, 3, *model.input_size), 0.5))
        finally:
            for handle in handles:
                handle.remove()
    pairs = [(given[0], norm) for norm, given in taken.items() if len(given) == 1 and given[0]]
    return [(conv, norm) for conv, norm in pairs if calls[conv] == 1]


def _takes_part(module: nn.Module) -> bool:
    """Whether this is a convolution, or a norm that has statistics of its own."""
    return type(module) in _CONVOLUTIONS or (type(module) in _NORMS and module.running_mean is not None)


def _merge(network: nn.Module, conv_path: str, norm_path: str) -> None:
    conv: Any = network.get_submodule(conv_path)
    norm: Any = network.get_submodule(norm_path)
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    rest = [norm.drop, norm.act] if hasattr(norm, "act") else []
    network.set_submodule(norm_path, nn.Sequential(*rest).eval())
