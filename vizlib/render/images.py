"""Pixels -> images and back; maps over pictures, differences, outlines, pictures of another size."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.render.heat import Image8, Values, colors, numbers, shares

_MIDDLE: Final = 128  # gray level of "no difference"
_FACTORS: Final = (100, 50, 20, 10, 5, 2)
_TINY: Final = 64  # px: up to here a picture is enlarged in crisp squares
_MOST_PIXELS: Final = 16_000_000  # of an enlarged picture, at most


def to_image(pixels: Tensor) -> Image8:
    """Pixels (N, 3, H, W) or (3, H, W), floats in [0, 1] on any device, as uint8 (N, H, W, 3).

    pixels: a tensor. It is rounded to the nearest level, never truncated; values outside are clipped, NaN becomes
        black. A uint8 tensor holds levels already, which stay as they are.

    Raises ValueError for other shapes and types, TypeError for what is no tensor.

    Example:
        >>> import torch, vizlib
        >>> vizlib.to_image(torch.full((1, 3, 2, 2), 0.5))[0, 0, 0]
        array([128, 128, 128], dtype=uint8)
    """
    if not isinstance(pixels, Tensor):
        raise TypeError(f"Pixels are a tensor (N, 3, H, W), not a value of type {type(pixels).__name__}.")
    batch = pixels.detach()[None] if pixels.ndim == 3 else pixels.detach()
    if batch.ndim != 4 or batch.shape[1] != 3:
        raise ValueError(f"Pixels are (N, 3, H, W), not {tuple(pixels.shape)}.")
    if not batch.is_floating_point() and batch.dtype != torch.uint8:
        raise ValueError(f"Pixels are floats in [0, 1], or levels as uint8, not {str(batch.dtype)[6:]}.")
    levels = batch if batch.dtype == torch.uint8 else _rounded(batch)
    return levels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def _rounded(batch: Tensor) -> Tensor:
    return batch.to(torch.float32).nan_to_num(nan=0.0).clamp(0, 1).mul(255).round().to(torch.uint8)


def stretched(pixels: Tensor) -> Tensor:
    """Pictures (N, 3, H, W), each scaled so that its smallest value becomes 0 and its largest 1, for display.

    It is how courses show what gradient ascent has made (`deprocess` of CS231n). An even picture is clipped to [0, 1].

    Example:
        >>> import torch
        >>> from vizlib.render import stretched
        >>> stretched(torch.tensor([-1.0, 0.0, 3.0]).view(1, 3, 1, 1)).flatten()
        tensor([0.0000, 0.2500, 1.0000])
    """
    low, high = (each[..., None, None] for each in pixels.flatten(1).aminmax(dim=1, keepdim=True))
    return torch.where(
        high > low, (pixels - low) / (high - low).clamp(min=torch.finfo(low.dtype).tiny), pixels.clamp(0, 1)
    )


def from_image(image: Image8 | Image.Image, device: torch.device | None = None) -> Tensor:
    """An image as pixels (N, 3, H, W), float32, exactly levels / 255, on the device (None: the CPU).

    The inverse of `to_image`. The picture is not resized: `to_pixels` makes a network's input.

    image: uint8 (H, W, 3), a batch of them (N, H, W, 3), or a PIL image of 8-bit RGB or gray.
    device: where the pixels are put.

    Raises ValueError for anything else.

    Example:
        >>> import numpy as np, vizlib
        >>> vizlib.from_image(np.full((4, 6, 3), 255, np.uint8)).shape
        torch.Size([1, 3, 4, 6])
    """
    levels = _levels(image)
    planes = torch.from_numpy(levels)
    planes = planes.permute(2, 0, 1)[None] if planes.ndim == 3 else planes.permute(0, 3, 1, 2)
    pixels = planes.float() / 255  # on the CPU: CUDA multiplies by 1 / 255 instead, which can differ in the last bit
    return pixels if device is None else pixels.to(device)


def _levels(image: Image8 | Image.Image) -> Image8:
    """A copy of the image, or images, as uint8 (..., H, W, 3). Raises ValueError for anything else."""
    if isinstance(image, Image.Image) and image.mode == "L":
        image = image.convert("RGB")
    levels = np.array(image)
    if levels.dtype != np.uint8 or levels.ndim not in (3, 4) or levels.shape[-1] != 3:
        raise ValueError(f"an image is uint8 (H, W, 3), not {levels.dtype} {levels.shape}")
    return levels


def overlay(
    image: Image8 | Image.Image, values: Values, signed: bool, strength: float = 0.8, limit: float | None = None
) -> Image8:
    """The map over the image: the larger |value|, the less of the image shows through. Returns uint8 (H, W, 3).

    image: uint8 (H, W, 3) or a PIL image of 8-bit RGB or gray; `to_image` makes one of pixels.
    values: the map (h, w), an array or a tensor on any device; it is stretched smoothly over the whole image.
    signed: whether negative values mean something: blue at -limit, white at 0, red at limit. Otherwise dark at 0 and
        bright at limit.
    strength: the opacity of the strongest color, [0, 1].
    limit: the value that gets the strongest color; None for the 99.5 percentile of |values|.

    Raises ValueError for several images or maps, other shapes, and images of other numbers.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_scene
        >>> model, scene = vizlib.load_model("bundled/scenes"), draw_scene(7).image
        >>> map_ = vizlib.saliency(model, scene, "guided")[0]
        >>> vizlib.overlay(scene, map_, signed=False).shape
        (128, 128, 3)
    """
    levels = _levels(image)
    if levels.ndim != 3 or np.ndim(values) != 2:
        raise ValueError(f"one map (h, w) lies over one image (H, W, 3), not {np.shape(values)} over {levels.shape}")
    share = _stretched(shares(values, signed, limit), levels.shape[:2])
    opacity = np.abs(share)[..., None] ** 0.7  # an exponent below 1 keeps thin lines visible
    cover = np.float32(min(max(strength, 0.0), 1.0)) * opacity
    return np.rint(levels + (colors(share, signed).astype(np.float32) - levels) * cover).astype(np.uint8)


def difference(a: Image8, b: Image8, factor: float | None = None) -> tuple[Image8, float]:
    """b - a, magnified, around mid-gray: (the picture, the factor). Both are uint8 of one shape.

    Level 128 means no difference, 128 + factor one level more in b. `factor` None: the largest of 1, 2, 5, 10, 20, 50
    and 100 that clips at most one in 200 of the changed values.
    """
    change = b.astype(np.int16) - a.astype(np.int16)
    if factor is None:
        sizes = np.abs(change[change != 0])
        reach = np.percentile(sizes, 99.5, method="higher") if sizes.size else 255
        factor = next((factor for factor in _FACTORS if factor * reach < _MIDDLE), 1)
    levels = np.rint(_MIDDLE + np.float32(factor) * change)
    return np.clip(levels, 0, 255).astype(np.uint8), float(factor)


def outline(image: Image8, mask: NDArray[np.bool_], color: tuple[int, int, int] = (255, 221, 0)) -> Image8:
    """The image (H, W, 3) with a line around the mask (h, w); its dark edge is visible on any background.

    The line runs outside the mask, whose pixels stay as they are. A mask of another size is stretched.
    """
    height, width = image.shape[:2]
    rows, columns = np.arange(height) * mask.shape[0] // height, np.arange(width) * mask.shape[1] // width
    inside = mask.astype(bool)[np.ix_(rows, columns)]
    thickness = max(1, round(max(height, width) / 160))  # px
    line = _grown(inside, thickness)
    edge = _grown(line, max(1, thickness // 2))
    drawn = image.copy()
    drawn[edge & ~inside] = 0
    drawn[line & ~inside] = color
    return drawn


def enlarge(image: Image8, at_least: int = 300, smooth: bool | None = None) -> Image8:
    """The picture (H, W) or (H, W, 3), at least `at_least` px wide; a wider one is returned as it is.

    `smooth` is for photographs; maps and kernels become crisp squares of whole px. None: smooth above 64 px.
    Very high and narrow pictures stop at 16 megapixels.
    """
    height, width = image.shape[:2]
    most = sqrt(_MOST_PIXELS / (height * width))
    factor = min(at_least / width, most)
    if factor <= 1:
        return image
    if smooth is None:
        smooth = max(height, width) > _TINY
    if not smooth:
        whole = max(1, min(ceil(factor), int(most)))
        return image.repeat(whole, axis=0).repeat(whole, axis=1)
    size = (ceil(width * factor), round(height * factor))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def fitted(image: Image8, side: float, resample: Image.Resampling = Image.Resampling.LANCZOS) -> Image8:
    """The picture (H, W, 3), enlarged or reduced so that its longer side has `side` px."""
    height, width = image.shape[:2]
    share = side / max(height, width)
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(Image.fromarray(image).resize(size, resample))


def _stretched(share: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    plane = torch.from_numpy(numbers(share))[None, None]
    return interpolate(plane, size=size, mode="bilinear", align_corners=False, antialias=True)[0, 0].numpy()


def _grown(mask: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """The mask grown by `steps` px along the axes and, every other step, the diagonals: an octagon."""
    for step in range(steps):
        near = mask.copy()
        near[1:] |= mask[:-1]
        near[:-1] |= mask[1:]
        across = near.copy() if step % 2 else mask
        near[:, 1:] |= across[:, :-1]
        near[:, :-1] |= across[:, 1:]
        mask = near
    return mask
