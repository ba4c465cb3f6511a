"""Pictures in the units of a network's own input: what courses call normalized."""

from __future__ import annotations

import torch
from torch import Tensor

from vizlib.records import Preprocessing


class Units:
    """Color pictures in the units of a network's input, and back. A network for gray pictures makes luma of them later.

    how: the network's preprocessing; on `device` both directions compute.
    """

    def __init__(self, how: Preprocessing, device: torch.device) -> None:
        numbers = torch.tensor([how.mean, how.std], dtype=torch.float32, device=device)
        self._mean, self._std = numbers.view(2, 1, -1, 1, 1)

    @property
    def size(self) -> Tensor:
        """How many pixel values one unit is: (1, 3, 1, 1), or (1, 1, 1, 1) of luma."""
        return self._std

    def values(self, pixels: Tensor) -> Tensor:
        """Values (N, 3, H, W) in the network's units, of pixels (N, 3, H, W) in [0, 1]."""
        return (pixels - self._mean) / self._std

    def pixels(self, values: Tensor) -> Tensor:
        """The inverse of `values`. Pixels are outside [0, 1] where the values are outside the network's valid range."""
        return values * self._std + self._mean
