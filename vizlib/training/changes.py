"""What a training changed: the weights of each layer, and what each unit of a layer responds to."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vizlib.errors import VizError
from vizlib.layers import find_layer, list_layers, to_maps
from vizlib.models import Batches, Classifier, in_own_context
from vizlib.pictures import Pictures
from vizlib.records import Layer, brief
from vizlib.training.pairs import check_pair, heads_of, parts, several

Values = NDArray[np.float64]
_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class WeightChanges:
    """How far the weights of each layer are from where they were.

    Attributes:
        layers: the paths of all modules that have weights of their own, in running order.
        changes: for each, ||after - before|| / ||before|| over all its weights and biases: 0 where nothing changed, and
            about 1.4 between two independent draws of one size. NaN for a head with other classes, which did not
            come from the old one, and where all weights were zero.
        norms: the paths of the batch normalizations, which keep statistics besides their weights.
        shifts: for each, how far its running means moved, in its own standard deviations: the root of the mean square
            over its channels.
    """

    layers: tuple[str, ...]
    changes: Values
    norms: tuple[str, ...]
    shifts: Values

    __repr__ = brief


@in_own_context
def weight_changes(before: Classifier, after: Classifier) -> WeightChanges:
    """How far each layer's weights moved in a training from `before` to `after`.

    Raises NotShowable for networks of two architectures.
    """
    check_pair(before, after)
    old, new = dict(before.network.named_modules()), dict(after.network.named_modules())
    order = {each.path: each.order for each in list_layers(before)}
    paths = sorted((path for path in old if path in new), key=lambda path: order.get(path, len(order)))
    layers = [path for path in paths if any(True for _ in old[path].parameters(recurse=False))]
    norms = [path for path in paths if getattr(old[path], "running_mean", None) is not None]
    fresh = heads_of(before) if before.class_names != after.class_names else []
    changes = np.array([nan if path in fresh else _moved(old[path], new[path]) for path in layers])
    shifts = np.array([_shifted(old[path], new[path]) for path in norms])
    return WeightChanges(tuple(layers), changes, tuple(norms), shifts)


def _moved(old: nn.Module, new: nn.Module) -> float:
    was, now = (_own_weights(each) for each in (old, new))
    return relative(was, now) if was.shape == now.shape else nan


def _own_weights(module: nn.Module) -> Tensor:
    return torch.cat([each.detach().flatten().cpu().double() for each in module.parameters(recurse=False)])


def relative(was: Tensor, now: Tensor) -> float:
    """||now - was|| / ||was||; NaN where that is 0 / 0 or the old one is zero."""
    size = float(was.norm())
    return float((now - was).norm()) / size if size else nan


def _shifted(old: nn.Module, new: nn.Module) -> float:
    (was, spread), now = _statistics(old), _statistics(new)[0]
    return float(((now - was).square() / spread).mean().sqrt())


def _statistics(norm: nn.Module) -> tuple[Tensor, Tensor]:
    state = norm.state_dict()
    return state["running_mean"].cpu().double(), state["running_var"].cpu().double() + float(getattr(norm, "eps", 0.0))


@dataclass(frozen=True, eq=False)
class UnitChanges:
    """How much each channel of a layer changed, on the first `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all.
        layer: its path.
        changes: (C,), each 1 - r, where r is the correlation of the channel's values before and after over all pictures
            and all positions: 0 for the same pattern (at any scale), 1 for an unrelated one, 2 for its negative. A
            channel that was constant and is not any more (or the reverse) has 1, one that stayed constant 0.
        gains: (C,), the standard deviation of the values after divided by that before; NaN where it was zero.
        kernel: the path of the convolution or linear layer whose rows the channels are; "" if there is none.
        kernels: (C,), each ||after - before|| / ||before|| of that row; empty without a kernel.
    """

    step: int
    total: int
    layer: str
    changes: Values
    gains: Values
    kernel: str
    kernels: Values

    __repr__ = brief

    @property
    def order(self) -> list[int]:
        """The channels, the most changed first."""
        return [int(each) for each in np.argsort(-self.changes, kind="stable")]


@in_own_context
def unit_changes(
    before: Classifier, after: Classifier, layer: str | Layer, pictures: Pictures
) -> Generator[UnitChanges, None, None]:
    """How much the responses of each channel of a layer changed between two networks of one architecture.

    pictures: pixels (N, 3, H, W), or a list of pictures, which both networks see as the first one prepares them.

    Raises NotShowable for networks of two architectures and for a layer without maps, UnknownName for the layer,
    VizError for no pictures.
    """
    check_pair(before, after)
    known = find_layer(before, layer)
    kernel, kernels = _kernels(before, after, known)
    given = several(pictures)
    if not len(given):
        raise VizError("There are no pictures to compare the networks on.", "Give at least one.")
    sums = torch.zeros(6, known.shape[0], dtype=torch.float64)
    for done, pixels in parts(before, given, [*range(0, len(given), _AT_ONCE), len(given)]):
        sums += _sums(*(_responses(each, known, pixels) for each in (before, after)))
        yield UnitChanges(done, len(given), known.path, *_compared(sums), kernel, kernels)


def _responses(model: Classifier, layer: Layer, pixels: Tensor) -> Tensor:
    """The layer's values, one row per channel, (C, N * H * W), float64 on the CPU."""
    size = (pixels.shape[2], pixels.shape[3])
    placed = find_layer(model, layer.path, size)

    def some(rows: slice) -> Tensor:
        with torch.no_grad(), model.tap(layer.path) as seen:
            seen.run(pixels[rows].to(model.device))
        return to_maps(seen[layer.path], placed).flatten(2).cpu().double()

    maps = torch.cat(Batches(model, ("units", layer.path, size), _AT_ONCE)(len(pixels), some))
    return maps.transpose(0, 1).flatten(1)


def _sums(was: Tensor, now: Tensor) -> Tensor:
    """What correlations are made of, (6, C): count, sums, sums of squares and of products."""
    count = torch.full((len(was),), float(was.shape[1]), dtype=torch.float64)
    return torch.stack([count, was.sum(1), now.sum(1), (was * was).sum(1), (now * now).sum(1), (was * now).sum(1)])


def _compared(sums: Tensor) -> tuple[Values, Values]:
    """Changes and gains (C,)."""
    count, one, other, ones, others, products = sums
    spreads = [(squares / count - (each / count).square()) for each, squares in ((one, ones), (other, others))]
    floors = [squares / count * 1e-12 for squares in (ones, others)]  # what rounding leaves of a constant
    was, now = (torch.where(each > floor, each, 0.0).sqrt() for each, floor in zip(spreads, floors, strict=True))
    joint = products / count - one * other / count.square()
    related = torch.where((was > 0) & (now > 0), joint / (was * now), (was == now).double())
    return (1 - related.clamp(-1, 1)).numpy(), torch.where(was > 0, now / was, torch.nan).numpy()


def _kernels(before: Classifier, after: Classifier, layer: Layer) -> tuple[str, Values]:
    """The last convolution or linear layer within the layer that gives its channels, and how its rows changed."""
    inside = [each for each in list_layers(before) if f"{each.path}.".startswith(f"{layer.path}.")]
    own = [each.path for each in inside if each.shape[0] == layer.shape[0] and each.kind in ("convolution", "linear")]
    weights = [_rows(before.module(own[-1])), _rows(after.module(own[-1]))] if own else []
    if not weights or weights[0].shape != weights[1].shape or len(weights[0]) != layer.shape[0]:
        return "", np.empty(0)
    return own[-1], np.array([relative(was, now) for was, now in zip(*weights, strict=True)])


def _rows(module: nn.Module) -> Tensor:
    state: Mapping[str, Tensor] = module.state_dict()
    return state["weight"].flatten(1).cpu().double() if "weight" in state else torch.empty(0)
