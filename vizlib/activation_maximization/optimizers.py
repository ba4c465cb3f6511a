"""The step of the loop: how the numbers of a batch follow the gradient.

"adam" is the default. The others are what courses teach: "ascent" adds rate x gradient (Erhan et al. 2009; Simonyan et
al. 2013), "normalized" divides the gradient by its L2 norm first (Chollet's Keras example), "momentum" is torch's SGD
with momentum, "rmsprop" is that of keras-vis.
"""

from __future__ import annotations

from typing import Final, Protocol

import torch
from torch import Tensor

from vizlib.activation_maximization.passes.scoring import largest

OPTIMIZERS: Final = {
    "adam": "Adam: every number moves about the learning rate, whatever the gradient's size.",
    "ascent": "Plain gradient ascent: x + rate * gradient, in the score's own scale.",
    "normalized": "x + rate * gradient / its L2 norm: every step has the same length.",
    "momentum": "Gradient ascent that keeps 0.9 of its last step (SGD with momentum).",
    "rmsprop": "Every number's step is divided by the root mean square of its last gradients, as in keras-vis.",
}  # with what each does
_OF_LENGTH_ONE = "normalized", "rmsprop"  # these take the gradient divided by its L2 norm
_MOMENTUM: Final = 0.9


class Mover:
    """Takes steps of one optimizer, each picture at its own rate."""

    def __init__(self, name: str, numbers: Tensor, rates: Tensor) -> None:
        self._name, self._numbers, self._rates = name, numbers, rates
        self._alike = len(set(rates.tolist())) == 1
        self._optimizer = _made(name, numbers, float(rates[0]) if self._alike else 1.0)

    def step(self, downhill: Tensor) -> None:
        """Moves the numbers (B, ...) against `downhill`, the gradient of the penalties minus the score."""
        downhill = of_length_one(downhill) if self._name in _OF_LENGTH_ONE else downhill
        self._numbers.grad = downhill.contiguous()  # otherwise fused Adam moves the wrong numbers (of maco)
        if self._alike:
            self._optimizer.step()
            return
        before = self._numbers.detach().clone()
        self._optimizer.step()  # at a rate of 1, to which every optimizer's step is proportional
        with torch.no_grad():
            rates = self._rates.view(-1, *[1] * (self._numbers.ndim - 1))
            self._numbers.copy_(torch.lerp(before, self._numbers, rates))


class _Optimizer(Protocol):
    def step(self) -> object: ...


class _KerasRms:
    """RMSProp of keras-vis. Unlike torch's, it adds epsilon below the root, where small gradients need it."""

    _KEPT, _EPSILON = 0.95, 1e-7

    def __init__(self, numbers: Tensor, rate: float) -> None:
        self._numbers, self._rate = numbers, rate
        self._squares = torch.zeros_like(numbers)  # their mean over the last steps

    @torch.no_grad()
    def step(self) -> None:
        gradient = self._numbers.grad
        assert gradient is not None
        self._squares.mul_(self._KEPT).addcmul_(gradient, gradient, value=1 - self._KEPT)
        self._numbers.addcdiv_(gradient, (self._squares + self._EPSILON).sqrt(), value=-self._rate)


def _made(name: str, numbers: Tensor, rate: float) -> _Optimizer:
    if name == "adam":
        return torch.optim.Adam([numbers], rate, fused=numbers.device.type in ("cpu", "cuda"))
    if name == "rmsprop":
        return _KerasRms(numbers, rate)
    return torch.optim.SGD([numbers], rate, momentum=_MOMENTUM if name == "momentum" else 0.0)


def of_length_one(gradient: Tensor) -> Tensor:
    """Gradients (B, ...), each divided by its L2 norm; zero stays zero."""
    flat = gradient.flatten(1)
    share = flat / largest(flat)  # scaled first, because the square of 1e-30 underflows
    size = torch.linalg.vector_norm(share, dim=1, keepdim=True)
    return (share / size.clamp(min=1e-12)).view_as(gradient)
