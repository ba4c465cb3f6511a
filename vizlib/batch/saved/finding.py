"""The picture that a recipe names by its key: looked for among what can be drawn here, unless a file is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from vizlib.batch.saved.kind import Fits, Found
from vizlib.errors import VizError
from vizlib.pictures import open_picture, sample_photographs
from vizlib.synthetic import BACKGROUNDS, HELD_OUT_SEED, SCENE_CLASSES, draw_digit, draw_scene

SEEDS: Final = range(32)  # of drawn pictures that are tried with any object
_USUAL: Final = 7  # the seed that is tried with every object on every background
_REMEDY: Final = "Give the picture with --picture, as it was on the page."


def drawn_scene(seed: int, label: int | None = None, background: int | None = None) -> Found:
    """A scene as the sidebar draws it."""
    scene = draw_scene(HELD_OUT_SEED + seed, label, background)
    return Found(Image.fromarray(scene.image), Image.fromarray(scene.mask.astype(np.uint8) * 255))


def drawn_digit(seed: int, label: int | None = None) -> Found:
    """A digit as the sidebar draws it."""
    image = draw_digit(HELD_OUT_SEED + seed, label).image
    return Found(Image.fromarray(image).convert("RGB"), Image.fromarray((image > 100).astype(np.uint8) * 255))


def find(fits: Fits, gray: bool, given: Found | None = None) -> Found:
    """The picture that fits: the given one, or one of the photographs and drawn pictures.

    gray: whether the network reads gray pictures, whose pages draw digits. Raises VizError for none that fits.
    """
    if given is not None:
        if not fits(given.picture):
            raise VizError("The given picture is another one than that of the file.", _REMEDY)
        return given
    for draw in _drawings(gray):
        if fits((found := draw()).picture):
            return found
    what = f"The file's picture is none of the photographs here and of the drawn ones with the seeds 0 to {SEEDS[-1]}."
    raise VizError(what, _REMEDY)


def _drawings(gray: bool) -> Iterator[Callable[[], Found]]:
    """What can be drawn, the likely ones first."""
    draw = drawn_digit if gray else drawn_scene
    yield partial(draw, _USUAL)
    yield from (partial(_photograph, path) for path in sample_photographs().values())
    yield from (partial(draw, seed) for seed in SEEDS)
    if gray:
        yield from (partial(drawn_digit, _USUAL, label) for label in range(10))
        return
    labels, grounds = range(len(SCENE_CLASSES)), range(len(BACKGROUNDS))
    yield from (partial(drawn_scene, _USUAL, *each) for each in product((None, *labels), (None, *grounds)))


def _photograph(path: Path) -> Found:
    return Found(open_picture(path))
