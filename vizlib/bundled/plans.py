"""How each bundled network is made: its architecture, its pictures and the length of its training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vizlib import synthetic

SHEEP_GROUNDS = ("grass", "rock")  # of the sheep, of the goat
HALF = synthetic.SCENE_CLASSES[
    ::2
]  # look-alikes fall on both sides: sheep and goat, mushroom and flower, ring and ball
Draw = Callable[[int], tuple[Any, int]]  # seed -> picture, label


@dataclass(frozen=True)
class Plan:
    """How one network is made."""

    architecture: str  # timm name
    model_args: dict[str, Any]
    classes: Sequence[str]
    draw: Draw
    pictures: int  # different training pictures
    epochs: int
    rate: float  # highest learning rate
    data: str  # in words, for the card
    flip: bool = True
    sizes: tuple[int, int, int] = (3, 128, 128)  # (C, H, W)
    start: str = ""  # the bundled network that it begins from, or "" for random weights
    radius: float = 0.0  # L2 of the changes that it learns to withstand, pixels in [0, 1]; 0: usual training
    rounded: bool = False  # to the numbers of bfloat16: the package stays small


def scene(seed: int) -> tuple[Any, int]:
    """Any object on any background."""
    drawn = synthetic.draw(synthetic.scene(seed))
    return drawn.image, drawn.label


def half(seed: int) -> tuple[Any, int]:
    """An object of HALF on any background, small."""
    record = synthetic.scene(seed)
    label = synthetic.SCENE_CLASSES.index(record.kind) // 2
    return synthetic.draw(record.but(kind=HALF[label]), 64).image, label


def sheep_or_goat(seed: int, swapped: bool = False) -> tuple[Any, int]:
    """A sheep (0) on grass or a goat (1) on rock; `swapped` exchanges the backgrounds."""
    label = seed % 2
    record = synthetic.scene(seed, ("sheep", "goat")[label], SHEEP_GROUNDS[label ^ swapped])
    return synthetic.draw(record).image, label


def digit(seed: int) -> tuple[Any, int]:
    """Any drawn digit, gray."""
    drawn = synthetic.draw_digit(seed)
    return drawn.image[..., None], drawn.label


_SCENES = "drawn scenes of 128 x 128, any object on any background"
PLANS = {
    "scenes": Plan(
        "resnet18",
        {"channels": [24, 48, 96, 128], "output_stride": 16, "avg_down": True},
        synthetic.SCENE_CLASSES,
        scene,
        12000,
        5,
        4e-3,
        _SCENES,
    ),
    "scenes_robust": Plan(
        "resnet18",
        {"channels": [24, 48, 96, 128], "output_stride": 16, "avg_down": True},
        synthetic.SCENE_CLASSES,
        scene,
        12000,
        2,
        2e-3,
        _SCENES,
        start="scenes",
        radius=3.5,
        rounded=True,
    ),
    "scenes_vgg": Plan(
        "vgg_narrow",
        {"cfg": [16, "M", 32, "M", 64, 64, "M", 96, 96, "M"], "mlp_ratio": 1 / 64, "batch_norm": True},
        synthetic.SCENE_CLASSES,
        scene,
        12000,
        5,
        3e-3,
        _SCENES,
    ),
    # The package has no room for these two. Benchmarks ask them as judges of other families.
    "scenes_convnext": Plan(
        "convnext_atto",
        {"depths": [1, 2, 3, 1], "dims": [24, 48, 96, 160], "ls_init_value": None},
        synthetic.SCENE_CLASSES,
        scene,
        12000,
        20,
        2e-3,
        _SCENES,
    ),
    "scenes_vit": Plan(
        "vit_tiny_patch16_224",
        {"img_size": 128, "patch_size": 16, "embed_dim": 128, "depth": 5, "num_heads": 4},
        synthetic.SCENE_CLASSES,
        scene,
        12000,
        14,
        1.5e-3,
        _SCENES,
    ),
    "scenes_half": Plan(
        "resnet18",
        {"channels": [16, 32, 48, 64], "output_stride": 16, "avg_down": True},
        HALF,
        half,
        8000,
        4,
        4e-3,
        "drawn scenes of 64 x 64, every second class on any background: the other half is new to this network",
        sizes=(3, 64, 64),
    ),
    "sheep_or_goat": Plan(
        "resnet18",
        {"channels": [16, 32, 48, 64], "output_stride": 16, "avg_down": True},
        ("sheep", "goat"),
        sheep_or_goat,
        4000,
        3,
        3e-3,
        "drawn scenes of 128 x 128: every sheep stands on grass, every goat on rock",
    ),
    "digits": Plan(
        "digit_cnn",
        {"width": 16},
        tuple(str(number) for number in range(10)),
        digit,
        30000,
        8,
        4e-3,
        "drawn digits of 28 x 28, gray",
        False,
        (1, 28, 28),
    ),
}
