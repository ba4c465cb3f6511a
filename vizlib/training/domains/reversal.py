"""The gradient reversal layer (Ganin and Lempitsky 2015, arXiv 1409.7495): forward nothing, backward another sign."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.factor * gradients[0], None


def reversed_gradient(values: Tensor, factor: float) -> Tensor:
    """The values as they are; a gradient that comes back is multiplied by -factor."""
    found: Tensor = _Reversal.apply(values, factor)
    return found
