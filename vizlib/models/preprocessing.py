"""How pictures become a network's input, by its weights' configuration: size, crop, interpolation, mean, std."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import torch
from PIL import Image
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform
from torch import Tensor, nn

from vizlib.errors import NotShowable
from vizlib.records import Box, Preprocessing

Color = tuple[int, int, int]  # RGB, 0 to 255

LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow makes gray pictures
LONGEST = 16  # times as long as wide; no network's input is nearly as long


def preprocessing_of(network: nn.Module, name: str) -> Preprocessing:
    """The configuration of a network's weights. Raises NotShowable for a network that takes neither RGB nor luma."""
    config = resolve_model_data_config(network)
    channels, height, width = config["input_size"]
    if channels not in (1, 3):
        raise NotShowable(
            f"{name} takes pictures of {channels} channels.", "Choose a network for color or gray pictures."
        )
    embed = getattr(network, "patch_embed", None) or getattr(network, "stem", None)
    built_for = getattr(embed, "img_size", None)  # img_size=... of load_model, which timm's configuration ignores
    return Preprocessing(
        size=built_for if isinstance(built_for, tuple) else (height, width),
        crop=config["crop_pct"],
        crop_mode=config["crop_mode"],
        interpolation=config["interpolation"],
        mean=per_channel(config["mean"], channels),
        std=per_channel(config["std"], channels),
        channels=channels,
    )


class Normalize(nn.Module):
    """Pixels (N, 3, H, W) in [0, 1] as a network takes them: with its mean and std, and as luma if it takes gray."""

    mean: Tensor
    std: Tensor
    luma: Tensor | None

    def __init__(self, how: Preprocessing, device: torch.device) -> None:
        super().__init__()
        values = {"mean": how.mean, "std": how.std, "luma": LUMA if how.channels == 1 else None}
        for name, each in values.items():
            numbers = None if each is None else torch.tensor(each, dtype=torch.float32, device=device)
            self.register_buffer(name, None if numbers is None else numbers.view(1, -1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        values = pixels if self.luma is None else (pixels * self.luma).sum(1, keepdim=True)
        return (values - self.mean).div_(self.std)


def per_channel(values: Any, channels: int) -> tuple[float, ...]:
    """The numbers as one for each channel: their mean where their count is another one."""
    values = tuple(float(each) for each in values)
    return values if len(values) == channels else (sum(values) / len(values),) * channels


def middle(picture: Image.Image) -> Image.Image:
    """The middle of a picture that is more than LONGEST times as long as wide: a center crop sees no more of it.

    To resize all of it by the short side would take hundreds of times the picture's own memory; by the long side, as
    for a border around it, its height could become zero.
    """
    width, height = picture.size
    most = LONGEST * min(width, height)
    left, top = max(0, (width - most) // 2), max(0, (height - most) // 2)
    return picture.crop((left, top, width - left, height - top)) if left or top else picture


def resized(picture: Image.Image, how: Preprocessing) -> Image.Image:
    """The picture with the network's input size, resized and cropped by timm's own steps."""
    picture = visible(picture, how)
    for step in _steps(how):
        picture = step(picture)
    return picture


def before_crop(picture: Image.Image, how: Preprocessing) -> tuple[Image.Image, Box]:
    """The resized picture, and the box of it that the crop keeps; if the crop pads, the box reaches outside."""
    picture = visible(picture, how)
    for step in _steps(how)[:-1]:
        picture = step(picture)
    (height, width), (wide, high) = how.size, picture.size
    left, top = middle_start(wide, width), middle_start(high, height)
    return picture, (left, top, left + width, top + height)


def middle_start(have: int, want: int) -> int:
    """Where the middle `want` px of `have` px begin, rounded as torchvision and timm do it; negative if they pad."""
    return round((have - want) / 2) if have >= want else -((want - have) // 2)


def border_color(how: Preprocessing) -> Color | None:
    """What a network that letterboxes pictures puts around them; None for one that never does."""
    if how.crop_mode == "border":
        red, green, blue = (round(255 * each) for each in _three(how.mean))
        return red, green, blue
    return (0, 0, 0) if how.crop > 1 else None


def _three(mean: tuple[float, ...]) -> tuple[float, ...]:
    return mean if len(mean) == 3 else mean * 3


def visible(picture: Image.Image, how: Preprocessing) -> Image.Image:
    """The part of a very long picture that is resized; every other picture as it is."""
    return picture if how.crop_mode == "squash" else middle(picture)


@lru_cache(64)
def _steps(how: Preprocessing) -> list[Any]:
    """timm's steps from picture to picture; the last one crops."""
    steps: list[Any] = create_transform(
        (3, *how.size),
        interpolation=how.interpolation,
        mean=_three(how.mean),  # only the border mode's fill color
        crop_pct=how.crop,
        crop_mode=how.crop_mode,
        normalize=False,
    ).transforms
    return steps[:-1]  # the last one makes a tensor
