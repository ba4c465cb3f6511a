"""How many pictures a linear probe needs: its accuracy over pictures per class, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import VizError
from vizlib.models import path_of
from vizlib.records import Layer, brief
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves
from vizlib.steps import last
from vizlib.training.features import Features
from vizlib.training.linear import Linear
from vizlib.training.probing import C, probing

COUNTS: Final = (1, 2, 5, 10, 20, 50, 100)  # pictures per class


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The accuracy on the held-out pictures after training on few pictures per class, each time with other ones.

    Attributes:
        step: numbers of pictures done.
        total: numbers of pictures in all.
        counts: those that are done, pictures per class.
        layer: the layer's path.
        accuracy: (counts, seeds).
    """

    step: int
    total: int
    counts: tuple[int, ...]
    layer: str
    accuracy: NDArray[np.float64]

    __repr__ = brief

    def _repr_html_(self) -> str:
        points = list(zip(map(float, self.counts), self.accuracy.mean(1).tolist()))
        drawn = curves([("mean", points)], Axes("pictures per class", "held-out accuracy", share=True))
        head = ["pictures per class", "mean", "95 % interval from", "to"]
        cells = [
            [str(count), *map(notebook.percent, each)]
            for count, *each in zip(self.counts, self.accuracy.mean(1).tolist(), *self.interval.tolist())
        ]
        title = f"Accuracy of a linear classifier on {self.layer}, {self.accuracy.shape[1]} seeds"
        return notebook.shown(title, drawn, notebook.rows(head, cells))

    @property
    def mean(self) -> NDArray[np.float64]:
        """Over the seeds, (counts,)."""
        return self.accuracy.mean(1)

    @property
    def interval(self) -> NDArray[np.float64]:
        """The 95 % interval of that mean by Student's t over the seeds, (2, counts); a single seed has none."""
        return interval(self.accuracy)


def interval(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 95 % interval of the mean over the last axis by Student's t, (2, ...); of a single value that value."""
    from scipy.stats import t

    count, mean = values.shape[-1], values.mean(-1)
    if count < 2:
        return np.stack([mean, mean])
    half = float(t.ppf(0.975, count - 1)) * values.std(-1, ddof=1) / np.sqrt(count)
    return np.stack([mean - half, mean + half])


def learning_curve(  # noqa: PLR0913  what is fitted, and how often
    training: Features,
    tests: Features,
    layer: str | Layer,
    counts: Sequence[int] = COUNTS,
    seeds: Sequence[int] = (0, 1, 2),
    *,
    c: float = C[0],
    how: Linear = Linear(),  # noqa: B008  it is frozen
) -> Generator[LearningCurve, None, None]:
    """A frame for each number of pictures per class, as far as there are that many of each class.

    Each seed chooses other pictures; of one seed, more pictures contain the fewer ones. Raises VizError if not even one
    of the counts can be had, and what `probing` raises.
    """
    most = int(np.bincount(training.labels, minlength=len(training.classes)).min())
    able = sorted({each for each in counts if 1 <= each <= most})
    if not able or not seeds:
        what = f"The smallest class has {most} pictures for training, fewer than any of {list(counts)}."
        raise VizError(what, "Ask for fewer pictures per class, and at least one seed.")
    path, rows = path_of(layer), []
    for count in able:
        probes = [last(probing(training.few(count, seed), tests, [path], c=[c], how=how)) for seed in seeds]
        rows.append([float(each.accuracy[0, 0]) for each in probes])
        yield LearningCurve(len(rows), len(able), tuple(able[: len(rows)]), path, np.array(rows))
