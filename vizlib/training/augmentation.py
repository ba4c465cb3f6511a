"""Pictures as batches of pixels: as the network sees them when it is asked, or with random crops and mirrored."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2

from vizlib.models import before_crop, resized
from vizlib.records import Preprocessing
from vizlib.render import from_image

_KEPT: Final = (0.6, 1.0)  # share of the picture that a crop keeps; the usual 0.08 would leave most objects out

_A_WHILE: Final = 0.1  # s


class Shown:
    """Pictures, prepared for a network when they are first asked for and kept as levels of 8 bits.

    flip: whether varied pictures are mirrored at random.
    """

    def __init__(self, pictures: Sequence[Image.Image], how: Preprocessing, flip: bool = False) -> None:
        self._pictures, self._how, self._flip = pictures, how, flip
        self._levels = np.zeros((len(pictures), *how.size, 3), np.uint8)
        self._prepared: set[int] = set()
        self._whole: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self._pictures)

    def plain(self, numbers: Sequence[int]) -> Tensor:
        """Pixels (N, 3, H, W) of these pictures."""
        for _ in self.preparing(numbers):
            pass
        return from_image(self._levels[list(numbers)]).contiguous()

    def preparing(self, numbers: Sequence[int]) -> Iterator[None]:
        """Prepares those of the pictures that are not, with a pause whenever that has taken a while."""
        began = time.monotonic()
        for number in set(numbers) - self._prepared:
            self._levels[number] = np.asarray(resized(self._pictures[number], self._how))
            self._prepared.add(number)
            if time.monotonic() - began > _A_WHILE:
                yield
                began = time.monotonic()

    def varied(self, numbers: Sequence[int]) -> Tensor:
        """The same with a crop for each picture, which keeps its class; draws from torch's global generator."""
        return torch.stack([self._vary(self._uncropped(each)) for each in numbers]).float() / 255

    @cached_property
    def _vary(self) -> Any:
        crop = v2.RandomResizedCrop(self._how.size, scale=_KEPT, antialias=True)
        return v2.Compose([crop, v2.RandomHorizontalFlip()]) if self._flip else crop

    def _uncropped(self, number: int) -> Tensor:
        if number not in self._whole:
            picture, _ = before_crop(self._pictures[number], self._how)
            self._whole[number] = v2.functional.pil_to_tensor(picture)
        return self._whole[number]


def mirrored_alike(classes: Sequence[str]) -> bool:
    """Whether mirrored pictures belong to the same classes: not where the classes are single characters."""
    return any(len(each) > 1 for each in classes)
