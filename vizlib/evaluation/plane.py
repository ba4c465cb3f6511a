"""Decision maps: the network's answers on the plane through a picture, its fooled twin and a third direction.

Lengths are in units of the fooling change along both axes, so the map is true to scale: it shows how close the border
is and how thick the region behind it. Values outside [0, 1] are clipped, as in every picture.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.evaluation.inputs import at_once, batches_of
from vizlib.evaluation.shaking import draws
from vizlib.models import Classifier, folded, in_own_context
from vizlib.records import brief
from vizlib.render import Image8, to_image

_MOST_SIDE = 501
_ROUNDING = 0.5 / 255  # by which pixels may leave [0, 1]: half a level
_PARALLEL = 1e-3  # of a direction's own length: a smaller part across is rounding error


@dataclass(frozen=True, eq=False)
class Plane:
    """The map after `step` of `total` rows; the last frame is the answer. Rows come from the middle outwards.

    Entry [i, j] of every tensor is about the point (along[j], across[i]): draw row 0 at the bottom.

    Attributes:
        step: rows done, from 1.
        total: rows.
        along: (side,), float32: position along the first direction, in its lengths; the original is at 0.
        across: (side,), float32: in the same unit, around 0.
        classes: (side, side), int64 on the CPU: the most probable class; -1 where not computed yet.
        probability: (side, side), float32: of that class, [0, 1]; NaN where not computed yet.
        named: the classes of the points (0, 0) and (1, 0).
        shares: (2, side, side), float32: the probabilities of the two named classes.
    """

    step: int
    total: int
    along: Tensor
    across: Tensor
    classes: Tensor
    probability: Tensor
    named: tuple[int, int]
    shares: Tensor

    __repr__ = brief


@in_own_context
def perpendicular(along: Tensor, second: Tensor | None = None, seed: int = 0) -> Tensor:
    """A direction (1, 3, H, W) at a right angle to the first one, of the same length (L2), on its device.

    second: a direction, for example another fooling change, of which the part at a right angle is kept; None: Gaussian
    noise of the seed. Raises VizError if a direction is zero, or if both point the same way.
    """
    given = _direction(along, "first direction")
    first = given.cpu().double()  # on the CPU: not every device has doubles
    if second is None:
        noise = draws(seed, 3).standard_normal(tuple(first.shape), dtype="float32")
        other = torch.from_numpy(noise).to(first)
    else:
        other = _beside(first, second, "second direction")
    rest = other - (other * first).sum() / first.square().sum() * first
    if float(rest.norm()) <= _PARALLEL * float(other.norm()):
        raise VizError("The two directions point the same way.", "Choose another class for the second one.")
    return (rest * (first.norm() / rest.norm())).to(given)


@in_own_context
def plane(
    model: Classifier,
    origin: Tensor,
    along: Tensor,
    side_step: Tensor | None = None,
    extent: tuple[float, float] = (-1.0, 2.0),
    side: int = 43,
) -> Generator[Plane, None, None]:
    """The network's answers at side x side points origin + a * along + b * side_step; a frame for every few rows.

    origin: pixels (1, 3, H, W). along: a direction of that shape, for example fooled - origin.
    side_step: the second direction, as `perpendicular` makes it; None: `perpendicular(along)`, noise.
    extent: from where to where a runs; b runs as far, from minus to plus half of it.
    side: points per axis. With 6 k + 1 (31, 43, 61) and the usual extent, (0, 0) and (1, 0) are points of the map.

    Computed on a copy with folded norms (`vizlib.models.folding`), whose answers differ by rounding only.
    Raises VizError with a remedy, at the first step.
    """
    model.need_classes()
    start, first = _start(origin, along)
    second = perpendicular(first) if side_step is None else _beside(start, side_step, "second direction")
    low, high = _checked(extent, side)
    reach = (high - low) / 2
    columns, rows = torch.linspace(low, high, side), torch.linspace(-reach, reach, side)
    named = _named(model, start, first)
    found = torch.full((4, side, side), torch.nan)  # class, its probability, those of the two named classes
    fast = folded(model)[0]
    order = rows.abs().argsort(stable=True)
    for done in range(0, side, _rows_at_once(model, side)):
        some = order[done : done + _rows_at_once(model, side)]
        points = torch.cartesian_prod(rows[some], columns)
        shares = model.probabilities(_looked(fast, start, (first, second), points.flip(1)))
        best = shares.max(1)
        values = torch.stack([best.indices.float(), best.values, *(shares[:, each] for each in named)])
        found[:, some] = values.view(4, len(some), side)
        classes = found[0].nan_to_num(nan=-1.0).long()
        now = found[1:].clone()
        yield Plane(done + len(some), side, columns, rows, classes, now[0], named, now[1:])


@in_own_context
def logits_along(
    model: Classifier, origin: Tensor, along: Tensor, amounts: Sequence[float] | Tensor, classes: Sequence[int]
) -> Tensor:
    """Logits (amounts, classes), float32 on the CPU, of the pictures origin + amount * along, clipped to [0, 1].

    Raises VizError or UnknownName with a remedy.
    """
    start, first = _start(origin, along)
    wanted = [model.class_index(each) for each in classes]
    steps = torch.as_tensor(amounts, dtype=torch.float32).reshape(-1, 1)
    if not len(steps) or not wanted or not bool(steps.isfinite().all()):
        raise VizError("There are no finite amounts or no classes.", "Give at least one of both.")
    return _looked(model, start, (first,), steps)[:, wanted]


@in_own_context
def picture_at(origin: Tensor, along: Tensor, side_step: Tensor, a: float, b: float) -> Image8:
    """The picture origin + a * along + b * side_step, clipped and rounded, uint8 (H, W, 3).

    Changes of less than half a gray level are lost by rounding, so its class can differ from that on the map.
    """
    return to_image((origin + a * along.to(origin) + b * side_step.to(origin)).clamp(0, 1))[0]


def _rows_at_once(model: Classifier, side: int) -> int:
    return max(1, 8 * at_once(model) // side)


@torch.no_grad()
def _looked(model: Classifier, start: Tensor, directions: tuple[Tensor, ...], points: Tensor) -> Tensor:
    """Logits (P, K) on the CPU at points (P, directions)."""
    start, moves = start.to(model.device), torch.cat([each.to(model.device) for each in directions])
    points = points.to(model.device)

    def part(some: slice) -> Tensor:
        return model((start + torch.einsum("pd,dchw->pchw", points[some], moves)).clamp(0, 1)).cpu()

    return torch.cat(batches_of(model)(len(points), part))


def _named(model: Classifier, start: Tensor, first: Tensor) -> tuple[int, int]:
    here, there = _looked(model, start, (first,), torch.tensor([[0.0], [1.0]])).argmax(1).tolist()
    return here, there


def _start(origin: Any, along: Any) -> tuple[Tensor, Tensor]:
    start = _pixels(origin, "origin")
    low, high = start.aminmax()
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise VizError(f"The origin reaches from {float(low):g} to {float(high):g}.", "Give pixels from 0 to 1.")
    return start, _beside(start, along, "first direction")


def _beside(other: Tensor, given: Any, what: str) -> Tensor:
    """A direction of the same shape, dtype and device as another or as a picture."""
    direction = _direction(given, what)
    if direction.shape != other.shape:
        raise VizError(
            f"The {what} is {tuple(direction.shape)}.", f"Give it in the size of the other: {tuple(other.shape)}."
        )
    return direction.to(other)


def _direction(given: Any, what: str) -> Tensor:
    direction = _pixels(given, what)
    if not bool(direction.any()):
        raise VizError(f"The {what} is zero everywhere.", "Give two different pictures.")
    return direction


def _pixels(given: Any, what: str) -> Tensor:
    fits = isinstance(given, Tensor) and given.is_floating_point() and given.ndim == 4
    if not fits or len(given) != 1 or given.shape[1] != 3 or not bool(given.isfinite().all()):
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        raise VizError(f"The {what} is {shape}.", "Give finite pixels (1, 3, H, W), as to_pixels makes them.")
    return given.detach().float()


def _checked(extent: Any, side: Any) -> tuple[float, float]:
    pair = isinstance(extent, tuple | list) and len(extent) == 2 and all(isinstance(each, Real) for each in extent)
    low, high = extent if pair else (0, 0)
    if not -100 <= low < high <= 100:
        raise VizError(f"The extent is {extent!r}.", "Give two numbers from -100 to 100, the smaller one first.")
    if not isinstance(side, Integral) or not 2 <= int(side) <= _MOST_SIDE:
        raise VizError(f"The side is {side!r}.", f"Give a whole number from 2 to {_MOST_SIDE}.")
    return float(low), float(high)
