"""Pictures with classes that are there without a connection: drawn ones, and real ones of installed packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from vizlib.errors import UnknownName
from vizlib.synthetic import HELD_OUT_SEED, SCENE_CLASSES, TRAINING_SEED, draw_digit, draw_scene
from vizlib.training.data import PictureSet

Taken = tuple[Image.Image, str]  # a picture and its title
Take = Callable[[int, int, int, bool], list[Taken]]  # label, how many, seed, held out?


def _scenes(label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
    return _each(lambda number: Image.fromarray(draw_scene(number, label).image), label, count, seed, held_out)


def _digits(label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
    def draw(number: int) -> Image.Image:
        return Image.fromarray(draw_digit(number, label).image).convert("RGB")

    return _each(draw, label, count, seed, held_out)


def _each(draw: Callable[[int], Image.Image], label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
    """Drawn with seeds of their own for every class and seed; those that are held out do not depend on the seed."""
    first = HELD_OUT_SEED + 100_000 if held_out else TRAINING_SEED + 1_000_000 + seed * 100_000
    numbers = range(first + label * 1_000, first + label * 1_000 + count)
    return [(draw(number), f"seed {number}") for number in numbers]


def _real_digits(label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
    found = load_digits()
    numbers = np.flatnonzero(found.target == label)
    half = len(numbers) // 2
    chosen = numbers[half:] if held_out else np.random.default_rng(seed).permutation(numbers[:half])
    return [(_enlarged(found.images[each]), f"digit {each}") for each in chosen[:count]]


def _enlarged(ink: NDArray[np.float64]) -> Image.Image:
    """A handwritten digit of 8 x 8 as one of 28 x 28 with a margin, as MNIST has it."""
    small = Image.fromarray(np.rint(ink * (255 / 16)).astype(np.uint8))
    page = Image.new("L", (28, 28))
    page.paste(small.resize((20, 20), Image.Resampling.BICUBIC), (4, 4))
    return page.convert("RGB")


_DIGITS: Final = tuple(str(number) for number in range(10))
# name -> what sentences call it, its classes, how pictures of one class are taken
DRAWN_SETS: Final[dict[str, tuple[str, tuple[str, ...], Take]]] = {
    "scenes": ("drawn scenes", SCENE_CLASSES, _scenes),
    "digits": ("drawn digits", _DIGITS, _digits),
    "real_digits": ("handwritten digits", _DIGITS, _real_digits),
}


def drawn(
    name: str, per_class: int = 20, seed: int = 0, *, tests: int = 30, classes: Sequence[str] | None = None
) -> PictureSet:
    """Pictures of a set that is there without a connection, `per_class` of each class, and others that are held out."""
    if name not in DRAWN_SETS:
        raise UnknownName.among("drawn set", name, DRAWN_SETS)
    whole = replace(_taken(name, per_class, seed, False), tests=_taken(name, tests, 0, True))
    return whole if classes is None else whole.only(classes)


def _taken(name: str, count: int, seed: int, held_out: bool) -> PictureSet:
    called, classes, take = DRAWN_SETS[name]
    found = [take(label, count, seed, held_out) for label in range(len(classes))]
    labels = np.repeat(np.arange(len(classes)), [len(each) for each in found])
    pictures = tuple(picture for each in found for picture, _ in each)
    titles = tuple(title for each in found for _, title in each)
    return PictureSet(called, classes, pictures, labels, titles, np.arange(len(labels)))
