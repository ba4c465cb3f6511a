"""One pass that counts: what every module of a network costs, and how much of the picture every layer sees.

Parameters are those that belong to a module itself; one that several modules share counts once, under its first name.
Multiply-adds are those of convolutions, matrix products and attention for one picture (one multiply-add is one MAC,
two FLOPs). Biases, norms, activations, pooling and sums of two tensors
are not counted, as in the tables of papers. A module that runs several times counts each time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import BaseTorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from vizlib.errors import NotShowable
from vizlib.layers._rules import Rule, multiply_adds, rule_of
from vizlib.layers.layout import to_maps
from vizlib.layers.reach import Call, Reach, compact, of_picture, tensors, thin, unknown
from vizlib.models import Classifier, one_pass
from vizlib.records import Counts, Layer, Size

_FAULTS = (RuntimeError, ValueError, TypeError, IndexError, KeyError, NotImplementedError)


class Count(TorchDispatchMode):
    """Within the block, each operation is counted under the module that runs it, and the reach of numbers follows.

    side: of the picture (H, W), px.
    """

    def __init__(self, side: Size) -> None:
        super().__init__()
        self.side = side
        self.running = [""]  # paths of the modules that are running, the innermost last
        self.multiply_adds: Counter[str] = Counter()
        self._reaches: Any = WeakIdKeyDictionary()

    def begin(self, pixels: Tensor) -> None:
        """These are the pixels of the picture."""
        self._reaches[pixels] = of_picture(pixels.shape)

    def reach(self, value: Any) -> Reach | None:
        """What the numbers of a tensor are computed from; None if the picture does not reach them."""
        found: Reach | None = self._reaches.get(value) if isinstance(value, Tensor) else None
        return found

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        rule = rule_of(func)
        if rule is None:
            with self:
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        output = func(*args, **kwargs)
        given = {**_named(func, args), **kwargs}
        self.multiply_adds[self.running[-1]] += multiply_adds(func, given, output)
        self._follow(func, rule, given, list(tensors(output)))
        return output

    def _follow(self, func: Any, rule: Rule | None, given: dict[str, Any], outputs: list[Tensor]) -> None:
        if not outputs or not any(self.reach(each) for each in tensors(list(given.values()))):
            return
        call = Call(func, given, tuple(outputs[0].shape), self.side, self.reach)
        try:
            found = unknown(call) if rule is None else rule(call)
        except _FAULTS:  # an unusual form of the operation: what comes of it may depend on everything
            found = unknown(call)
        some = found if isinstance(found, list) else [found] * len(outputs)
        for output, reach in zip(outputs, some):
            self._reaches[output] = reach


def _named(func: Any, args: Any) -> dict[str, Any]:
    return {each.name: value for each, value in zip(func._schema.arguments, args)}


def counted(network: nn.Module, pixels: Tensor, seen: Callable[[str, Tensor, Reach | None], None]) -> dict[str, int]:
    """One pass of normalized pixels (1, C, H, W); the multiply-adds that belong to each module itself, by its path.

    seen: is called with the path, the output and its reach each time a module has returned one tensor.
    """
    count = Count((pixels.shape[2], pixels.shape[3]))
    paths = {path: each for path, each in network.named_modules() if path}
    with torch.no_grad(), _followed(paths, count, seen), BaseTorchFunctionMode(), count:
        own = pixels.clone()
        count.begin(own)
        network(own)
    return {path: each for path, each in count.multiply_adds.items() if each}


@contextmanager
def _followed(
    modules: Mapping[str, nn.Module], count: Count, seen: Callable[[str, Tensor, Reach | None], None]
) -> Iterator[None]:
    """Hooks that say which module is running."""

    def begin(path: str, *_: Any) -> None:
        count.running.append(path)

    def end(path: str, module: nn.Module, inputs: Any, output: Any) -> None:
        count.running.pop()
        if isinstance(output, Tensor):
            seen(path, output, count.reach(output))

    handles = []
    try:
        for path, each in modules.items():
            if not isinstance(each, torch.jit.ScriptModule):  # runs as one operation, and takes no hooks
                handles.append(each.register_forward_pre_hook(partial(begin, path), prepend=True))
                handles.append(each.register_forward_hook(partial(end, path)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def own_parameters(network: nn.Module) -> dict[str, int]:
    """How many parameters belong to each module itself, by its path; "" is the network."""
    counts: Counter[str] = Counter()
    for name, each in network.named_parameters():
        counts[name.rpartition(".")[0]] += each.numel()
    return dict(counts)


@dataclass(frozen=True)
class Counted:
    """One network in numbers, for pictures of one size.

    Attributes:
        parameters: those that belong to each module itself, by its path; "" is the network.
        multiply_adds: likewise.
        layers: by path, everything inside a layer included.
    """

    parameters: Mapping[str, int]
    multiply_adds: Mapping[str, int]
    layers: Mapping[str, Counts]


def counts(model: Classifier, size: Size, layers: Sequence[Layer]) -> Counted:
    """The numbers of these layers for one gray picture of `size` (H, W). Raises what a call of the model raises."""
    rows = {each.path: each for each in layers}
    seen: dict[str, tuple[Size | None, Size | None]] = {}

    def keep(path: str, output: Tensor, reach: Reach | None) -> None:
        if path in rows and path not in seen and reach is not None:
            seen[path] = _field(reach), _stride(reach, rows[path], size)

    gray = torch.full((1, 3, *size), 0.5)
    with torch.no_grad(), one_pass(model, gray):
        own = counted(model.network, model.normalize(gray), keep)
    parameters = own_parameters(model.network)
    sums, products = _with_inner(parameters), _with_inner(own)
    found = {path: Counts(sums[path], products[path], *seen.get(path, (None, None))) for path in rows}
    return Counted(parameters, own, found)


def _with_inner(own: Mapping[str, int]) -> Counter[str]:
    """The sums of a module and of all inside it, by its path."""
    sums: Counter[str] = Counter()
    for path, count in own.items():
        parts = path.split(".") if path else []
        for depth in range(len(parts) + 1):
            sums[".".join(parts[:depth])] += count
    return sums


def _field(reach: Reach) -> Size | None:
    """The largest number of rows and columns that one place sees."""
    if any(reach.whole):
        return None
    ends = [compact(each) for each in reach.ends]
    rows, columns = (ends[axis] + ends[axis + 1] + 1 for axis in (0, 2))
    found = [float(each.max()) for each in (rows, columns)]
    return (int(found[0]), int(found[1])) if all(map(math.isfinite, found)) else None


def _stride(reach: Reach, layer: Layer, size: Size) -> Size | None:
    """The distance from one place to the next: the median, because borders may differ."""
    try:
        maps = [thin(to_maps(each, layer)[0], 0)[0] for each in reach.ends]
    except NotShowable:
        return None
    middles = (maps[1] - maps[0])[:, 0] / 2, (maps[3] - maps[2])[0] / 2
    steps = [each.diff() for each in middles]
    found = [each[each.isfinite()] for each in steps]
    if not all(len(each) for each in found):
        return None
    usual = [round(float(each.median())) for each in found]
    # within the windows of attention all places see the same: their distance is then that of the grid
    rows, columns = (step or round(side / len(each)) for step, side, each in zip(usual, size, middles))
    return rows, columns
