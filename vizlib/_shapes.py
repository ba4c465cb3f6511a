"""The classes of the drawn scenes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vizlib import _animals, _things
from vizlib._brush import Brush, Rng

__all__ = ["SHAPES", "Brush"]

# class -> how it is painted, how far it may be turned (radians)
SHAPES: dict[str, tuple[Callable[[Brush, Rng], None], float]] = {
    "sheep": (_animals.sheep, 0.3),
    "goat": (_animals.goat, 0.3),
    "cat": (_animals.cat, 0.4),
    "bird": (_animals.bird, 0.4),
    "fish": (_animals.fish, 0.6),
    "shell": (_things.shell, np.pi),
    "mushroom": (_things.mushroom, 0.4),
    "flower": (_things.flower, np.pi),
    "leaf": (_things.leaf, np.pi),
    "ball": (_things.ball, np.pi),
    "flag": (_things.flag, 0.3),
    "star": (_things.star, np.pi),
    "ring": (_things.ring, np.pi),
    "sweater": (_things.sweater, 0.4),
}
