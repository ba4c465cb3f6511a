"""A picture file and what a network sees of it: a fooling image must keep its change on the way.

A network resizes and crops every file. Where the file already has the size to which it is resized, nothing is changed
on the way, and each level of the file is a level of the network's input: that is the size at which fooling images are
made, unless the file's own size is asked for. Pixels that are cropped already are read both as they are and as
the file that they become.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.errors import TooBig
from vizlib.models import Classifier, border_color, check_range
from vizlib.pictures import Picture, as_picture
from vizlib.pictures.opening import MIN_SIDE
from vizlib.records import Box
from vizlib.render import Image8, from_image, to_image

Look = Callable[[Tensor], Tensor]
RESOLUTIONS: Final = ("network", "file")
MOST_PIXELS: Final = 12_000_000  # of a file whose own size is kept: each step resizes it again


@dataclass(frozen=True, eq=False)
class Reading:
    """A file's picture, and every way in which the network is shown it."""

    original: Image8  # (H, W, 3), the file before any change
    looks: tuple[Look, ...]  # levels / 255 (N, 3, H, W) -> pixels (N, 3, h, w), differentiable
    tied: bool  # gray picture, gray network: red, green and blue change alike
    alike: Hashable  # equal for pictures that can be worked on together: they have one size and one way in

    def look(self, values: Tensor) -> Tensor:
        """What the network is shown of files (N, 3, H, W) in [0, 1]: pixels (N * ways, 3, h, w), file by file."""
        shown = [look(values) for look in self.looks]
        return shown[0] if len(shown) == 1 else torch.stack(shown, 1).flatten(0, 1)

    def start(self, device: torch.device) -> Tensor:
        """The original as values (1, 3, H, W) in [0, 1], exactly levels / 255."""
        return values_of(self.original, device)

    def tie(self, change: Tensor) -> Tensor:
        """The change (N, 3, H, W) as this file can hold it: the mean over the colors where they are tied."""
        return change.mean(1, keepdim=True).expand_as(change) if self.tied else change


def values_of(image: Image8, device: torch.device) -> Tensor:
    """An image (H, W, 3) as values (1, 3, H, W) in [0, 1]: levels / 255, as networks are shown them."""
    return from_image(image, device)


def reading_of(model: Classifier, picture: Picture, resolution: str = "network") -> Reading:
    """How a fooling image of this picture is read.

    picture: anything that `as_picture` takes, a whole file's picture; but float pixels (1, 3, h, w) are already resized
        and cropped.
    resolution: "network" makes the file as large as the network resizes it, "file" as large as the picture.
    Raises PictureError for what is not one picture, TooBig for a file of more than 12 megapixels.
    """
    if isinstance(picture, Tensor) and picture.ndim == 4 and picture.shape[1] == 3 and picture.is_floating_point():
        return _of_pixels(model, picture)
    picture = as_picture(picture)
    if resolution == "network":
        resized, box = model.before_crop(picture)
        crop = crop_of(model, box)
        kept = crop(values_of(_array(resized), model.device))
        if min(resized.size) >= MIN_SIDE and _same(model.prepare(resized), kept):
            return _reading(model, _array(resized), (crop,), box)
    if picture.width * picture.height > MOST_PIXELS:
        raise TooBig(
            f"The picture has {picture.width * picture.height / 1e6:.0f} megapixels; "
            f"at its own size at most {MOST_PIXELS // 10**6} can be fooled.",
            "Choose the network's resolution." if resolution == "file" else "Save the picture smaller.",
        )
    return _reading(model, _array(picture), (_resample(model, picture.size),), None)


def _of_pixels(model: Classifier, pixels: Tensor) -> Reading:
    check_range(pixels)
    image = _array(as_picture(pixels))
    height, width = image.shape[:2]
    whole = crop_of(model, (0, 0, width, height))
    if _same(model.prepare(image), values_of(image, model.device)):
        return _reading(model, image, (whole,), (0, 0, width, height))
    looks: tuple[Look, ...] = (whole, _resample(model, (width, height)))
    if (height, width) != model.input_size:
        looks = looks[1:]  # only the file has a size that every network takes
    return _reading(model, image, looks, None)


def _reading(model: Classifier, image: Image8, looks: tuple[Look, ...], box: Box | None) -> Reading:
    gray = model.preprocessing.channels == 1 and bool((image == image[..., :1]).all())
    return Reading(image, looks, gray, (image.shape, len(looks), box, gray))


def _array(picture: Image.Image) -> Image8:
    return np.array(picture, dtype=np.uint8)


def crop_of(model: Classifier, box: Box) -> Look:
    """What the network keeps of resized files: the box; where it reaches outside of them, the network's border."""
    left, top, right, bottom = box
    border = values_of(np.array([[border_color(model.preprocessing) or (0, 0, 0)]], np.uint8), model.device)

    def look(values: Tensor) -> Tensor:
        inside = values[:, :, max(0, top) : bottom, max(0, left) : right]
        height, width = inside.shape[2:]
        if (height, width) == (bottom - top, right - left):
            return inside
        down, across = max(0, -top), max(0, -left)
        whole = border.repeat(len(values), 1, bottom - top, right - left)
        whole[:, :, down : down + height, across : across + width] = inside
        return whole

    return look


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _resample(model: Classifier, size: tuple[int, int]) -> Look:
    """The network's own resize and crop of the rounded file, with the gradient of a smooth resize."""
    probe = Image.new("RGB", size)
    resized, box = model.before_crop(probe)
    shape, crop = (resized.height, resized.width), crop_of(model, box)
    kind = "bicubic" if model.preprocessing.interpolation in ("bicubic", "lanczos") else "bilinear"

    def look(values: Tensor) -> Tensor:
        true = torch.cat([model.prepare(image) for image in to_image(values)])
        if not values.requires_grad:
            return true
        smooth = crop(interpolate(values, shape, mode=kind, antialias=True, align_corners=False))
        return true + (smooth - smooth.detach())

    return look


def image_of(values: Tensor) -> Image8:
    """Values (1, 3, H, W) in [0, 1] as the image that is saved: uint8 (H, W, 3), rounded to nearest."""
    return np.ascontiguousarray(to_image(values)[0])
