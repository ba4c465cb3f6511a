"""What each of torch's operations multiplies, and what it does to the reach of numbers, by the operation's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch

from vizlib.layers import reach as reaches
from vizlib.layers.reach import Call, Reach, Window, extended, in_windows, joined, mixed, moved

Rule = Callable[[Call], Reach | list[Reach]]


def rule_of(func: Any) -> Rule | None:
    """The rule of one of torch's operations; None for one that is not known here."""
    name = func._overloadpacket.__name__
    known = _RULES.get(name) or _RULES.get(name.removesuffix("_"))
    if known is not None:
        return known
    if func.is_view:
        return moved
    return reaches.each_alone if torch.Tag.pointwise in func.tags else None


def multiply_adds(func: Any, given: dict[str, Any], output: Any) -> int:
    """How many multiply-adds an operation takes: those of convolutions, matrix products and attention."""
    name = func._overloadpacket.__name__
    if name == "convolution":
        every = given["input"] if given["transposed"] else output
        return int(every.numel() * given["weight"][0].numel())
    if _RULES.get(name) is _product:
        return int(output.numel() * _factors(given)[1].shape[-2])
    if _RULES.get(name) is _attention:
        query, key, value = given["query"], given["key"], given["value"]
        return int(query[..., 0].numel() * key.shape[-2] * (query.shape[-1] + value.shape[-1]))
    return 0


def _pair(value: Any, usual: int = 1) -> tuple[int, int]:
    both = [value, value] if isinstance(value, int) else list(value if value is not None and len(value) else [usual])
    return int(both[0]), int(both[-1])


def _convolution(call: Call) -> Reach:
    [reach] = call.known("input")
    weight, given = call.given["weight"], call.given
    if len(call.shape) != 4:
        return _over_line(call, reach)
    if given["transposed"]:
        return reaches.resized(call, reach, -(-max(weight.shape[2:]) // min(_pair(given["stride"]))))
    kernel = weight.shape[2], weight.shape[3]
    window = Window(kernel, *(_pair(given[each], 0) for each in ("stride", "padding", "dilation")))
    return in_windows(call, reach, window)


def _over_line(call: Call, reach: Reach) -> Reach:
    """Convolutions over one axis, which in networks for pictures are gates over channels, and over three."""
    return joined(call, mixed(reach, range(1, len(call.shape)), call.side))


def _pooling(call: Call) -> Reach:
    [reach] = call.known("self")
    kernel = _pair(call.given["kernel_size"])
    stride = _pair(call.given.get("stride") or kernel)
    padding, dilation = _pair(call.given.get("padding", 0), 0), _pair(call.given.get("dilation", 1))
    return in_windows(call, reach, Window(kernel, stride, padding, dilation))


def _adaptive(call: Call) -> Reach:
    """Pooling to a given number of places: to one, it is a sum over all."""
    [reach] = call.known("self")
    if max(call.shape[-2:]) == 1:
        return joined(call, mixed(reach, (-2, -1), call.side))
    ends = [torch.nn.functional.adaptive_max_pool2d(each, call.shape[-2:]) for each in reach.ends]
    return Reach(tuple(ends), reach.whole)


def _reduced(call: Call) -> Reach:
    [reach] = call.known("self")
    dims = call.given.get("dim")
    every = range(reach.ends[0].ndim)
    some = [dims] if isinstance(dims, int) else list(every if dims is None or not len(dims) else dims)
    found = mixed(reach, some, call.side)
    return Reach(tuple(each.reshape(call.shape) for each in found.ends), found.whole)


def _softmax(call: Call) -> Reach:
    [reach] = call.known("self")
    return joined(call, mixed(reach, (call.given["dim"],), call.side))


def _product(call: Call) -> Reach:
    """(..., i, k) times (..., k, j): sums over k."""
    left, right = map(call.of, _factors(call.given))
    parts = [mixed(each, (dim,), call.side) for each, dim in ((left, -1), (right, -2)) if each]
    added = call.known("self") if call.func._overloadpacket.__name__ in ("addmm", "baddbmm") else []
    return joined(call, *parts, *added)


def _factors(given: dict[str, Any]) -> tuple[Any, Any]:
    """The two that are multiplied, as `mm`, `bmm`, `addmm` and `baddbmm` call them."""
    left, right = given.get("mat1", given.get("batch1", given["self"])), given.get("mat2", given.get("batch2"))
    return left, right


def _attention(call: Call) -> Reach:
    """Attention in one operation: each query is compared with every key, and mixes all values."""
    sums = (("query", (-1,)), ("key", (-2, -1)), ("value", (-2,)))
    return joined(call, *(mixed(each, dims, call.side) for name, dims in sums for each in call.known(name)))


def _padded(call: Call) -> Reach:
    [reach] = call.known("self")
    amounts, ends = call.given["pad"], []
    for end in reach.ends:
        new = end
        for at in range(len(amounts) // 2):
            new = extended(new, -1 - at, amounts[2 * at], amounts[2 * at + 1])
        ends.append(new)
    return Reach(tuple(ends), reach.whole)


def _reshaped(call: Call) -> Reach:
    """The same numbers in the same order. The four are often repeated along an axis, which `view` does not take."""
    [reach] = call.known("self")
    return Reach(tuple(each.reshape(call.shape) for each in reach.ends), reach.whole)


def _strided(call: Call) -> Reach:
    """Other strides for the same shape change nothing; for another shape they may mean anything."""
    [reach] = call.known("self")
    same = tuple(reach.ends[0].shape) == tuple(call.shape)
    return reach if same else reaches.unknown(call)


def _larger(call: Call) -> Reach:
    [reach] = call.known("self")
    return reaches.resized(call, reach)


_NAMED: Final[dict[Rule, str]] = {  # torch's own names; of those that change a tensor in place, without the last "_"
    _convolution: "convolution",
    _pooling: "max_pool2d_with_indices avg_pool2d",
    _adaptive: "_adaptive_avg_pool2d adaptive_max_pool2d",
    _reduced: "mean sum amax amin max min var std var_mean prod logsumexp any all argmax argmin norm "
    "linalg_vector_norm",
    _softmax: "_softmax _safe_softmax _log_softmax",
    _product: "mm addmm bmm baddbmm",
    _attention: """
        _scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu
        _scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention
        _scaled_dot_product_fused_attention_overrideable _scaled_dot_product_attention_math_for_mps
    """,
    reaches.each_alone: """
        native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training cudnn_batch_norm
        miopen_batch_norm _batch_norm_with_update native_layer_norm native_group_norm _fused_rms_norm
        _to_copy hardswish _prelu_kernel
    """,
    moved: """
        cat stack roll flip rot90 repeat index index_select gather split_with_sizes_copy pixel_shuffle pixel_unshuffle
        channel_shuffle native_channel_shuffle reflection_pad2d replication_pad2d
    """,
    _reshaped: "view _unsafe_view _reshape_alias reshape view_as flatten",
    _strided: "as_strided",
    reaches.copied: "copy",
    _padded: "constant_pad_nd",
    _larger: """
        upsample_nearest2d _upsample_nearest_exact2d upsample_bilinear2d upsample_bicubic2d _upsample_bilinear2d_aa
        _upsample_bicubic2d_aa
    """,
}
_RULES: Final = {name: rule for rule, names in _NAMED.items() for name in names.split()}
