"""Which part of a picture a unit sees, and for which classes it is evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.layers import find_layer, to_maps
from vizlib.models import Batches, Classifier, device_problems, in_own_context, to_pixels
from vizlib.records import Box, Unit
from vizlib.render import Image8, enlarge, from_image, to_image
from vizlib.units.search import Numbers, PictureSource, Survey

_SEEN = 0.95  # share of the gradient, along each axis, inside the box that a unit sees
_LEAST_BOX = 16  # px
CROP = 160  # px, side of a crop as drawn


@in_own_context
def found_pixels(model: Classifier, source: PictureSource, numbers: Sequence[int]) -> Tensor:
    """Pictures of a source by number, as pixels (N, 3, H, W) of the model's preprocessing."""
    return to_pixels([source.picture(number) for number in numbers], model)


@in_own_context
def found_crops(
    model: Classifier, unit: Unit, source: PictureSource, survey: Survey, most: bool = True, count: int = 9
) -> Image8:
    """The part that the unit sees of each picture that excites it most (or least), the most extreme first.

    uint8 (count, CROP, CROP, 3).
    """
    numbers = survey.ranking(unit.channel, most, count)
    places = (survey.highest if most else survey.lowest)[numbers, unit.channel].tolist()
    pixels = found_pixels(model, source, numbers)
    crops = []
    for image, (left, top, right, bottom) in zip(to_image(pixels), seen_boxes(model, unit, pixels, places)):
        crops.append(enlarge(image[top:bottom, left:right], CROP, smooth=True))
    return np.stack([_square(each) for each in crops])


def _square(image: Image8) -> Image8:
    """The picture reduced to CROP x CROP px; it is at least CROP px wide."""
    small = torch.nn.functional.interpolate(from_image(image), size=(CROP, CROP), mode="bilinear", antialias=True)
    return to_image(small)[0]


@in_own_context
def seen_boxes(model: Classifier, unit: Unit, pixels: Tensor, places: Sequence[int]) -> list[Box]:
    """The square of each picture (N, 3, H, W) that the unit sees from a place (row * W + column of the layer's grid).

    (left, top, right, bottom) in px; it holds 95 % of the gradient along each axis. Without a gradient, it is the
    whole picture.
    """
    batches = Batches(model, ("boxes", unit.layer, pixels.shape[2:]), len(pixels))
    found = batches(len(pixels), lambda some: _strengths(model, unit, pixels[some], places[some]))
    return [_box(each) for some in found for each in some]


def _strengths(model: Classifier, unit: Unit, pixels: Tensor, places: Sequence[int]) -> Numbers:
    """The sum of |gradient| over the colors at each pixel, (N, H, W)."""
    layer = find_layer(model, unit.layer, (pixels.shape[2], pixels.shape[3]))
    rows = torch.arange(len(pixels), device=pixels.device)
    leaf = pixels.detach().requires_grad_()
    with torch.enable_grad(), device_problems(model, leaf):
        with model.tap(unit.layer) as seen:
            seen.run(leaf)
        values = to_maps(seen[unit.layer], layer).flatten(2)[rows, unit.channel, list(places)]
        (gradient,) = torch.autograd.grad(values.sum(), leaf)
    return gradient.abs().sum(1).cpu().numpy()


def _box(size: Numbers) -> Box:
    height, width = size.shape
    if not size.any():
        return 0, 0, width, height
    (top, bottom), (left, right) = (_middle(size.sum(axis)) for axis in (1, 0))
    side = min(max(bottom - top, right - left, _LEAST_BOX), height, width)
    left = min(max(0, (left + right - side) // 2), width - side)
    top = min(max(0, (top + bottom - side) // 2), height - side)
    return left, top, left + side, top + side


def _middle(mass: NDArray[Any]) -> tuple[int, int]:
    """The first index, and the last + 1, of the middle 95 % of the mass."""
    share = np.cumsum(mass) / mass.sum()
    out = (1 - _SEEN) / 2
    return int(np.searchsorted(share, out)), int(np.searchsorted(share, 1 - out)) + 1


@in_own_context
def fed_classes(model: Classifier, unit: Unit, pixels: Tensor) -> Numbers:
    """How far each logit would fall without the channel, to first order: the mean over the pictures.

    (K,), in logits: gradient times activation (Shrikumar et al. 2016, arXiv 1605.01713), for all classes at once by
    differentiating twice. Raises NotShowable for a backbone.
    """
    model.need_classes()
    batches = Batches(model, ("classes", unit.layer, pixels.shape[2:]), len(pixels))
    effects = batches(len(pixels), lambda some: _effects(model, unit, pixels[some]))
    return torch.cat(effects).mean(0).cpu().numpy()


def _effects(model: Classifier, unit: Unit, pixels: Tensor) -> Tensor:
    """How far each logit would fall for each picture by itself: (N, K), in logits."""
    layer = find_layer(model, unit.layer, (pixels.shape[2], pixels.shape[3]))
    with torch.enable_grad(), device_problems(model, pixels):
        with model.tap(unit.layer, leaves=True) as seen:
            logits = model(pixels)
        leaf = seen[unit.layer]
        ask = torch.zeros_like(logits, requires_grad=True)
        (back,) = torch.autograd.grad(logits, leaf, ask, create_graph=True)
        share = (to_maps(back, layer)[:, unit.channel] * to_maps(leaf, layer)[:, unit.channel].detach()).sum()
        (effect,) = torch.autograd.grad(share, ask)
    return effect.detach()
