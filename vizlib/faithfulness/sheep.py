"""Sheep and goats on their usual grounds and on each other's: pictures of which one knows what a network looks at.

Every sheep that bundled/sheep_or_goat saw in its training stood on grass and every goat on rock, so the ground tells
the class as well as the animal does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from vizlib.synthetic import HELD_OUT_SEED, Drawing, draw, scene
from vizlib.training import Pictures, PictureSet, drawn

GROUNDS: Final = ("both", "swapped", "usual")  # of the pictures that a network is trained further with
SETTINGS: Final[dict[str, Any]] = {  # of its training
    "what": "all", "steps": 100, "batch": 16, "body_rate": 1.0, "augment": False, "every": 25,
}  # fmt: skip
_APART: Final = 100_000  # from the scenes of one seed to those of the next
_ANIMALS, _USUAL = ("sheep", "goat"), ("grass", "rock")


def held_out(count: int, swapped: bool, seed: int = 0) -> tuple[list[Drawing], list[int]]:
    """Scenes that no network was trained with, sheep (0) and goats (1) in turn, and their labels.

    swapped: whether the sheep stand on rock and the goats on grass. seed: another one has other scenes.
    """
    first = HELD_OUT_SEED + seed * _APART
    labels = [number % 2 for number in range(count)]
    kinds = [(_ANIMALS[label], _USUAL[label ^ swapped]) for label in labels]
    return [draw(scene(first + number, *each)) for number, each in enumerate(kinds)], labels


def lesson(grounds: str, per_class: int = 40, seed: int = 0, tests: int = 10) -> PictureSet:
    """Training pictures, as many of each animal: on "swapped" grounds, on "usual" ones, or half of them on "both".

    The set's own tests, so many of each animal, have swapped grounds.
    """
    swapped = drawn("swapped", per_class, seed, tests=tests)
    if grounds == "swapped":
        return swapped
    usual = drawn("sheep_or_goat", per_class, seed, tests=0)
    if grounds == "both":
        half = per_class // 2
        return replace(_joined(swapped.few(half), usual.few(per_class - half)), tests=swapped.tests)
    return replace(usual, tests=swapped.tests)


def _joined(one: PictureSet, other: PictureSet) -> PictureSet:
    return replace(
        one,
        name=f"{one.name}, {other.name}",
        pictures=Pictures(one.pictures) + other.pictures,
        titles=one.titles + other.titles,
        labels=np.concatenate([one.labels, other.labels]),
        groups=np.arange(len(one) + len(other)),
    )
