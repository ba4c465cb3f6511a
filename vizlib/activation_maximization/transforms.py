"""How a picture is moved before the network sees it, so that the result does not depend on exact positions.

One affine sampling does it all: pad, jitter, scale, rotate and crop (Olah et al. 2017); then noise is added. Only the
network's view moves, never the picture itself. All draws are tensors, made from the run's seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from vizlib.errors import UnknownName
from vizlib.records import Size

_GRAY = 0.5  # the value beyond the border


@dataclass(frozen=True)
class Transforms:
    """How far each step's view may be from the picture itself.

    Attributes:
        jitter: shift to any side, share of the picture's side.
        scale: smallest and largest magnification.
        rotate: degrees, to either side.
        pad: gray margin that comes into view, share of the side.
        crop: smallest and largest part seen, share of the side, at any place.
        noise: standard deviation of what is added, in pixel values.
        views: per picture and step.
    """

    jitter: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    rotate: float = 0.0
    pad: float = 0.0
    crop: tuple[float, float] = (1.0, 1.0)
    noise: float = 0.0
    views: int = 1

    @property
    def moves(self) -> bool:
        """Whether any of it resamples the picture."""
        return (self.jitter, self.scale, self.rotate, self.pad, self.crop) != (0.0, (1.0, 1.0), 0.0, 0.0, (1.0, 1.0))


TRANSFORMS = {
    "none": Transforms(),
    "jitter": Transforms(jitter=0.06),
    "standard": Transforms(jitter=0.08, scale=(0.9, 1.1), rotate=10.0, pad=0.05),
    "strong": Transforms(jitter=0.12, scale=(0.8, 1.2), rotate=15.0, pad=0.05),
    "extreme": Transforms(jitter=0.15, scale=(0.7, 1.25), rotate=25.0, pad=0.05, noise=0.03),
    "crops": Transforms(crop=(0.25, 0.9), rotate=5.0, noise=0.04, views=2),
}


def named(transforms: str | Transforms) -> Transforms:
    """Transforms by their name, or as they are. Raises UnknownName."""
    if isinstance(transforms, Transforms):
        return transforms
    if transforms not in TRANSFORMS:
        raise UnknownName.among("set of transforms", transforms, TRANSFORMS)
    return TRANSFORMS[transforms]


def draw(transforms: Transforms, generator: torch.Generator) -> Tensor:
    """Affine maps (views, 2, 3) from the view to the picture, both in [-1, 1] with x first, as for a square."""
    views = transforms.views
    chance = torch.rand(views, 6, generator=generator)
    low, high = transforms.scale
    least, most = transforms.crop
    share = least + (most - least) * chance[:, 1]
    reach = share * (1 + 2 * transforms.pad) / (low * (high / low) ** chance[:, 0])  # of the picture in view
    angle = math.radians(transforms.rotate) * (2 * chance[:, 2] - 1)
    room = (1 - share)[:, None] + 2 * transforms.jitter
    shift = room * (2 * chance[:, 3:5] - 1)
    cosine, sine = reach * angle.cos(), reach * angle.sin()
    linear = torch.stack([cosine, -sine, sine, cosine], 1).view(views, 2, 2)
    return torch.cat([linear, shift[..., None]], 2)


def view(pixels: Tensor, transforms: Transforms, affine: Tensor, size: Size, noise: Tensor | None) -> Tensor:
    """Pixels (B, 3, h, w) as seen through the maps (V, 2, 3), at `size`: (V * B, 3, H, W), view by view.

    `noise` (V * B, 3, H, W), of standard deviation 1, or None.
    """
    if transforms.moves or tuple(pixels.shape[2:]) != size:
        seen = [_sampled(pixels, each, size) for each in affine]
        pixels = seen[0] if len(seen) == 1 else torch.cat(seen)
    elif len(affine) > 1:
        pixels = pixels.repeat(len(affine), 1, 1, 1)
    return pixels if noise is None else pixels + transforms.noise * noise


def _sampled(pixels: Tensor, affine: Tensor, size: Size) -> Tensor:
    """One bilinear sampling; pixel centers as in align_corners=False."""
    theta = affine.to(pixels)
    rows = (2 * torch.arange(size[0], device=pixels.device) + 1) / size[0] - 1
    columns = (2 * torch.arange(size[1], device=pixels.device) + 1) / size[1] - 1
    tall = pixels.shape[2] / pixels.shape[3]  # in [-1, 1] coordinates, a rotation distorts pictures that are not square
    x = theta[0, 0] * columns[None] + tall * theta[0, 1] * rows[:, None] + theta[0, 2]
    y = theta[1, 0] / tall * columns[None] + theta[1, 1] * rows[:, None] + theta[1, 2]
    grid = torch.stack([x, y], 2).expand(len(pixels), -1, -1, -1)
    return grid_sample(pixels - _GRAY, grid, mode="bilinear", padding_mode="zeros", align_corners=False) + _GRAY
