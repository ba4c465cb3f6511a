"""The pictures on which the networks are compared, and runs whose frames show nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vizlib.training import PictureSet
from vizlib.ui.shared.picture_set import Choice


def held_out(chosen: Choice, most: int = 10**6) -> PictureSet:
    """The set's own held-out pictures, else all of it; of each class as many, and at most so many in all."""
    data = chosen.data.tests or chosen.data
    if len(data) <= most:
        return data
    order = np.argsort(
        [np.count_nonzero(data.labels[:at] == label) for at, label in enumerate(data.labels)], kind="stable"
    )
    return data.of(sorted(order[:most].tolist()))


def draw_nothing(frames: Sequence[Any]) -> None:
    """For runs whose results are drawn together, once all are there."""
