"""The rules of guided backpropagation and of the deconvnet, applied to every activation call of this thread.

Guided: a gradient passes where it is positive, where the activation's output is positive, and where the activation's
own derivative is not zero. Only ReLU6 and its relatives make the last condition a new one: they are flat above their
largest value. All the others here rise wherever their output is positive.

Deconvnet: a gradient passes where it is positive, whatever the activation's output was.

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
    "hardtanh": "ReLU6",  # with 0 as its lowest value; see `_largest`
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
    """Within this block the gradient of an activation is `relu(g)` where it is on and not saturated, else zero.

    Without `gated` it is `relu(g)` everywhere. `calls` counts the activation calls followed, by kind. Only this
    thread's calls are, and only those on values that depend on something with a gradient.
    """

    def __init__(self, gated: bool = True) -> None:
        super().__init__()
        self.gated = gated
        self.calls: Counter[str] = Counter()

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        kind = _CALLS.get(func, "")
        largest = _largest(func, args, kwargs) if kind == "ReLU6" else None
        if not kind or (kind == "ReLU6" and largest is None) or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        inputs, rest = (args[0], args[1:]) if args else (kwargs["input"], ())
        if not inputs.requires_grad:
            return func(*args, **kwargs)
        others = {name: value for name, value in kwargs.items() if args or name != "input"}
        self.calls[kind] += 1
        rule = _Guided if self.gated else _Rectified
        return rule.apply(inputs, lambda values: func(values, *rest, **others), kind, largest)


def _largest(func: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> float | None:
    """The value at which this ReLU6 or hardtanh is saturated; None if its lowest value is not 0: it is a gate then."""
    if func not in _HARDTANHS:
        return 6.0
    low = args[1] if len(args) > 1 else kwargs.get("min_val", -1.0)
    high = args[2] if len(args) > 2 else kwargs.get("max_val", 1.0)
    return float(high) if low == 0 else None


class _Guided(torch.autograd.Function):
    """An activation with the guided gradient. largest: where it is saturated, or None if it never is."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, activate: Callable[[Tensor], Tensor], kind: str, largest: float | None
    ) -> Tensor:
        outputs = activate(inputs)
        in_place = outputs is inputs
        if in_place:
            ctx.mark_dirty(inputs)
        ctx.largest = largest
        # torch's own backward passes of ReLU and ReLU6 need the same tensors, so no network overwrites these. Other
        # outputs may be overwritten.
        if kind == "ReLU" or (kind == "ReLU6" and in_place):
            ctx.save_for_backward(outputs)
        else:
            ctx.save_for_backward(inputs if kind == "ReLU6" else outputs > 0)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = gradients
        (gate,) = ctx.saved_tensors
        passed: Tensor
        if gate.dtype == torch.bool:
            passed = gradient.relu().mul_(gate)
        elif ctx.largest is None:
            passed = torch.ops.aten.threshold_backward(gradient, gate, 0).relu_()  # three times as fast as a product
        else:
            passed = torch.ops.aten.hardtanh_backward(gradient, gate, 0, ctx.largest).relu_()
        return passed, None, None, None


class _Rectified(torch.autograd.Function):
    """An activation with the deconvnet's gradient, for which nothing has to be kept."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, activate: Callable[[Tensor], Tensor], kind: str, largest: float | None
    ) -> Tensor:
        outputs = activate(inputs)
        if outputs is inputs:
            ctx.mark_dirty(inputs)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = gradients
        return gradient.relu(), None, None, None


def unfollowed(network: nn.Module) -> Counter[str]:
    """The network's activation modules whose calls cannot be seen, by kind."""
    return Counter(name for each in network.modules() if (name := type(each).__name__) in _HIDDEN)
