"""One picture, shaken in one way: the network's own preprocessing with changes at some of its steps.

The file is saved as JPEG and opened again, resized, rotated and cropped; then the network's input is moved, blurred,
made brighter or darker, and noisy. Without any change this is `Classifier.prepare`, bit for bit. All results are on
the 8-bit grid, so that the picture on screen is the one that the network saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Integral
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from timm.data.transforms_factory import create_transform

from vizlib.errors import VizError
from vizlib.models import Classifier, border_color, middle_start, visible
from vizlib.pictures import Picture, as_picture, recompressed
from vizlib.render import Image8

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Setting:
    """What is done to a picture; by default nothing."""

    jpeg: int | None = None  # quality, 1 to 100; None: not saved
    resize: int | None = None  # px: the short side of the box that the network resizes to; None: its own
    interpolation: str | None = None  # PIL's name; None: the network's own
    rotation: float = 0.0  # degrees, counterclockwise, about the middle of the crop
    crop: tuple[int, int] = (0, 0)  # px to the right and down that the crop window is moved over the resized picture
    shift: tuple[int, int] = (0, 0)  # px to the right and down that the network's input is moved
    blur: float = 0.0  # standard deviation of the Gaussian, px of the network's input
    brightness: float = 1.0  # factor
    noise: float = 0.0  # standard deviation, gray levels of 255
    seed: int = 0  # of the noise


def own_resize(model: Classifier) -> int:
    """The short side, px, of the box that the network itself resizes to before it crops."""
    return int(min(model.input_size) / model.preprocessing.crop)


def shaken(picture: Picture, how: Setting, model: Classifier) -> Image8:
    """What the network sees of the shaken picture, uint8 (H, W, 3) of its input size."""
    picture = as_picture(picture)
    if how.jpeg is not None:
        picture = recompressed(picture, how.jpeg)
    levels = np.asarray(_cut(_resized(picture, how, model), how, model))
    height, width = levels.shape[:2]
    right, down = how.shift
    rows, columns = (np.arange(height) - down).clip(0, height - 1), (np.arange(width) - right).clip(0, width - 1)
    return _developed(levels[np.ix_(rows, columns)], how)


def draws(seed: int, stream: int) -> np.random.Generator:
    """A local generator for this seed and stream. Raises VizError for an invalid seed."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or int(seed) < 0:
        raise VizError(f"The seed is {seed!r}.", "Give a whole number from 0.")
    return np.random.default_rng((int(seed), stream))


def _resized(picture: Image.Image, how: Setting, model: Classifier) -> Image.Image:
    """Resized by timm's own step, which computes the size from the share that the crop keeps."""
    own = model.preprocessing
    share = own.crop
    if how.resize is not None and how.resize != own_resize(model):
        share = min(own.size) / (how.resize + 0.5)  # the half: timm rounds down
    steps = create_transform(
        (3, *own.size),
        interpolation=how.interpolation or own.interpolation,
        crop_pct=share,
        crop_mode=own.crop_mode,
        normalize=False,
    ).transforms
    result: Image.Image = steps[0](visible(picture, own))
    return result


def _cut(picture: Image.Image, how: Setting, model: Classifier) -> Image.Image:
    """The crop window, of the network's input size, rotated and moved.

    Beyond its edges the picture is reflected; networks that letterbox get their own border there.
    """
    (height, width), border = model.input_size, border_color(model.preprocessing)
    top = middle_start(picture.height, height) + how.crop[1]
    left = middle_start(picture.width, width) + how.crop[0]
    spare = ceil(0.5 * np.hypot(height, width) - 0.5 * min(height, width)) + 2 if how.rotation else 0
    window = Image.fromarray(
        _window(np.asarray(picture), (top - spare, left - spare, height + 2 * spare, width + 2 * spare), border)
    )
    if not how.rotation:
        return window
    turned = window.rotate(how.rotation, Image.Resampling.BICUBIC)
    return turned.crop((spare, spare, spare + width, spare + height))


def _window(image: Image8, box: tuple[int, int, int, int], border: tuple[int, int, int] | None) -> Image8:
    """The part (top, left, height, width) of the image (H, W, 3); it may reach outside the image."""
    (top, left, height, width), (rows, columns) = box, image.shape[:2]
    spare = max(0, -top, -left, top + height - rows, left + width - columns)
    wide = np.pad(image, ((spare, spare), (spare, spare), (0, 0)), mode="symmetric")
    if border is not None:
        wide[np.pad(np.zeros((rows, columns), bool), spare, constant_values=True)] = border
    return wide[top + spare :, left + spare :][:height, :width]


def _developed(image: Image8, how: Setting) -> Image8:
    """The image blurred, made brighter or darker, and noisy; rounded once."""
    values: Floats = image.astype(np.float32)
    if how.blur:
        rows, columns = (_gaussian(size, how.blur) for size in image.shape[:2])
        values = np.einsum("yi,ijc->yjc", rows, values, optimize=True)
        values = np.einsum("xj,yjc->yxc", columns, values, optimize=True)
    values = values * np.float32(how.brightness)
    if how.noise:
        field = draws(how.seed, 0).standard_normal(image.shape, dtype=np.float32)
        values = values + np.float32(how.noise) * field
    return np.rint(values).clip(0, 255).astype(np.uint8)


def _gaussian(size: int, sigma: float) -> Floats:
    """Weights (size, size) of a Gaussian blur along one axis, normalized at the edges too."""
    places = np.arange(size)
    weights = np.exp(-0.5 * ((places[:, None] - places) / sigma) ** 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)
