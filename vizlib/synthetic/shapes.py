"""The classes of the drawn sets: how each is painted, and its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from vizlib.synthetic import animals, beetles, insects, things
from vizlib.synthetic.brush import Brush, Rng

Painter = Callable[[Brush, Rng, Rng], None]  # with one stream of random numbers for the outlines, one for the colors


@dataclass(frozen=True)
class Shape:
    paint: Painter
    tilt: float  # how far it may be turned, in radians


SETS: dict[str, dict[str, Shape]] = {
    "scenes": {
        "sheep": Shape(animals.sheep, 0.3),
        "goat": Shape(animals.goat, 0.3),
        "cat": Shape(animals.cat, 0.4),
        "bird": Shape(animals.bird, 0.4),
        "fish": Shape(animals.fish, 0.6),
        "shell": Shape(things.shell, np.pi),
        "mushroom": Shape(things.mushroom, 0.4),
        "flower": Shape(things.flower, np.pi),
        "leaf": Shape(things.leaf, np.pi),
        "ball": Shape(things.ball, np.pi),
        "flag": Shape(things.flag, 0.3),
        "star": Shape(things.star, np.pi),
        "ring": Shape(things.ring, np.pi),
        "sweater": Shape(things.sweater, 0.4),
    },
    "insects": {
        "ant": Shape(insects.ant, np.pi),
        "bee": Shape(insects.bee, np.pi),
        "beetle": Shape(beetles.beetle, np.pi),
        "butterfly": Shape(insects.butterfly, np.pi),
        "ladybug": Shape(beetles.ladybug, np.pi),
        "spider": Shape(insects.spider, np.pi),
    },
}


@cache
def parts_of(kind: str) -> tuple[str, ...]:
    """The names of a class's parts, in the order in which they are painted."""
    shape = next(shapes[kind] for shapes in SETS.values() if kind in shapes)
    brush = Brush(8, np.eye(2), (4.0, 4.0))
    shape.paint(brush, np.random.default_rng(0), np.random.default_rng(0))
    return tuple(brush.parts)
