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
from vizlib.render import Image8, from_image, to_image

Picture: TypeAlias = Image.Image | Image8
Pictures: TypeAlias = Picture | Tensor | Sequence[Picture | Tensor]

_ADVICE = "Give PIL images, uint8 arrays (H, W, 3) or pixels (N, 3, H, W) in [0, 1]."
_MOST_VIEWS = 10_000


def pictures(images: Any) -> list[Image.Image]:
    """One or several pictures (PIL, uint8 or pixels) as a list of PIL images; pixels are rounded to images first.

    Raises VizError for anything else, and for an empty list.
    """
    several = images if isinstance(images, list | tuple) else [images]
    found = [picture for each in several for picture in _pictures(each)]
    if not found:
        raise VizError("There is no picture.", _ADVICE)
    return found


def one_picture(image: Any) -> Image.Image:
    """The one picture given. Raises VizError for several or none."""
    found = pictures(image)
    if len(found) > 1:
        raise VizError(f"There are {len(found)} pictures.", "Give one.")
    return found[0]


def as_image(image: Any, what: str) -> Image8:
    """An image uint8 (H, W, 3), or a PIL image as one. Raises VizError, naming `what`."""
    levels = np.asarray(image.convert("RGB") if isinstance(image, Image.Image) else image)
    if levels.dtype != np.uint8 or levels.ndim != 3 or levels.shape[2] != 3 or not levels.size:
        raise VizError(f"The {what} is {levels.dtype} {levels.shape}.", "Give an image, uint8 (H, W, 3).")
    return levels


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


def _pictures(given: Any) -> list[Image.Image]:
    if isinstance(given, Image.Image):
        return [given.convert("RGB")]
    if isinstance(given, Tensor) and given.is_floating_point() and given.ndim in (3, 4) and given.shape[-3] == 3:
        if not bool(torch.isfinite(given).all()):
            raise VizError("Some pixels are not finite numbers.", _ADVICE)
        return [Image.fromarray(each) for each in to_image(given)]
    if isinstance(given, np.ndarray) and given.dtype == np.uint8 and given.shape[-1:] == (3,) and given.ndim in (3, 4):
        batch = given[None] if given.ndim == 3 else given
        if batch.size:
            return [Image.fromarray(np.ascontiguousarray(each)) for each in batch]
    shape = f" {getattr(given, 'dtype', '')} {tuple(given.shape)}" if hasattr(given, "shape") else ""
    raise VizError(f"A picture is given as {type(given).__name__}{shape}.", _ADVICE)
