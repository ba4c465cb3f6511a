"""The rules of layer-wise relevance propagation, as other gradients of the calls in this thread.

A value's relevance is the value times its gradient here. Then a sum gives relevance to its terms in proportion to them,
and a mean, a pooling, a ReLU, a concatenation and a choice of places need no rule of their own: their usual gradient
hands on all relevance. Two kinds of calls hand their gradient to stand-ins, whose sum they would be but for a factor:

- Convolutions and linear layers. Epsilon (Bach et al. 2015): the stand-in is the layer itself, and epsilon is added to
  the sum. Plus (Montavon et al. 2015): only the contributions that raise the output, and the bias where it is positive.
  Flat (Lapuschkin et al. 2019): the same weight for every input. Below it a gradient is relevance itself, because an
  input that is 0 has relevance too.
- Activations that are 0 at 0, other than ReLU: the stand-in is the input, so that all relevance passes.

Calls are followed, not modules, so that functional calls count and nothing is left on a network that others share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torch.overrides import TorchFunctionMode

from vizlib.saliency.relevance.graph import any_above

_CONVOLUTIONS: Final = frozenset({torch.conv1d, torch.conv2d, torch.conv3d})
_ACTIVATIONS: Final = frozenset(
    getattr(home, spelled)
    for name in ("relu6", "hardtanh", "elu", "selu", "celu", "silu", "gelu", "mish", "hardswish", "tanh")
    for spelled in (name, f"{name}_")
    for home in (F, torch, Tensor)
    if hasattr(home, spelled)
)
_STABLE: Final = 1e-6  # what the plus and the flat rule add to their denominators


class _Shared(torch.autograd.Function):
    """An output that hands its gradient to its stand-ins, scaled by what the output is of their sum."""

    @staticmethod
    def forward(ctx: Any, output: tuple[Tensor], share: Tensor, *stand_ins: Tensor) -> Tensor:
        ctx.save_for_backward(share)
        ctx.count = len(stand_ins)
        return output[0]  # in a tuple, because an argument that is returned could not be changed in place later

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (share,) = ctx.saved_tensors
        handed = gradients[0] * share
        return (None, None, *[handed] * ctx.count)


class _Flat(_Shared):
    """The same, by the flat rule: what it hands on is relevance."""


class _Passed(torch.autograd.Function):
    """An activation whose output and input have the same relevance."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, activate: Callable[[Tensor], Tensor]) -> Tensor:
        before = inputs.clone()
        outputs = activate(inputs)
        if outputs is inputs:
            ctx.mark_dirty(inputs)
        ctx.save_for_backward(outputs / before.masked_fill_(before == 0, 1))
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (share,) = ctx.saved_tensors
        return gradients[0] * share, None


SHARED: Final = _Shared._backward_cls, _Flat._backward_cls
FLAT: Final = _Flat._backward_cls


@dataclass(frozen=True)
class _Layer:
    """A call of a convolution or a linear layer, perhaps with the norm after it folded in."""

    call: Callable[..., Tensor]
    inputs: Tensor
    weight: Tensor
    bias: Tensor | None
    rest: tuple[Any, ...]
    more: Mapping[str, Any]

    def __call__(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return self.call(inputs, weight, bias, *self.rest, **self.more)

    def whole(self) -> Tensor:
        return self(self.inputs, self.weight, self.bias)


class Rules(TorchFunctionMode):
    """Within this block the calls of this thread get the gradients of the rules.

    A norm that directly follows a convolution or a linear layer is folded into it; another one is a layer of its own,
    with the epsilon rule.

    plus_flat: flat for layers that read the picture, plus for other convolutions, epsilon for other linear layers; else
        epsilon for all.
    """

    def __init__(self, plus_flat: bool, epsilon: float) -> None:
        super().__init__()
        self.last = 0  # the number of the last operation in the block, as autograd counts them
        self.plus_flat, self._epsilon = plus_flat, epsilon
        self._before: tuple[Tensor, int, _Layer] | None = None  # the last layer's output, its version, and the layer

    def __exit__(self, *problem: Any) -> None:
        super().__exit__(*problem)
        self.last, self._before = _number(), None

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if not torch.is_grad_enabled():
            return func(*args, **kwargs)
        if func in _ACTIVATIONS:
            return _activated(func, *args, **kwargs)
        if func in _CONVOLUTIONS or func is F.linear:
            return self._computed(_called(func, *args, **kwargs))
        if func is F.batch_norm:
            return self._normalized(*args, **kwargs)
        return func(*args, **kwargs)

    def _computed(self, layer: _Layer) -> Tensor:
        if layer.weight.requires_grad or not layer.inputs.requires_grad:
            return layer.whole()  # there is no rule for weights that depend on the picture
        output = self._shared(layer)
        self._before = output, output._version, layer
        return output

    def _normalized(self, input: Tensor, *rest: Any, **more: Any) -> Tensor:
        output: Tensor = F.batch_norm(input, *rest, **more)
        before, version, layer = self._before or (None, 0, None)
        if layer is None or input is not before or input._version != version:
            return output
        own = _folded(layer, *rest, **more)
        return self._shared(own, output.detach()) if own else output

    def _shared(self, layer: _Layer, output: Tensor | None = None) -> Tensor:
        """The layer's output with its rule; output: its value where that is known."""
        if self.plus_flat and not any_above(layer.inputs, SHARED):
            return _flat(layer, output)
        if self.plus_flat and layer.call in _CONVOLUTIONS:
            return _plus(layer, output)
        stand_in = layer.whole()
        value = stand_in.detach() if output is None else output
        return _given(value, value, self._epsilon, stand_in)


def _number() -> int:
    """That of an operation recorded now; later ones have larger numbers."""
    with torch.enable_grad():
        recorded: Any = torch.zeros(1, requires_grad=True).clone().grad_fn
    return int(recorded._sequence_nr())


def _called(
    call: Callable[..., Tensor], input: Tensor, weight: Tensor, bias: Any = None, *rest: Any, **more: Any
) -> Any:
    return _Layer(call, input, weight, bias, rest, more)


def _folded(  # noqa: PLR0913  the arguments of F.batch_norm
    layer: _Layer,
    mean: Tensor | None,
    variance: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> _Layer | None:
    """The layer with the norm after it; None where the norm has no statistics of its own."""
    places = layer.call not in _CONVOLUTIONS and layer.inputs.ndim != 2  # the norm's channels are not the layer's then
    if training or places or mean is None or variance is None:
        return None
    own = fuse_conv_bn_weights(layer.weight, layer.bias, mean, variance, eps, weight, bias)
    return replace(layer, weight=own[0], bias=own[1])


def _given(output: Tensor, whole: Tensor, epsilon: float, *stand_ins: Tensor, rule: Any = _Shared) -> Tensor:
    """The output, which hands on its relevance as the stand-ins do, whose values add up to `whole`."""
    stable = whole + torch.where(whole < 0, -epsilon, epsilon)
    found: Tensor = rule.apply((output,), output / stable, *stand_ins)
    return found


def _flat(layer: _Layer, output: Tensor | None) -> Tensor:
    ones = torch.ones_like(layer.weight)
    count = layer(torch.ones_like(layer.inputs[:1].detach()), ones, None)
    value = layer.whole().detach() if output is None else output
    return _given(value, count, _STABLE, layer(layer.inputs, ones, None), rule=_Flat)


def _plus(layer: _Layer, output: Tensor | None) -> Tensor:
    inputs, bias = layer.inputs, None if layer.bias is None else layer.bias.clamp(min=0)
    positive = layer.weight.clamp(min=0)
    if bool(inputs.detach().amin() >= 0):
        found = [layer(inputs, positive, bias)]
    else:
        found = [layer(inputs.relu(), positive, bias), layer(-(-inputs).relu(), layer.weight.clamp(max=0), None)]
    whole = found[0].detach() if len(found) == 1 else found[0].detach() + found[1].detach()
    value = layer.whole().detach() if output is None else output
    return _given(value, whole, _STABLE, *found)


def _activated(func: Callable[..., Any], input: Tensor, *rest: Any, **more: Any) -> Any:
    if not input.requires_grad:
        return func(input, *rest, **more)
    return _Passed.apply(input, lambda values: func(values, *rest, **more))
