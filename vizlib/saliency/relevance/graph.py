"""What a score was computed from, as autograd recorded it: whether every operation on the way has a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from torch import Tensor

# Operations whose usual gradient, times the value, hands on all relevance; a constant that is added takes its share.
_NAMES: Final = """
    Add Sub Rsub Neg Sum Mean Cat Stack Split SplitWithSizes UnsafeSplit Unbind Slice Select Index IndexSelect View
    ReshapeAlias UnsafeView Permute Transpose T Expand Repeat Squeeze Unsqueeze Clone ToCopy Alias AsStrided
    ConstantPadNd ReflectionPad2D ReplicationPad2D Roll Flip Unfold Im2Col PixelShuffle PixelUnshuffle
    NativeChannelShuffle Relu LeakyRelu PreluKernel MaxPool2DWithIndices AdaptiveMaxPool2D Max Amax Maximum AvgPool2D
    AdaptiveAvgPool2D UpsampleNearest2D UpsampleNearestExact2D UpsampleBilinear2D UpsampleBicubic2D AccumulateGrad
"""
_FINE: Final = frozenset(_NAMES.split())
_PRODUCTS: Final = frozenset({"Mul", "Div", "Mm", "Bmm", "Addmm", "Baddbmm", "Mv", "Dot"})  # fine with a constant
_NORMS: Final = frozenset({"NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm"})  # fine with statistics of training
_OURS: Final = frozenset({"_Shared", "_Flat", "_Passed"})
_WORDS: Final = {
    "Convolution": "a convolution whose weights depend on the picture",
    "NativeLayerNorm": "layer normalization",
    "NativeGroupNorm": "group normalization",
    "NativeBatchNorm": "normalization by the picture's own statistics",
    "CopySlices": "a change in place of a part of its values",
    "Div": "a division by what depends on the picture",
}
_PRODUCT: Final = "a product of two values that depend on the picture, as in a gate or in attention"


def nodes_above(tensor: Tensor, stop: Any = ()) -> Iterator[tuple[Any, Any]]:
    """Each operation that a tensor was computed from, and one that uses its result (None for the last one).

    stop: classes of operations; what only they read is left out.
    """
    waiting: list[tuple[Any, Any]] = [(tensor.grad_fn, None)]
    seen = set()
    while waiting:
        node, user = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        yield node, user
        if not isinstance(node, stop):
            waiting += [(each, node) for each, _ in node.next_functions]


def any_above(tensor: Tensor, kinds: tuple[type, ...]) -> bool:
    """Whether a tensor was computed from any of these operations."""
    return any(isinstance(node, kinds) for node, _ in nodes_above(tensor))


def name_of(node: Any) -> str:
    """The operation's name, as autograd has it: "Relu" of ReluBackward0."""
    return re.sub(r"(Backward\w*)?$", "", type(node).__name__ if ":" in node.name() else node.name(), count=1)


def reaches_the_picture(score: Tensor, past: type) -> bool:
    """Whether the score depends on what has a gradient itself other than through operations of this class."""
    return any(name_of(node) == "AccumulateGrad" for node, _ in nodes_above(score, past))


def without_rule(score: Tensor, last: int) -> str:
    """In words, an operation up to number `last` without a rule on the way to the score; "" if all have one."""
    for node, user in nodes_above(score):
        name = name_of(node)
        if name != "AccumulateGrad" and node._sequence_nr() > last:
            continue  # what the score makes of the network's values
        if not _has_rule(name, node, user):
            return _words(name)
    return ""


def _has_rule(name: str, node: Any, user: Any) -> bool:
    if name in _PRODUCTS:
        return sum(each is not None for each, _ in node.next_functions) < 2
    if name in _NORMS:
        return not getattr(node, "_saved_training", True)
    if name == "Convolution":
        return user is not None and name_of(user) in ("_Shared", "_Flat")
    return name in _FINE | _OURS


def _words(name: str) -> str:
    if name in _PRODUCTS - {"Div"}:
        return _PRODUCT
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower().strip("_ ")
    return _WORDS.get(name, plain)
