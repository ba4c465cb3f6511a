"""From which rows and columns of the picture each number inside a network is computed: interval arithmetic.

Every tensor of a pass is accompanied by four of its shape, in px: minus the first row, the last row, minus the first
column, the last column. With the minus, a number that is computed from several others has the maximum of theirs,
whatever the operation. What only moves numbers (view, permute, roll, a split into windows) is applied to the four as
it is. A window over places takes the maximum within it; beyond the border the places go on at their distance, so that
an interval may reach past the picture, as in the literature (Araujo et al. 2019, "Computing receptive fields of
convolutional neural networks", Distill).

Sums over places (global pooling, attention over all tokens, a linear layer over a map) that join the whole picture
mark what is computed from them as `whole`. The four then go on with what does not come through them, so that a gate
or a token keeps its place. The statistics of normalizations are not followed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from vizlib.records import Size

_NEVER: Final = -math.inf  # of a number that does not depend on the picture


@dataclass(frozen=True)
class Reach:
    """What the numbers of one tensor are computed from."""

    ends: tuple[Tensor, ...]  # four of the tensor's shape, px; as above
    whole: tuple[bool, bool] = (False, False)  # rows, columns: whether some sum over places joined all of them


class Call(NamedTuple):
    """One operation of a pass."""

    func: Any  # torch's OpOverload
    given: dict[str, Any]  # its arguments by name
    shape: tuple[int, ...]  # of its first output
    side: Size  # of the picture
    of: Callable[[Any], Reach | None]  # the reach of a tensor

    def known(self, *names: str) -> list[Reach]:
        """The reaches of the tensors with these names, or of all."""
        some = [self.given.get(each) for each in names] if names else list(tensors(list(self.given.values())))
        return [found for each in some if (found := self.of(each)) is not None]


def tensors(values: Any) -> Iterator[Tensor]:
    """The tensors among values and lists of them."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, list | tuple):
        for each in values:
            yield from tensors(each)


def of_picture(shape: Sequence[int]) -> Reach:
    """The reach of pixels (N, C, H, W): each is computed from itself."""
    rows = torch.arange(shape[2], dtype=torch.float32)[:, None].expand(*shape)
    columns = torch.arange(shape[3], dtype=torch.float32).expand(*shape)
    return Reach((-rows, rows, -columns, columns))


def unknown(call: Call) -> Reach:
    """The reach after an operation that is not known here: it may join everything."""
    return Reach((torch.full((1,), _NEVER).expand(call.shape),) * 4, (True, True))


def joined(call: Call, *some: Reach) -> Reach:
    """Numbers that are each computed from one of every operand, with broadcasting."""
    ends = zip(*(each.ends for each in some))
    mine = tuple(reduce(torch.maximum, map(compact, each)).expand(call.shape) for each in ends)
    return Reach(mine, _any(some))


def compact(end: Tensor) -> Tensor:
    """Without the repetitions along axes on which an end is the same, such as the channels after a convolution."""
    for dim in range(end.ndim):
        if end.shape[dim] > 1 and not end.stride(dim):
            end = end.narrow(dim, 0, 1)
    return end


def _any(some: Sequence[Reach]) -> tuple[bool, bool]:
    return any(each.whole[0] for each in some), any(each.whole[1] for each in some)


def each_alone(call: Call) -> Reach:
    """Element by element: activations, sums of two tensors, normalizations."""
    return joined(call, *call.known())


def copied(call: Call) -> Reach:
    """`a.copy_(b)`: what was in a is gone."""
    return joined(call, *(call.known("src") or call.known()))


def moved(call: Call) -> list[Reach]:
    """What only moves numbers is applied to the four as it is; one reach per output."""

    def replaced(value: Any, end: int) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(replaced(each, end) for each in value)
        if not isinstance(value, Tensor):
            return value
        found = call.of(value)
        fixed = value.dtype.is_floating_point  # others are indices
        return found.ends[end] if found else torch.full(value.shape, _NEVER) if fixed else value.cpu()

    given = [{name: replaced(value, end) for name, value in call.given.items()} for end in range(4)]
    outputs = [list(tensors(_called(call.func, each))) for each in given]
    whole = _any(call.known())
    return [Reach(tuple(ends), whole) for ends in zip(*outputs, strict=True)]


def _called(func: Any, given: dict[str, Any]) -> Any:
    names = [each.name for each in func._schema.arguments if not each.kwarg_only]
    positions = [given[name] for name in names if name in given]
    return func(*positions, **{name: value for name, value in given.items() if name not in names})


def thin(end: Tensor, dim: int) -> Tensor:
    """The maximum along an axis, which stays with length 1."""
    return end.narrow(dim, 0, 1) if not end.stride(dim) else end.amax(dim, keepdim=True)


def mixed(reach: Reach, dims: Sequence[int], side: Size) -> Reach:
    """Numbers that are computed from all along these axes, which stay with length 1.

    Where only some of them join the whole picture, as in the windows that a roll has put together out of two borders
    (their networks mask them), it does not count as whole.
    """
    ends, wider = [], []
    for end in reach.ends:
        own = [each for each in dims if end.stride(each)]
        high = reduce(thin, dims, end)
        wider.append(bool(own) and bool((end.amin(own, keepdim=True) < end.amax(own, keepdim=True)).any()))
        ends.append(high)
    whole = list(reach.whole)
    for axis in (0, 1):
        first, last = 2 * axis, 2 * axis + 1
        covers = (ends[first] >= 0) & (ends[last] >= side[axis] - 1)
        if wider[first] or wider[last]:
            whole[axis] |= bool((covers | ends[last].isneginf()).all()) and bool(covers.any())
            ends[first], ends[last] = (ends[at].masked_fill(covers, _NEVER) for at in (first, last))
    return Reach(tuple(ends), (whole[0], whole[1]))


def extended(end: Tensor, dim: int, before: int, after: int, step: float = 0.0) -> Tensor:
    """Places before and after the border go on at their distance; `step` is that distance if there is one place."""
    length = end.shape[dim]
    first, last = end.narrow(dim, 0, 1), end.narrow(dim, length - 1, 1)
    near = end.narrow(dim, 1, 1) - first if length > 1 else torch.full_like(first, step)
    far = last - end.narrow(dim, length - 2, 1) if length > 1 else near
    counts = [-1 if at == dim % end.ndim else 1 for at in range(end.ndim)]
    parts = [end.narrow(dim, max(0, -before), length - max(0, -before) - max(0, -after))]
    if before > 0:
        parts.insert(0, first + near.nan_to_num(0) * torch.arange(-before, 0).view(counts))
    if after > 0:
        parts.append(last + far.nan_to_num(0) * torch.arange(1, after + 1).view(counts))
    return torch.cat(parts, dim) if len(parts) > 1 else parts[0]


class Window(NamedTuple):
    """Of a convolution or pooling, for rows and columns."""

    kernel: Size
    stride: Size = (1, 1)
    padding: Size = (0, 0)
    dilation: Size = (1, 1)


def in_windows(call: Call, reach: Reach, window: Window) -> Reach:
    """The reach after a window has moved over the places (N, C, H, W); the channels are taken together."""
    ends = []
    for at, end in enumerate(reach.ends):
        new = thin(end, 1)
        for axis in (0, 1):
            span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
            before = window.padding[axis]
            needed = (call.shape[axis - 2] - 1) * window.stride[axis] + span - new.shape[axis - 2] - before
            step = call.side[axis] * (-1.0 if at % 2 == 0 else 1.0) * (at // 2 == axis)
            new = extended(new, axis - 2, before, needed, step)
        if window.kernel != (1, 1) or window.stride != (1, 1):
            new = max_pool2d(new, window.kernel, window.stride, 0, window.dilation)
        ends.append(new.expand(call.shape))
    return Reach(tuple(ends), reach.whole)


def resized(call: Call, reach: Reach, around: int = 1) -> Reach:
    """The reach after a map was made larger or smaller, with `around` neighbors on each side of a place."""
    ends = []
    for end in reach.ends:
        new = extended(extended(thin(end, 1), -2, around, around), -1, around, around)
        new = interpolate(max_pool2d(new, 2 * around + 1, 1), call.shape[-2:], mode="bilinear")
        ends.append(new.nan_to_num(_NEVER, neginf=_NEVER).expand(call.shape))
    return Reach(tuple(ends), reach.whole)
