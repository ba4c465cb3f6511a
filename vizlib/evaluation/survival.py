"""Which answers survive? A picture is shaken mildly in many ways at once; how often does its class stay?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any, Final

import numpy as np
from torch import Tensor

from vizlib.errors import VizError
from vizlib.evaluation.inputs import Pictures, answers, count_of, one_picture, pictures
from vizlib.evaluation.shaking import Setting, draws, own_resize, shaken
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Picture
from vizlib.render import from_image

SIZE: Final = 0.1  # of the network's own size before the crop, smaller or larger
WANDER: Final = 0.03  # of the input's side, for the crop window and for the shift, in each direction
TURN: Final = 7.0  # degrees, to either side
BLUR: Final = 0.004  # of the input's side, standard deviation; 0.9 px of 224
QUALITY: Final = (70, 100)  # JPEG
LIGHT: Final = 0.15  # darker or brighter
NOISE: Final = 5.0  # gray levels of 255, standard deviation
_Z: Final = 1.959964  # standard deviations to either side that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Rate:
    """How many of `count` views kept the class.

    Attributes:
        kept: views that kept the class.
        count: views in all.
    """

    kept: int
    count: int

    @property
    def share(self) -> float:
        """kept / count, in [0, 1]; NaN for a count of zero."""
        return self.kept / self.count if self.count else nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share, by Wilson (1927): always within [0, 1], never of zero width."""
        if not self.count:
            return 0.0, 1.0
        spread = _Z**2 / self.count
        middle = (self.share + spread / 2) / (1 + spread)
        half = sqrt(spread * (self.share * (1 - self.share) + spread / 4)) / (1 + spread)
        return middle - half if self.kept else 0.0, middle + half if self.kept < self.count else 1.0


@dataclass(frozen=True, eq=False)
class Survival:
    """The count after `step` of `total` looks of the network; the last frame is the answer.

    Attributes:
        step: from 1.
        total: views times images.
        labels: per image: the class that should stay.
        rates: per image, over the views so far.
        answers: per image, over the views so far: each class that was answered, with the number of views; the most
            frequent one first.
    """

    step: int
    total: int
    labels: tuple[int, ...]
    rates: tuple[Rate, ...]
    answers: tuple[tuple[tuple[int, int], ...], ...]


def mild_settings(model: Classifier, count: int = 50, seed: int = 0) -> list[Setting]:
    """The first `count` combinations of mild shakes of this seed; a larger count begins with the same ones.

    Each is, uniformly and independently: size before the crop 90 to 110 % of the network's own; crop window and input
    each moved by up to 3 % of the input's side in both directions; rotated by up to 7 degrees; blurred with up to
    0.4 % of the side (0.9 px of 224); saved as JPEG of quality 70 to 100; 15 % darker to brighter; noise of up to 5
    gray levels. Raises VizError with a remedy.
    """
    generator = draws(seed, 1)
    return [_mild(model, generator) for _ in range(count_of(count))]


@in_own_context
def views(picture: Picture, model: Classifier, count: int = 50, seed: int = 0) -> Iterator[Tensor]:
    """The picture under `mild_settings`, one at a time: pixels (1, 3, H, W) on the network's device."""
    given = one_picture(picture)
    for how in mild_settings(model, count, seed):
        yield from_image(shaken(given, how, model)[None], model.device)


@in_own_context
def surviving(
    model: Classifier, images: Pictures, labels: int | Sequence[int] | None = None, count: int = 50, seed: int = 0
) -> Generator[Survival, None, None]:
    """How many of `count` mildly shaken views keep the class of each image; a frame every few looks.

    images: as for `sweeping`. All get the same views, `mild_settings(model, count, seed)`.
    labels: the class of each image (index or name), or one for all; None: the network's own answer to each, unshaken.

    Raises UnknownName or VizError at the first step.
    """
    given = pictures(images)
    settings = mild_settings(model, count, seed)
    classes = _labels(model, labels, [shaken(each, Setting(), model) for each in given])
    total = len(settings) * len(given)
    found: list[int] = []
    for some in answers(model, (shaken(each, how, model) for how in settings for each in given)):
        found += some.argmax(1).tolist()
        own = [found[image :: len(given)] for image in range(len(given))]
        rates = tuple(Rate(each.count(label), len(each)) for each, label in zip(own, classes))
        yield Survival(len(found), total, classes, rates, tuple(tuple(Counter(each).most_common()) for each in own))


def _mild(model: Classifier, generator: np.random.Generator) -> Setting:
    reach = WANDER * min(model.input_size)
    blur = BLUR * min(model.input_size)
    right, down, aside, below = (round(each) for each in generator.uniform(-reach, reach, 4))
    return Setting(
        jpeg=int(generator.integers(QUALITY[0], QUALITY[1], endpoint=True)),
        resize=round(own_resize(model) * generator.uniform(1 - SIZE, 1 + SIZE)),
        rotation=float(generator.uniform(-TURN, TURN)),
        crop=(right, down),
        shift=(aside, below),
        blur=float(generator.uniform(0, blur)),
        brightness=float(generator.uniform(1 - LIGHT, 1 + LIGHT)),
        noise=float(generator.uniform(0, NOISE)),
        seed=int(generator.integers(2**31)),
    )


def _labels(model: Classifier, labels: Any, plain: list[Any]) -> tuple[int, ...]:
    if labels is None:
        return tuple(int(each) for some in answers(model, iter(plain)) for each in some.argmax(1))
    if isinstance(labels, Tensor | np.ndarray):
        labels = labels.tolist()
    if not isinstance(labels, list | tuple):
        return (model.class_index(labels),) * len(plain)
    if len(labels) != len(plain):
        raise VizError(f"There are {len(plain)} pictures and {len(labels)} classes.", "Give one class per picture.")
    return tuple(model.class_index(each) for each in labels)
