"""The classes of the drawn scenes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vizlib.synthetic import animals, things
from vizlib.synthetic.brush import Brush, Rng

__all__ = ["SHAPES", "Brush"]

# class -> how it is painted, how far it may be turned (radians)
SHAPES: dict[str, tuple[Callable[[Brush, Rng], None], float]] = {
    "sheep": (animals.sheep, 0.3),
    "goat": (animals.goat, 0.3),
    "cat": (animals.cat, 0.4),
    "bird": (animals.bird, 0.4),
    "fish": (animals.fish, 0.6),
    "shell": (things.shell, np.pi),
    "mushroom": (things.mushroom, 0.4),
    "flower": (things.flower, np.pi),
    "leaf": (things.leaf, np.pi),
    "ball": (things.ball, np.pi),
    "flag": (things.flag, 0.3),
    "star": (things.star, np.pi),
    "ring": (things.ring, np.pi),
    "sweater": (things.sweater, 0.4),
}
