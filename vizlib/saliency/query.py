"""What the methods share: the question, the score that it is about, and the score's gradient to the pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.layers import find_layer, to_maps
from vizlib.models import Classifier, device_problems, path_of, pixels_of
from vizlib.pictures import Pictures
from vizlib.records import Layer, Size, Unit

Class: TypeAlias = int | str  # a class by its index or by one of its names
Target: TypeAlias = Class | Sequence[Class] | Tensor | Unit | None

AT_ONCE = 16  # pictures per pass, for methods that take one gradient of each


@dataclass(frozen=True, eq=False)
class Query:
    """The question: on which pixels of these pictures does the score depend?"""

    pixels: Tensor  # (N, 3, H, W), float32 on the network's device
    target: Tensor | Unit  # (N,) classes, int64 on the network's device; or a unit
    layer: str | None = None  # path, for methods that read a layer; None: the method's own choice

    @property
    def size(self) -> Size:
        """(H, W) in pixels."""
        return self.pixels.shape[2], self.pixels.shape[3]


def ask(classifier: Classifier, pixels: Pictures, target: Target = None, layer: str | Layer | None = None) -> Query:
    """The checked question. Raises VizError, NotShowable or UnknownName with a remedy."""
    pixels = pixels_of(classifier, pixels).detach().to(classifier.device, torch.float32)
    layer = None if layer is None else path_of(layer)
    if isinstance(target, Unit):
        _check_unit(classifier, target, pixels)
        return Query(pixels, target, layer)
    if target is None:
        return Query(pixels, _predicted(classifier, pixels), layer)
    return Query(pixels, _classes(classifier, target, len(pixels)).to(classifier.device), layer)


@torch.no_grad()
def _predicted(classifier: Classifier, pixels: Tensor) -> Tensor:
    classifier.need_classes()
    return torch.cat([classifier(some).argmax(1) for some in pixels.split(AT_ONCE)])


def _classes(classifier: Classifier, target: Class | Sequence[Class] | Tensor, count: int) -> Tensor:
    if isinstance(target, str):
        target = classifier.class_index(target)
    elif isinstance(target, (list, tuple)):
        target = [classifier.class_index(each) if isinstance(each, str) else each for each in target]
    whole = isinstance(target, Integral) and not isinstance(target, bool)
    if not whole and not isinstance(target, (Tensor, np.ndarray, list, tuple)):
        raise VizError(f"The target is {target!r}.", "Give a class by its number or name, one per picture, or a Unit.")
    classes = torch.as_tensor(target).detach().cpu()
    if classes.dtype == torch.bool or classes.is_floating_point() or classes.is_complex():
        raise VizError("The target classes are not whole numbers.", "Give one class index per picture.")
    if classes.ndim > 1 or (classes.ndim == 1 and len(classes) != count):
        what = f"There are {count} pictures and target classes of the shape {tuple(classes.shape)}."
        raise VizError(what, "Give one class for all pictures, or one for each.")
    for each in classes.reshape(-1).tolist():
        classifier.class_index(each)  # raises for a class that is not there
    return classes.long().expand(count)


def _check_unit(classifier: Classifier, unit: Unit, pixels: Tensor) -> None:
    channels, height, width = find_layer(classifier, unit.layer, (pixels.shape[2], pixels.shape[3])).shape
    row, column = (0, 0) if unit.position is None else _pair(unit.position)
    if not all(isinstance(each, Integral) for each in (unit.channel, row, column)):
        raise VizError(f"{unit!r} is no unit.", "Give a layer's path, a channel and (row, column) as whole numbers.")
    if not 0 <= unit.channel < channels:
        what = f"{unit.layer} has no channel {unit.channel}."
        raise UnknownName(what, f"Choose one from 0 to {channels - 1}.")
    if not (0 <= row < height and 0 <= column < width):
        what = f"{unit.layer} has no position {row}, {column}."
        raise UnknownName(what, f"Choose a row from 0 to {height - 1} and a column from 0 to {width - 1}.")


def _pair(position: Any) -> tuple[Any, Any]:
    return tuple(position) if isinstance(position, tuple | list) and len(position) == 2 else (None, None)


def score(classifier: Classifier, pixels: Tensor, query: Query, rows: Tensor) -> Tensor:
    """What the query asks about, (B,), for versions (B, 3, H, W) of its pictures number `rows` (B,).

    A class's logit, never its probability: the gradient of a probability vanishes where the network is certain.
    For a unit the pass goes no further than its layer.
    """
    if isinstance(query.target, Unit):
        return _unit_score(classifier, pixels, query.target)
    logits = classifier(pixels)
    return logits.gather(1, query.target[rows.to(logits.device), None])[:, 0]


def _unit_score(classifier: Classifier, pixels: Tensor, unit: Unit) -> Tensor:
    layer = find_layer(classifier, unit.layer, (pixels.shape[2], pixels.shape[3]))
    with classifier.tap(unit.layer) as seen:
        seen.run(pixels)
    values = to_maps(seen[unit.layer], layer)[:, unit.channel]
    return values.mean((1, 2)) if unit.position is None else values[:, unit.position[0], unit.position[1]]


def pixel_gradient(classifier: Classifier, pixels: Tensor, query: Query, rows: Tensor) -> Tensor:
    """d score / d pixel (B, 3, H, W), signed, on the network's device; arguments as for `score`."""
    with torch.enable_grad(), device_problems(classifier, pixels):
        leaf = pixels.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(score(classifier, leaf, query, rows).sum(), leaf)
    return gradient


def gradients(classifier: Classifier, query: Query) -> Tensor:
    """d score / d pixel (N, 3, H, W) of the query's own pictures, some at a time."""
    parts = torch.arange(len(query.pixels)).split(AT_ONCE)
    return torch.cat([pixel_gradient(classifier, query.pixels[rows[0] : rows[-1] + 1], query, rows) for rows in parts])


@dataclass(frozen=True, eq=False)
class Version:
    """A changed copy of a picture, and the weight of its gradient."""

    row: int  # which of the query's pictures
    weight: float
    pixels: Tensor  # (3, H, W)


def mean_gradients(
    classifier: Classifier, query: Query, versions: Iterable[Version], count: int
) -> Iterator[tuple[int, int, Tensor]]:
    """(step, total, weighted mean of the gradients (N, 3, H, W)) over `count` versions of the pictures, as it grows.

    Some at a time: fifty at once are hardly faster, need four times the memory and show nothing until the end.
    """
    at_once = 13 if classifier.device.type == "cpu" else 16
    steps = -(-count // at_once)
    total = torch.zeros_like(query.pixels)
    weights = torch.zeros(len(total), dtype=torch.float64)
    remaining = iter(versions)
    for step in range(1, steps + 1):
        some = list(islice(remaining, at_once))
        rows = torch.tensor([each.row for each in some])
        found = pixel_gradient(classifier, torch.stack([each.pixels for each in some]), query, rows)
        for each, gradient in zip(some, found):  # one by one: index_add_ is not reproducible on CUDA
            total[each.row].add_(gradient, alpha=each.weight)
            weights[each.row] += each.weight
        yield step, steps, total / weights.clamp(min=1e-12).to(total).view(-1, 1, 1, 1)


def strongest(gradient: Tensor) -> Tensor:
    """Signed gradients (N, 3, H, W) as maps (N, H, W), on the CPU: the largest magnitude over the color channels."""
    return gradient.abs().amax(1).cpu()
