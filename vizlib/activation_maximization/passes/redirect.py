"""Gradients for units that are dead at the start: Lucid's redirected ReLU gradient, by call and for this thread only.

Where a whole picture gets no gradient through a ReLU, the gradient that would raise its negative inputs is passed on;
for a ReLU6 also the gradient that would lower inputs above 6. A picture with any gradient there keeps the true one. A
gradient through a hard swish that only leads the wrong way counts as none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

_RELU = (F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)
_RELU6 = (F.relu6, F.hardtanh, F.hardtanh_)
_HARDSWISH = (F.hardswish,)
_LIMITS: dict[Callable[..., Any], tuple[float, float]] = {
    **dict.fromkeys(_RELU, (0.0, float("inf"))),
    **dict.fromkeys(_RELU6, (0.0, 6.0)),
    **dict.fromkeys(_HARDSWISH, (-1.5, float("inf"))),  # its lowest point: between it and -3 the slope leads down
}


class Redirected(TorchFunctionMode):
    """Within this block no ReLU, ReLU6 or hard swish can stop a picture's whole gradient. For score ascent."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        limits = _LIMITS.get(func)
        inputs = args[0] if args else kwargs.get("input")
        if limits is None or not isinstance(inputs, Tensor) or not inputs.requires_grad:
            return func(*args, **kwargs)
        rest = {name: value for name, value in kwargs.items() if name not in ("input", "inplace")}
        return _Redirect.apply(inputs, lambda values: func(values, *args[1:], **rest), limits)


class _Redirect(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, activate: Callable[[Tensor], Tensor], limits: tuple[float, float]) -> Tensor:
        ctx.save_for_backward(inputs.clone())
        ctx.limits, ctx.activate = limits, activate
        outputs = activate(inputs)
        if outputs is inputs:
            ctx.mark_dirty(inputs)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        (inputs,) = ctx.saved_tensors
        low, high = ctx.limits
        with torch.enable_grad():
            leaf = inputs.detach().requires_grad_()
            (true,) = torch.autograd.grad(ctx.activate(leaf.clone()), leaf, gradient)
        useful = ((inputs <= low) & (gradient > 0)) | ((inputs >= high) & (gradient < 0))
        dead = (true * gradient <= 0).flatten(1).all(1).view(-1, *[1] * (true.ndim - 1))
        return torch.where(dead, gradient * useful, true), None, None
