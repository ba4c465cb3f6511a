"""Regularizers keep a picture from becoming noise: penalties that are subtracted, and changes of the picture.

Pixels are (B, 3, H, W) in [0, 1]. Penalties are means over a picture's elements, so that a weight means the same at
every size; they are 0 for an even gray. Changes return pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchvision.transforms.functional import gaussian_blur

GRAY = 0.5


def total_variation(pixels: Tensor, beta: float = 2.0) -> Tensor:
    """Mean of ((x[i, j+1] - x[i, j])^2 + (x[i+1, j] - x[i, j])^2)^(beta / 2), (B,), in pixel values to the power beta.

    Mahendran and Vedaldi 2015 (arXiv 1412.0035), who sum where this takes the mean. No difference crosses the border.
    """
    right, down = pixels.diff(dim=3), pixels.diff(dim=2)
    if beta == 2:
        return (right.square().sum((1, 2, 3)) + down.square().sum((1, 2, 3))) / pixels[0].numel()
    squares = pad(right, (0, 1)).square() + pad(down, (0, 0, 0, 1)).square()
    return _power(squares, beta / 2).mean((1, 2, 3))


def anisotropic_total_variation(pixels: Tensor) -> Tensor:
    """Mean of |x[i, j+1] - x[i, j]| + |x[i+1, j] - x[i, j]|, (B,), in pixel values (Rudin et al. 1992's, per axis)."""
    count = pixels[0].numel()
    return (pixels.diff(dim=3).abs().sum((1, 2, 3)) + pixels.diff(dim=2).abs().sum((1, 2, 3))) / count


def norm(pixels: Tensor, order: float | Tensor = 6.0) -> Tensor:
    """Mean of |(x - 0.5) / 0.5|^p, (B,), from 0 (gray) to 1 (black and white only); `order` is p.

    The p-th power of the Lp norm, as Mahendran and Vedaldi 2015 have it with p = 6 (arXiv 1412.0035) and Simonyan et
    al. 2013 with p = 2 (arXiv 1312.6034). Without the root, a high p hardly affects grays, only extreme values.
    """
    far = (2 * (pixels - GRAY)).abs()
    if isinstance(order, Tensor):
        return _power(far, order.view(-1, 1, 1, 1)).mean((1, 2, 3))
    powers = far.square().pow(order / 2) if order >= 2 else _power(far, order)  # cubes are fast, sixth powers not
    return powers.mean((1, 2, 3))


def _power(base: Tensor, exponent: float | Tensor) -> Tensor:
    """base^exponent for base >= 0, with gradient 0 at 0, where the true one may be infinite."""
    positive = base > 0
    return torch.where(positive, base, 1.0).pow(exponent) * positive


def decay(pixels: Tensor, rate: Tensor) -> Tensor:
    """Moves values by `rate` (B,) of their distance to gray: the L2 decay of Yosinski et al. (arXiv 1506.06579)."""
    return GRAY + (pixels - GRAY) * (1 - rate.view(-1, 1, 1, 1))


def blur(pixels: Tensor, radius: Tensor) -> Tensor:
    """A Gaussian blur, `radius` (B,) its standard deviation in px; 0 changes nothing (Yosinski et al. 2015)."""
    blurred = pixels.clone()
    for each in set(radius.tolist()) - {0.0}:
        rows = radius == each
        blurred[rows] = gaussian_blur(pixels[rows], 2 * int(3 * each + 0.999) + 1, each)
    return blurred


def clip_small_norm(pixels: Tensor, share: Tensor) -> Tensor:
    """The `share` (B,) of places with the smallest distance from gray becomes gray (Yosinski et al. 2015)."""
    return _clipped(pixels, (pixels - GRAY).square().sum(1), share)


def clip_small_contribution(pixels: Tensor, gradient: Tensor, share: Tensor) -> Tensor:
    """The `share` (B,) of places that contribute least becomes gray (Yosinski et al. 2015).

    A place contributes |sum over the colors of (x - gray) * gradient|, the score's change to first order if
    it became gray.
    """
    return _clipped(pixels, ((pixels - GRAY) * gradient).sum(1).abs(), share)


def _clipped(pixels: Tensor, size: Tensor, share: Tensor) -> Tensor:
    flat = size.flatten(1)
    count = (share * flat.shape[1]).round().long()
    ranks = flat.argsort(dim=1, stable=True).argsort(dim=1)
    small = (ranks < count[:, None]).view_as(size)[:, None]
    return torch.where(small, GRAY, pixels)
