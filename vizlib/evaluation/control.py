"""Controls: changes as large as the fooling one that do not fool. They differ from it in direction only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import VizError
from vizlib.evaluation.shaking import draws
from vizlib.pictures import as_picture
from vizlib.render import Image8

_ALWAYS = 128  # gray levels: every value can move this far in at least one direction


def noise_control(original: Image8, fooled: Image8, seed: int = 0) -> Image8:
    """The original plus the fooling change with its values shuffled over places and with random signs.

    Images are uint8 (H, W, 3) or PIL. The places are those within the change's bounding box, in all three colors. L2,
    the largest change and the number of changed values are exactly those of the fooling change: a value that fits with
    one sign only gets that sign. Without a change, the original.

    Raises VizError for images of different sizes, or of another kind.
    """
    before, change = _change(original, fooled)
    rows, columns = (np.flatnonzero(change.any(axis=(other, 2))) for other in (1, 0))
    generator = draws(seed, 2)
    answer = before.copy()
    if not len(rows):
        return answer
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    values = before[box].astype(np.int16)
    steps = _thrown(np.abs(change[box]).ravel(), values.ravel(), generator).reshape(values.shape)
    answer[box] = values + _signed(steps, values, generator)
    return answer


def flipped_control(original: Image8, fooled: Image8) -> Image8:
    """The original minus the fooling change: the same size in the opposite direction, clipped to 0 ... 255.

    Images are uint8 (H, W, 3) or PIL. Raises VizError for images of different sizes, or of another kind.
    """
    before, change = _change(original, fooled)
    return (before.astype(np.int16) - change).clip(0, 255).astype(np.uint8)


def _change(original: Any, fooled: Any) -> tuple[Image8, NDArray[np.int16]]:
    before, after = (np.asarray(as_picture(each)) for each in (original, fooled))
    if before.shape != after.shape:
        sizes = [f"{each.shape[1]} x {each.shape[0]} px" for each in (before, after)]
        raise VizError(f"The original is {sizes[0]}, the fooled picture {sizes[1]}.", "Give both in one size.")
    return before, after.astype(np.int16) - before


def _thrown(sizes: NDArray[np.int16], values: NDArray[np.int16], generator: np.random.Generator) -> NDArray[np.int16]:
    """The sizes of steps at shuffled places, each where there is room for it.

    Only steps of more than half the range can lack room. They choose first, the largest one before the others. A place
    is always left, because their original places have room.
    """
    answer = np.zeros_like(sizes)
    room = np.maximum(values, 255 - values)
    free = np.ones(len(sizes), bool)
    for size in -np.sort(-sizes[sizes > _ALWAYS]):
        place = generator.choice(np.flatnonzero(free & (room >= size)))
        answer[place], free[place] = size, False
    answer[free] = generator.permutation(sizes[sizes <= _ALWAYS])
    return answer


def _signed(steps: NDArray[np.int16], values: NDArray[np.int16], generator: np.random.Generator) -> NDArray[np.int16]:
    """The steps with random signs, except where only one sign stays within 0 ... 255."""
    up = generator.random(steps.shape) < 0.5
    up = np.where(values + steps > 255, False, np.where(values - steps < 0, True, up))
    return np.where(up, steps, -steps)
