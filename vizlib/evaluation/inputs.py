"""Checked inputs of this room: pictures of any kind as a list, numbers of views; and the network's answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vizlib.errors import VizError
from vizlib.models import Batches, Classifier
from vizlib.pictures import Picture, as_picture
from vizlib.render import Image8, from_image

Pictures: TypeAlias = Picture | Sequence[Picture]

_MOST_VIEWS = 10_000


def pictures(images: Any) -> list[Image.Image]:
    """One or several pictures as a list of PIL images: each as `as_picture` takes it, or a batch (N, ...) of them.

    Pixels (N, 3, H, W) are rounded to images. Raises PictureError for anything else, VizError for an empty list.
    """
    several = images if isinstance(images, list | tuple) else [images]
    found = [as_picture(picture) for each in several for picture in (each if _is_batch(each) else [each])]
    if not found:
        raise VizError("There is no picture.", "Give at least one.")
    return found


def _is_batch(given: Any) -> bool:
    return isinstance(given, Tensor | np.ndarray) and given.ndim == 4


def one_picture(image: Any) -> Image.Image:
    """The one picture given. Raises VizError for several or none."""
    found = pictures(image)
    if len(found) > 1:
        raise VizError(f"There are {len(found)} pictures.", "Give one.")
    return found[0]


def count_of(count: Any) -> int:
    """The number of views, checked. Raises VizError."""
    if isinstance(count, bool) or not isinstance(count, Integral) or not 1 <= int(count) <= _MOST_VIEWS:
        raise VizError(f"The number of views is {count!r}.", f"Give a whole number from 1 to {_MOST_VIEWS}.")
    return int(count)


def batches_of(model: Classifier) -> Batches:
    """Passes of a few pictures: larger ones are hardly faster, need more memory and delay the first result."""
    return Batches(model, ("answers", model.input_size), 16 if model.device.type == "cpu" else 64)


def at_once(model: Classifier) -> int:
    """Pictures per pass that memory is known to hold."""
    return batches_of(model).at_once


def answers(model: Classifier, images: Iterator[Image8]) -> Iterator[Tensor]:
    """Probabilities (B, K) on the CPU for the next few images, uint8 (H, W, 3), each computed when its turn comes."""
    batches = batches_of(model)
    batch: list[Image8] = []
    for image in images:
        batch.append(image)
        if len(batch) >= batches.at_once:
            yield _answered(model, batch, batches)
            batch = []
    if batch:
        yield _answered(model, batch, batches)


def _answered(model: Classifier, batch: list[Image8], batches: Batches) -> Tensor:
    def part(some: slice) -> Tensor:
        return model.predict(from_image(np.stack(batch[some]), model.device)).cpu()

    return torch.cat(batches(len(batch), part))
