"""One shake, stronger and stronger: the network's answers to the same pictures at every value."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vizlib.evaluation.inputs import Pictures, answers, one_picture, pictures
from vizlib.evaluation.shakes import ShakeName, Value, checked_values, find_shake
from vizlib.evaluation.shaking import draws
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Picture
from vizlib.render import Image8
from vizlib.steps import last


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep after `step` of `total` looks of the network; the last frame is the answer."""

    step: int  # from 1
    total: int  # values times images
    transform: str  # key of SHAKES
    values: tuple[Value, ...]  # in the unit of the shake
    probabilities: Tensor  # (values, images, K), float32 on the CPU, [0, 1]; NaN where not computed yet


@in_own_context
def sweeping(
    model: Classifier,
    images: Pictures,
    transform: ShakeName | str = "resize",
    values: Sequence[Value] | None = None,
    seed: int = 0,
) -> Generator[Sweep, None, None]:
    """The network's answers to the images, all shaken alike, value by value; a frame every few looks.

    images: one or several pictures of any kind that `vizlib.pictures.as_picture` takes, best as decoded from their
        files; or pixels (N, 3, H, W), which are rounded to images. Each goes through the network's own preprocessing.
    transform: a key of SHAKES, which says the unit of its values.
    values: by default the usual ones of the shake for this network.
    seed: of the noise, which is the same for all images and all values.

    Raises UnknownName or VizError, each with its remedy, at the first step.
    """
    shake = find_shake(transform)
    chosen = checked_values(shake, values, model)
    given = pictures(images)
    draws(seed, 0)
    total = len(chosen) * len(given)
    found = torch.full((total, len(model.class_names)), torch.nan)
    step = 0
    views = (shake.image(picture, value, model, seed) for value in chosen for picture in given)
    for some in answers(model, views):
        found[step : step + len(some)] = some
        step += len(some)
        yield Sweep(step, total, shake.key, chosen, found.clone().view(len(chosen), len(given), -1))


@in_own_context
def sweep(
    model: Classifier,
    images: Pictures,
    transform: ShakeName | str = "resize",
    values: Sequence[Value] | None = None,
    seed: int = 0,
    *,
    progress: bool = False,
) -> Tensor:
    """Probabilities (values, images, K), float32 on the CPU: the last frame of `sweeping`, with the same arguments."""
    return last(sweeping(model, images, transform, values, seed), progress, "sweep").probabilities


@in_own_context
def shaken_view(model: Classifier, image: Picture, transform: str, value: Value, seed: int = 0) -> Image8:
    """What the network saw of one image at one value of a sweep, uint8 (H, W, 3) of its input size.

    Raises UnknownName or VizError, each with its remedy.
    """
    draws(seed, 0)
    return find_shake(transform).image(one_picture(image), value, model, seed)
