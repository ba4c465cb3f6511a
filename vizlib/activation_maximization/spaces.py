"""The spaces in which courses optimize: the numbers are the picture's values themselves, without a sigmoid.

"raw": pixel values, from 0 (black) to 1. "normalized": the same values in the network's own units, as its first layer
gets them (CS231n, RDFIA). Numbers can leave the valid range, so that they are clamped to it after each step, and at the
courses' periods the picture is rolled and blurred with the courses' own kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur, pad

from vizlib.activation_maximization.regularizers import GRAY
from vizlib.models import Units

ALL = slice(None)
SPACES: Final = {
    "raw": "The pixel values themselves, from 0 to 1.",
    "normalized": "The pixel values in the network's own units, as CS231n and RDFIA have them.",
}  # with what each is
_REACH: Final = 4.0  # standard deviations at which the courses' blur ends


class Space:
    """The values of a picture as they are, in one of the two units; a `Canvas`.

    At strength 1 the noise of the start has a standard deviation of 0.05 around gray in raw values, as in keras-vis,
    and is N(0, 1) in the network's units, as in CS231n.
    """

    rate, noise = 1.0, 1.0

    def __init__(self, name: str, noise: Tensor, units: Units | None) -> None:
        self._units = units if name == "normalized" else None
        self.numbers = noise.clone() if self._units else GRAY + 0.05 * noise

    def pixels(self) -> Tensor:
        return self._units.pixels(self.numbers) if self._units else self.numbers.clone()

    def values(self, pixels: Tensor) -> Tensor:
        """The numbers of a picture (B, 3, H, W)."""
        return self._units.values(pixels) if self._units else pixels

    def encode(self, pixels: Tensor, rows: Tensor | slice = ALL) -> None:
        self.numbers.data[rows] = self.values(pixels)

    def clamp(self) -> None:
        """Cuts the numbers off where their pixels would be below 0 or above 1."""
        ends = self.numbers.new_tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 1, 1)
        low, high = self.values(ends)
        self.numbers.data.clamp_(low, high)


def draw_shift(generator: torch.Generator, most: int) -> tuple[int, int]:
    """A shift (down, right) of 0 to `most` px each, both equally likely everywhere."""
    down, right = torch.randint(0, most + 1, (2,), generator=generator).tolist()
    return down, right


def rolled(pixels: Tensor, shift: Sequence[int]) -> Tensor:
    """The picture (B, 3, H, W) shifted (down, right); what leaves it on one side comes in on the other."""
    return torch.roll(pixels, tuple(shift), (2, 3)) if any(shift) else pixels


def blur(pixels: Tensor, radius: Tensor) -> Tensor:
    """A Gaussian blur, `radius` (B,) its standard deviation in px, with the kernel and border of CS231n and RDFIA.

    The kernel ends at 4 standard deviations, and the picture is mirrored at its border with the border's own pixels.
    """
    blurred = pixels.clone()
    for each in set(radius.tolist()) - {0.0}:
        rows, edge = radius == each, int(_REACH * each + 0.5)
        if edge:
            wide = pad(pixels[rows], [edge], padding_mode="symmetric")
            blurred[rows] = gaussian_blur(wide, 2 * edge + 1, each)[..., edge:-edge, edge:-edge]
    return blurred
