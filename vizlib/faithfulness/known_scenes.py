"""Where a network looks: the share of its saliency that is inside an object whose place is known."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vizlib.errors import VizError
from vizlib.models import Classifier, in_own_context
from vizlib.records import brief
from vizlib.render import to_image
from vizlib.saliency import explain

Values = NDArray[np.float64]
_AT_ONCE = 10
_Z = 1.959964  # standard errors to either side that hold 95 % of a normal distribution


class Known(Protocol):
    """A picture in which the object's place is known, such as a drawn scene."""

    @property
    def image(self) -> NDArray[np.uint8]: ...  # (H, W, 3)

    @property
    def mask(self) -> NDArray[np.bool_]: ...  # (H, W), True on the object


@dataclass(frozen=True, eq=False)
class Located:
    """How much of the saliency is on the object, in the first `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all.
        inside: (step,), the share of the map's absolute mass that is inside the mask, in [0, 1].
        area: (step,), the mask's share of the picture: what a map that is spread evenly would have inside.
        right: (step,), whether the network's answer is the picture's class.
    """

    step: int
    total: int
    inside: Values
    area: Values
    right: NDArray[np.bool_]

    __repr__ = brief

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the mean of `inside`, by the choice of the pictures."""
        half = _Z * self.inside.std(ddof=1) / np.sqrt(self.step) if self.step > 1 else np.nan
        return float(self.inside.mean() - half), float(self.inside.mean() + half)

    @property
    def accuracy(self) -> float:
        """The share of pictures that are answered rightly."""
        return float(self.right.mean())


@in_own_context
def locating(
    model: Classifier, pictures: Sequence[Known], labels: Sequence[int], method: str = "guided"
) -> Generator[Located, None, None]:
    """The share of the saliency inside the object, picture by picture, for the class that the network answers.

    labels: the class of each picture, by its number in the network. method: one of `vizlib.saliency_methods()`.

    Raises VizError for no pictures or another number of labels, and what `vizlib.explain` raises.
    """
    if not len(pictures) or len(pictures) != len(labels):
        raise VizError(f"There are {len(pictures)} pictures and {len(labels)} labels.", "Give one label per picture.")
    rows: list[tuple[float, float, bool]] = []
    for first in range(0, len(pictures), _AT_ONCE):
        some = pictures[first : first + _AT_ONCE]
        rows += _located(model, some, labels[first : first + _AT_ONCE], method)
        inside, area, right = (np.array(each) for each in zip(*rows, strict=True))
        yield Located(len(rows), len(pictures), inside, area, right)


def _located(model: Classifier, some: Sequence[Known], labels: Sequence[int], method: str) -> Any:
    pixels = model.prepare([each.image for each in some])
    maps = explain(model, pixels, method).values.numpy()
    answers = model.predict(pixels).argmax(1).tolist()
    for values, each, answer, label in zip(maps, some, answers, labels, strict=True):
        mask = _seen(model, each.mask)
        yield share_inside(values, mask), float(mask.mean()), answer == label


def _seen(model: Classifier, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask as the network's preprocessing resizes and crops it."""
    white = Image.fromarray(mask.astype(np.uint8) * 255).convert("RGB")
    seen: NDArray[np.bool_] = to_image(model.prepare(white))[0, :, :, 0] > 127
    return seen


def share_inside(values: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    """The share of the map's absolute mass that is inside the mask, in [0, 1]; 0 for an empty map."""
    mass = np.abs(values)
    return float(mass[mask].sum() / mass.sum()) if mass.sum() > 0 else 0.0
