"""What several seeds have measured: a line with its band, a mean with its ends, and what chance alone can do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.words import share

_MOST = 120  # points of a line of losses
W = TypeVar("W")
F = TypeVar("F")


def by_way(ways: Sequence[W], seeds: Sequence[int], frames: Sequence[F | None]) -> dict[W, list[F]]:
    """The frames of runs, all seeds of a way after another, by their way; without those that have none yet."""
    each, count = len(seeds), len(ways)
    rows = [frames[at * each : (at + 1) * each] for at in range(count)]
    return {way: [frame for frame in row if frame is not None] for way, row in zip(ways, rows, strict=True)}


def line(name: str, steps: Sequence[NDArray[Any]], values: Sequence[NDArray[Any]]) -> Line:
    """The mean over the seeds, with a band from the lowest to the highest, as far as all of them are.

    steps, values: of each seed; values are drawn as they are, and seeds without any are left out.
    """
    there = [(x, y) for x, y in zip(steps, values, strict=True) if len(y)]
    if not there:
        return Line(name, (), ())
    count = min(len(y) for _, y in there)
    every = np.stack([y[:count] for _, y in there])
    band = list(zip(every.min(0).tolist(), every.max(0).tolist())) if len(there) > 1 else ()
    return Line(name, there[0][0][:count].tolist(), every.mean(0).tolist(), band)


def loss(name: str, losses: Sequence[NDArray[Any]]) -> Line:
    """A loss of every step, the mean over the seeds and over some steps in a row, so that the line can be drawn."""
    there = [each for each in losses if len(each)]
    if not there:
        return Line(name, (), ())
    count = min(map(len, there))
    values = np.stack([each[:count] for each in there]).mean(0)
    wide = -(-count // _MOST)
    kept = [float(values[at : at + wide].mean()) for at in range(0, count, wide)]
    return Line(name, [min(count, at + wide) for at in range(0, count, wide)], kept)


def axes(y: str, total: int, y_span: tuple[float, float] = (0.0, 100.0), unit: str = "%") -> Axes:
    """Axes over the steps of a run, with five marks."""
    return Axes("step", y, (0, total), y_span, [(total * part / 4, f"{total * part / 4:g}") for part in range(5)], unit)


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def shares(values: Sequence[float]) -> str:
    """Shares of one seed, or the mean of several with the lowest and the highest."""
    if len(values) < 2:
        return share(mean(values))
    return f"{share(mean(values))} ({share(min(values))} to {share(max(values))})"


def seeds_said(seeds: Sequence[int]) -> str:
    """How many runs stand behind the numbers."""
    if len(seeds) == 1:
        return "This is one run: another seed may differ by several points."
    return f"These are the means of {len(seeds)} seeds, with the lowest and the highest."


def noise(count: int) -> float:
    """How many points (%) the accuracies of two networks on so many pictures may differ by chance, at a confidence of
    95 %: twice the largest standard error of a difference."""
    return 100 * 1.96 * math.sqrt(2 * 0.25 / max(1, count))


def noise_said(count: int) -> str:
    """The same as a sentence."""
    return f"Differences below about {noise(count):.0f} points may be due to these pictures alone."
