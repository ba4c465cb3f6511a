"""What a network that was trained on such pictures says about fakes, beside what it says about real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.layers import last_maps
from vizlib.models import Classifier, load_model
from vizlib.records import brief
from vizlib.training.data import PictureSet
from vizlib.training.features import pooled
from vizlib.training.gan.measures import frechet_distance, precision_recall
from vizlib.training.gan.pictures import Neighbors, RealPictures

_BUNDLED = ("bundled/digits", "bundled/scenes")
_LEAST = 0.05  # quantile of the real pictures' confidence, from which on a fake is as sure as a real one
CLOSE = 0.05  # quantile of the held-out pictures' distances, below which a fake is a near copy
_SHARE = 0.1  # of a class's share among the real pictures, from which on the fakes have it


@dataclass(frozen=True)
class Measures:
    """How far one set of pictures is from the real ones that are held out.

    Attributes:
        distance: the Frechet distance of the judge's features.
        precision: share of the set that lies among the real pictures, [0, 1].
        recall: share of the real pictures that lie among the set, [0, 1].
        covered: how many classes have at least a tenth of the share that they have among the real pictures, counting
            only pictures of which the judge is sure; NaN where the judge does not know these classes.
        confident: share of the set of whose class the judge is at least as sure as it is of all but 5 % of the real
            pictures; NaN where the judge does not know these classes.
        copies: share of the set that is nearer to a training picture than all but 5 % of the held-out ones are.
    """

    distance: float
    precision: float
    recall: float
    covered: float
    confident: float
    copies: float

    __repr__ = brief


class Reading(NamedTuple):
    """What the judge says about N pictures."""

    features: NDArray[np.float64]  # (N, D)
    answers: NDArray[np.int64]  # (N,)
    sureness: NDArray[np.float64]  # (N,), the probability of the answer


def judge_of(data: PictureSet, device: str = "auto") -> Classifier:
    """The bundled network that knows the classes of the pictures; else bundled/scenes, for its features alone."""
    found = [load_model(each, device=device) for each in _BUNDLED]
    return next((each for each in found if set(data.classes) <= set(each.class_names)), found[-1])


class Judge:
    """A network, and the real pictures that it compares with."""

    def __init__(self, model: Classifier, data: PictureSet) -> None:
        self.model, self.layer = model, last_maps(model).path
        self.knows = bool(data.classes) and set(data.classes) <= set(model.class_names)

    @torch.no_grad()
    def read(self, pixels: Tensor) -> Reading:
        """Pixels (N, C, H, W) in [0, 1], of any size."""
        with self.model.tap(self.layer) as seen:
            sure, answers = self.model.probabilities(self.model(seen_by(self.model, pixels))).max(1)
        features = pooled(seen[self.layer]).double().cpu().numpy()
        return Reading(features, answers.cpu().numpy(), sure.double().cpu().numpy())


def seen_by(model: Classifier, pixels: Tensor) -> Tensor:
    """Pixels (N, C, H, W) in [0, 1] of any size as the network takes them: in color, of its own size, on its device."""
    color = pixels.expand(-1, 3, -1, -1)
    if tuple(color.shape[2:]) != model.input_size:
        size = model.input_size
        color = interpolate(color, size, mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)
    return color.to(model.device)


def joined(parts: list[Reading]) -> Reading:
    """The readings of several parts as one."""
    return Reading(*(np.concatenate(each) for each in zip(*parts, strict=True)))


class Comparison:
    """The real pictures that every set of fakes is compared with."""

    def __init__(self, pictures: RealPictures, held_out: Reading, knows: bool) -> None:
        self._real, self._knows, self.neighbors = held_out, knows, Neighbors(pictures.training)
        self._floor = float(np.quantile(held_out.sureness, _LEAST))
        self._close = float(self.neighbors.nearest(pictures.held_out.float() / 255)[0].quantile(CLOSE))

    def of(self, reading: Reading, distances: Tensor) -> Measures:
        """Measures of a set, given its distances to the nearest training pictures."""
        sure, unknown = reading.sureness >= self._floor, float("nan")
        with threadpool_limits(1, "blas"):  # more threads would only wait for one another
            distance = frechet_distance(self._real.features, reading.features)
            precision, recall = precision_recall(self._real.features, reading.features)
        return Measures(
            distance,
            precision,
            recall,
            self._classes(reading, sure) if self._knows else unknown,
            float(sure.mean()) if self._knows else unknown,
            float((distances < self._close).float().mean()),
        )

    def _classes(self, reading: Reading, sure: NDArray[np.bool_]) -> float:
        most = int(max(self._real.answers.max(), reading.answers.max())) + 1
        real = np.bincount(self._real.answers, minlength=most) / len(self._real.answers)
        fake = np.bincount(reading.answers[sure], minlength=most) / len(sure)
        return float(((fake >= _SHARE * real) & (real > 0)).sum())
