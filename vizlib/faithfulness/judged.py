"""One table over many pictures: methods down, criteria across, each with its 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import VizError
from vizlib.faithfulness.asked import Asked, Floats
from vizlib.faithfulness.deleted import interval
from vizlib.records import brief

CHANCE: Final = "chance"  # the row of random maps
TRUTH: Final = "truth"  # the row of maps made of the truth


@dataclass(frozen=True)
class Mean:
    """A mean over pictures, with its 95 % interval by the choice of the pictures.

    Attributes:
        value: the mean; NaN if no picture has a value.
        low: the interval's lower end.
        high: its upper end.
        count: pictures that have a value.
    """

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, eq=False)
class Scored:
    """One row of the table: a method, CHANCE or TRUTH.

    Attributes:
        method: its name.
        values: (pictures, criteria), NaN where a criterion does not apply.
        seconds: (pictures,), what each map took.
        passes: forward and backward passes of one picture through the network for one map.
    """

    method: str
    values: Floats
    seconds: Floats
    passes: int

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Judged:
    """The table after `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all.
        criteria: the names of the columns: those of `CRITERIA`, or `WITHOUT_TRUTH`.
        rows: one per method, then CHANCE and TRUTH where the truth is known.
        right: (step,), whether the network's answer is the picture's class; False where no class is known.
        background: (step,), the background's share of the true importance; NaN where the truth is not known.
    """

    step: int
    total: int
    criteria: tuple[str, ...]
    rows: tuple[Scored, ...]
    right: NDArray[np.bool_]
    background: Floats

    __repr__ = brief

    @property
    def table(self) -> Mapping[str, Mapping[str, Mean]]:
        """By row and column: the mean over the pictures so far. Columns: the criteria, then "seconds" and "passes"."""
        return {each.method: self._means(each) for each in self.rows}

    @property
    def ranking(self) -> Mapping[str, tuple[str, ...]]:
        """By criterion: the methods from best to worst, without CHANCE and TRUTH; equal ones as the rows are."""
        table = {name: row for name, row in self.table.items() if name not in (CHANCE, TRUTH)}
        return {
            each: tuple(sorted(table, key=lambda name: -np.nan_to_num(table[name][each].value, nan=-np.inf)))
            for each in self.criteria
        }

    def _means(self, row: Scored) -> dict[str, Mean]:
        columns = dict(zip(self.criteria, row.values.T)) | {"seconds": row.seconds}
        passes = float(row.passes)
        return {name: mean_of(each) for name, each in columns.items()} | {
            "passes": Mean(passes, passes, passes, self.step)
        }


def mean_of(values: Floats) -> Mean:
    """The mean of some values, without the NaN among them, with its 95 % interval by Student's t."""
    return Mean(*interval(values), int((~np.isnan(values)).sum()))


class Rows:
    """The table as it grows: the scores of each row, picture by picture."""

    def __init__(self, names: Sequence[str], criteria: Sequence[str]) -> None:
        self.criteria = tuple(criteria)
        self.values: dict[str, list[list[float]]] = {name: [] for name in names}
        self.seconds: dict[str, list[float]] = {name: [] for name in names}
        self.passes = dict.fromkeys(names, 0)
        self.right: list[bool] = []
        self.background: list[float] = []

    def add(self, name: str, scores: Mapping[str, float], seconds: float = np.nan, passes: int = 0) -> None:
        """What one row scored for the picture of which it is the turn; a criterion that is left out is NaN."""
        self.values[name].append([scores.get(each, np.nan) for each in self.criteria])
        self.seconds[name].append(seconds)
        self.passes[name] = passes

    def finish(self, right: bool = False, background: float = np.nan) -> None:
        """Ends the turn of a picture."""
        self.right.append(right)
        self.background.append(background)

    def frame(self, total: int) -> Judged:
        """The table of the pictures whose turn has ended."""
        done, count = len(self.right), len(self.criteria)
        rows = tuple(
            Scored(name, np.array(values[:done]).reshape(done, count), np.array(self.seconds[name][:done]), passes)
            for (name, values), passes in zip(self.values.items(), self.passes.values())
        )
        right, background = np.array(self.right, np.bool_), np.array(self.background, np.float64)
        return Judged(done, total, self.criteria, rows, right, background)


def check_names(asked: Sequence[Asked]) -> list[str]:
    """The names of the rows. Raises VizError for a method that is called like a row of the table."""
    names = [each.called for each in asked]
    if {CHANCE, TRUTH} & set(names):
        raise VizError(f"A method is called {CHANCE} or {TRUTH}, like a row of the table.", "Give it another name.")
    return names
