"""Pictures with classes that are there without a connection: drawn ones, and real ones of installed packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vizlib.errors import PictureError, UnknownName, VizError
from vizlib.pictures import open_picture, sample_textures
from vizlib.synthetic import (
    BACKGROUNDS,
    HELD_OUT_SEED,
    INSECT_CLASSES,
    SCENE_CLASSES,
    SHIFTS,
    TRAINING_SEED,
    draw,
    draw_digit,
    draw_scene,
    draw_textured_digit,
    scene,
)
from vizlib.training.data import Later, Pictures, PictureSet

Taken = tuple["Image.Image | Later", str]  # a picture and its title
Take = Callable[[int, int, int, bool], list[Taken]]  # label, how many, seed, held out?

_DIGITS: Final = tuple(str(number) for number in range(10))
_ANIMALS: Final = ("sheep", "goat")
_GROUNDS: Final = ("grass", "rock")  # of the sheep and of the goat, where they are not swapped
_MATERIALS: Final = ("brick", "grass", "gravel", "moon", "tissue", "galaxies", "retina", "coffee", "page", "coins")
_CROP: Final = 64  # px
_FLAT: Final = 4.0  # levels of 255: a crop that varies less shows nothing, such as the black around the retina
_TRIES: Final = 20
_OTHER: Final = 500_000_000  # added to the seeds of scenes at dusk and sketches
_KEPT: Final = 2048  # drawn pictures that are kept in memory, 100 MB


class DrawnSet(NamedTuple):
    """A set that is there without a connection."""

    called: str  # in sentences
    classes: tuple[str, ...]
    take: Take
    endless: bool = True  # whether there are as many pictures as anyone asks for


# Drawn


@lru_cache(_KEPT)
def _scene(number: int, label: int, ground: int | None) -> Image.Image:
    return Image.fromarray(draw_scene(number, label, ground).image)


@lru_cache(_KEPT)
def _in_another_light(number: int, label: int, how: str) -> Image.Image:
    """A scene at dusk or as a sketch; not the one that this seed has by day."""
    asked = scene(number + _OTHER, SCENE_CLASSES[label])
    return Image.fromarray(draw(asked.but(dusk=how == "dusk", sketch=how == "sketch")).image)


@lru_cache(_KEPT)
def _insect(number: int, label: int) -> Image.Image:
    return Image.fromarray(draw(scene(number, INSECT_CLASSES[label], of="insects")).image)


@lru_cache(_KEPT)
def _digit(number: int, label: int) -> Image.Image:
    return Image.fromarray(draw_digit(number, label).image).convert("RGB")


@lru_cache(_KEPT)
def _textured(number: int, label: int, shift: str) -> Image.Image:
    return Image.fromarray(draw_textured_digit(number, label, shift, number >= HELD_OUT_SEED))


def _each(called: str, picture: Callable[[int, int], Image.Image]) -> Take:
    """Drawn with seeds of their own for every class and seed; those that are held out do not depend on the seed.

    called: what is drawn, the same for the same pictures.
    """

    def take(label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
        first = HELD_OUT_SEED + 100_000 if held_out else TRAINING_SEED + 1_000_000 + seed * 100_000
        numbers = range(first + label * 1_000, first + label * 1_000 + count)
        return [
            (Later(f"{called} {number} {label}", partial(picture, number, label)), f"seed {number}")
            for number in numbers
        ]

    return take


def _animals(swapped: bool) -> Take:
    """Sheep and goats, each on the ground where the bundled network saw it, or on the other one."""

    def picture(number: int, label: int) -> Image.Image:
        ground = BACKGROUNDS.index(_GROUNDS[label ^ swapped])
        return _scene(number, SCENE_CLASSES.index(_ANIMALS[label]), ground)

    return _each(f"animal {swapped}", picture)


# Real


def _real_digits(label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
    images, target = _handwritten()
    numbers = np.flatnonzero(target == label)
    half = len(numbers) // 2
    chosen = numbers[half:] if held_out else np.random.default_rng(seed).permutation(numbers[:half])
    return [(_enlarged(images[each]), f"digit {each}") for each in chosen[:count]]


@lru_cache(1)
def _handwritten() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    from sklearn.datasets import load_digits  # late: it takes a second

    found = load_digits()
    return found.images, found.target


def _enlarged(ink: NDArray[np.float64]) -> Image.Image:
    """A handwritten digit of 8 x 8 as one of 28 x 28 with a margin, as MNIST has it."""
    small = Image.fromarray(np.rint(ink * (255 / 16)).astype(np.uint8))
    page = Image.new("L", (28, 28))
    page.paste(small.resize((20, 20), Image.Resampling.BICUBIC), (4, 4))
    return page.convert("RGB")


def _textures(label: int, count: int, seed: int, held_out: bool) -> list[Taken]:
    """Squares out of the photograph's upper half for training, out of the lower one for tests: none overlap."""
    name = _MATERIALS[label]
    whole = _photograph(name)
    middle = whole.height // 2
    half = whole.crop((0, middle, whole.width, whole.height) if held_out else (0, 0, whole.width, middle))
    random = np.random.default_rng((0 if held_out else seed + 1, label))
    return [(_crop(half, random), f"{name}, crop {number}") for number in range(count)]


def _crop(half: Image.Image, random: np.random.Generator) -> Image.Image:
    for _ in range(_TRIES):
        left, top = (int(random.integers(0, length - _CROP + 1)) for length in half.size)
        found = half.crop((left, top, left + _CROP, top + _CROP))
        if np.asarray(found).std() > _FLAT:
            break
    return found


@lru_cache(len(_MATERIALS))
def _photograph(name: str) -> Image.Image:
    files = sample_textures()
    if name not in files:
        raise PictureError("The photographs of scikit-image are not installed.", "Install the package scikit-image.")
    return open_picture(files[name])


DRAWN_SETS: Final = {
    "scenes": DrawnSet(
        "drawn scenes", SCENE_CLASSES, _each("scene", lambda number, label: _scene(number, label, None))
    ),
    "insects": DrawnSet("drawn insects", INSECT_CLASSES, _each("insect", _insect)),
    "digits": DrawnSet("drawn digits", _DIGITS, _each("digit", _digit)),
    "real_digits": DrawnSet("handwritten digits", _DIGITS, _real_digits, endless=False),
    "textures": DrawnSet("crops of photographs", _MATERIALS, _textures),
    "sheep_or_goat": DrawnSet("sheep on grass and goats on rock", _ANIMALS, _animals(swapped=False)),
    "swapped": DrawnSet("sheep on rock and goats on grass", _ANIMALS, _animals(swapped=True)),
    **{
        f"digits_{each}": DrawnSet(
            f"drawn digits over textures, {each} shift",
            _DIGITS,
            _each(f"textured {each}", partial(_textured, shift=each)),
        )
        for each in SHIFTS
    },
    "dusk": DrawnSet("drawn scenes at dusk", SCENE_CLASSES, _each("dusk", partial(_in_another_light, how="dusk"))),
    "sketch": DrawnSet(
        "drawn scenes as sketches", SCENE_CLASSES, _each("sketch", partial(_in_another_light, how="sketch"))
    ),
}


def drawn(
    name: str, per_class: int = 20, seed: int = 0, *, tests: int = 30, classes: Sequence[str] | None = None
) -> PictureSet:
    """Pictures with classes that are there without a connection, and others that are held out.

    name: "scenes" (14 kinds of objects on 6 backgrounds), "insects" (6 kinds that no bundled network has seen),
        "digits" (drawn, 28 px), "real_digits" (scikit-learn's handwritten ones), "textures" (crops of ten photographs
        of scikit-image: training from their upper halves, tests from the lower), "sheep_or_goat" (as the bundled
        network of this name was trained: sheep on grass, goats on rock), "swapped" (sheep on rock, goats on grass),
        "digits_mild", "digits_middle" or "digits_hard" (other drawn digits over textures, as in MNIST-M), "dusk" or
        "sketch" (other drawn scenes at dusk, or as pencil drawings).
    per_class: pictures of each class. A larger number gives the same ones and more.
    seed: which pictures; the tests do not depend on it.
    tests: held-out pictures of each class, in the set's `tests`; 0 for none.
    classes: some of the set's classes, in this order; by default all.

    Returns a `PictureSet`. Raises UnknownName for another set or class, VizError for numbers of pictures that are not
    possible.

    Example:
        >>> import vizlib
        >>> data = vizlib.drawn("real_digits", per_class=5, classes=["4", "9"])
        >>> data.classes, len(data), len(data.tests), data.pictures[0].size
        (('4', '9'), 10, 60, (28, 28))
    """
    if name not in DRAWN_SETS:
        raise UnknownName.among("drawn set", name, DRAWN_SETS)
    if per_class < 1 or tests < 0:
        raise VizError(f"{per_class} pictures and {tests} tests of each class are asked for.", "Give at least 1 and 0.")
    known = DRAWN_SETS[name].classes
    wanted = known if classes is None else tuple(classes)
    for each in wanted:
        if each not in known:
            raise UnknownName.among("class", each, known)
    whole = _taken(name, wanted, per_class, seed, False)
    return replace(whole, tests=_taken(name, wanted, tests, 0, True)) if tests else whole


def _taken(name: str, classes: tuple[str, ...], count: int, seed: int, held_out: bool) -> PictureSet:
    called, known, take, _ = DRAWN_SETS[name]
    found = [take(known.index(each), count, seed, held_out) for each in classes]
    labels = np.repeat(np.arange(len(classes)), [len(each) for each in found])
    pictures = Pictures(picture for each in found for picture, _ in each)
    titles = tuple(title for each in found for _, title in each)
    short = [f"{label} ({len(each)})" for label, each in zip(classes, found, strict=True) if len(each) < count]
    notes = (f"There are fewer pictures than asked for of {', '.join(short)}.",) if short and not held_out else ()
    return PictureSet(called, classes, pictures, labels, titles, np.arange(len(labels)), notes=notes)
