"""A change in whole levels: a direction, which is never rounded, times a length, and the product rounded."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vizlib.fooling.scoring import lengths
from vizlib.render import Image8


class Ray:
    """A ray from an original (1, 3, H, W) in [0, 1]; its change is in whole levels of 255 and stays in range."""

    def __init__(self, start: Tensor) -> None:
        self.base = (start * 255).round()  # levels
        self.direction = torch.zeros_like(self.base)
        self.length = 0.0  # in levels, before rounding
        self.change = torch.zeros_like(self.base)

    def go(self) -> None:
        """Computes the change from the direction and the length."""
        self.change = (self.base + (self.length * self.direction).round()).clamp(0, 255) - self.base

    def values(self, change: Tensor | None = None) -> Tensor:
        """The changed picture (1, 3, H, W), exactly levels / 255."""
        return (self.base + (self.change if change is None else change)) / 255

    def to(self, image: Image8) -> Tensor:
        """The change (1, 3, H, W), in levels, that leads to this image (H, W, 3)."""
        return torch.as_tensor(np.array(image)).permute(2, 0, 1)[None].to(self.base) - self.base

    @property
    def l2(self) -> float:
        """The length of the change as it is, in pixel values from 0 to 1."""
        return float(lengths(self.change)[0]) / 255
