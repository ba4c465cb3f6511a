"""The rule of guided backpropagation, applied to every activation call of this thread.

Calls are followed, not modules: a module that is used three times, a functional call and an in-place call all count,
and nothing is left on a network that others share. `unfollowed` counts the activations that make no such call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

# Gates (sigmoid, hardsigmoid, softmax, tanh) are not here: they scale other values, they do not rectify.
_KINDS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "rrelu": "RReLU",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "silu": "SiLU",
    "gelu": "GELU",
    "mish": "Mish",
    "hardswish": "Hardswish",
    "hardtanh": "ReLU6",  # with 0 as its lowest value; see `_kind`
}
_CALLS: Mapping[Callable[..., Any], str] = {
    getattr(home, spelled): kind
    for name, kind in _KINDS.items()
    for spelled in (name, f"{name}_")
    for home in (F, torch, Tensor)
    if hasattr(home, spelled)
}
_HARDTANHS = {each for each in _CALLS if "hardtanh" in str(getattr(each, "__name__", ""))}

# timm's modules that write their activation as a product or hide it in one with a norm.
_HIDDEN = {
    "Swish", "SwishMe", "Mish", "MishMe", "HardSwish", "HardSwishMe", "HardMish", "HardMishMe", "QuickGELU",
    "EvoNorm2dB0", "EvoNorm2dB1", "EvoNorm2dB2", "EvoNorm2dS0", "EvoNorm2dS0a", "EvoNorm2dS1", "EvoNorm2dS1a",
    "EvoNorm2dS2", "EvoNorm2dS2a", "FilterResponseNormTlu2d",
}  # fmt: skip


class Guidance(TorchFunctionMode):
    """Within this block the gradient of an activation is `relu(g)` where its output is positive, else zero.

    `calls` counts the activation calls followed, by kind. Only this thread's calls are, and only those on values
    that depend on something with a gradient.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        kind = _kind(func, args, kwargs)
        if not kind or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        inputs, rest = (args[0], args[1:]) if args else (kwargs["input"], ())
        if not inputs.requires_grad:
            return func(*args, **kwargs)
        others = {name: value for name, value in kwargs.items() if args or name != "input"}
        self.calls[kind] += 1
        return _Guided.apply(inputs, lambda values: func(values, *rest, **others), kind)


def _kind(func: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> str:
    if func in _HARDTANHS and (args[1] if len(args) > 1 else kwargs.get("min_val", -1.0)) != 0:
        return ""
    return _CALLS.get(func, "")


class _Guided(torch.autograd.Function):
    """An activation with the guided gradient."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, activate: Callable[[Tensor], Tensor], kind: str) -> Tensor:
        outputs = activate(inputs)
        in_place = outputs is inputs
        if in_place:
            ctx.mark_dirty(inputs)
        # ReLU's own backward pass needs its output too, so no network overwrites it. Other outputs may be overwritten.
        keeps_output = kind == "ReLU" or (kind == "ReLU6" and in_place)
        ctx.save_for_backward(outputs if keeps_output else outputs > 0)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        (gate,) = ctx.saved_tensors
        if gate.dtype == torch.bool:
            return gradient.relu().mul_(gate), None, None
        passed: Tensor = torch.ops.aten.threshold_backward(gradient, gate, 0)  # three times as fast as a product
        return passed.relu_(), None, None


def unfollowed(network: nn.Module) -> Counter[str]:
    """The network's activation modules whose calls cannot be seen, by kind."""
    return Counter(name for each in network.modules() if (name := type(each).__name__) in _HIDDEN)
