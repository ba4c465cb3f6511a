"""The whole examination of one picture: its maps, then scrambled weights, deletion and insertion. It needs no truth."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vizlib.faithfulness.asked import Mapped, Methods, mapped, question_of
from vizlib.faithfulness.deleted import Deletion, as_insertion
from vizlib.faithfulness.deletion import How, check, curves_of
from vizlib.faithfulness.filling import Fill
from vizlib.faithfulness.scrambled import Scrambling, Verdict, survives
from vizlib.faithfulness.scrambling import scrambled_maps
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Pictures
from vizlib.records import Snapshot
from vizlib.render import notebook, table

PART: Final = 100  # steps of each of the three parts
TOTAL: Final = 3 * PART
COLUMNS: Final = (
    "similarity", "chance", "deletion", "deletion reversed", "deletion random",
    "insertion", "insertion reversed", "insertion random", "seconds", "passes",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Examination:
    """An examination after `step` of `total`; the last frame has all of it.

    Attributes:
        step: from 1 to `total`, a third of it for each part.
        total: 300.
        maps: the maps, with seconds and passes.
        scrambled: the maps under scrambled weights, or None before this part.
        deletion: the curves of deletion, or None before this part.
        insertion: the curves of insertion, which follow from those of deletion; or None before this part.
    """

    step: int
    total: int
    maps: Mapped
    scrambled: Scrambling | None = None
    deletion: Deletion | None = None
    insertion: Deletion | None = None

    def __repr__(self) -> str:
        methods = f"{len(self.maps.methods)} method{'s' * (len(self.maps.methods) != 1)}"
        return f"Examination(step {self.step} of {self.total}: {methods}, target {self.target})"

    @property
    def target(self) -> int:
        """The index of the class that the maps are about; -1 before the first part is done."""
        return self.scrambled.target if self.scrambled else -1

    @property
    def table(self) -> Mapping[str, Mapping[str, float]]:
        """By method and column, as far as it is known; else NaN, also for a method without a map.

        Columns: "similarity" and "chance" (as in `Verdict`), "deletion", "deletion reversed", "deletion random",
        "insertion", "insertion reversed", "insertion random" (areas under the curves), "seconds" and "passes" (of the
        map).
        """
        rows = {name: dict.fromkeys(COLUMNS, np.nan) for name in self.maps.methods}
        for each in self._verdicts:
            rows[each.method] |= {"similarity": each.similarity, "chance": each.chance}
        for found in (self.deletion, self.insertion):
            if found is not None:
                for name, areas in _areas(found).items():
                    rows[name] |= areas
        for name, seconds, passes in zip(self.maps.methods, self.maps.seconds, self.maps.passes):
            rows[name] |= {"seconds": float(seconds), "passes": int(passes)}
        return rows

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is known about each map under scrambled weights, in words and numbers."""
        return tuple(each.sentence for each in self._verdicts if each.changed is not None)

    @property
    def _verdicts(self) -> list[Verdict]:
        return [survives(each) for each in self.scrambled.methods] if self.scrambled else []

    def __str__(self) -> str:
        head = ("method", *COLUMNS)
        rows = ([name, *(f"{each:.3g}" for each in row.values())] for name, row in self.table.items())
        return table([head, *rows], (32, *(9 for _ in COLUMNS)))

    def _repr_html_(self) -> str:
        cells = [[name, *(f"{each:.3g}" for each in row.values())] for name, row in self.table.items()]
        so_far = f", step {self.step} of {self.total}" if self.step < self.total else ""
        return notebook.shown(
            f"Examination{so_far}", notebook.rows(["method", *COLUMNS], cells), note=" ".join(self.sentences)
        )


def _areas(found: Deletion) -> dict[str, dict[str, float]]:
    """Of each method, the areas under its curves and the mean of those of random orders."""
    what, random = "insertion" if found.insert else "deletion", found.random_interval[0]
    names = what, f"{what} reversed", f"{what} random"
    return {each.method: dict(zip(names, (each.area, each.reverse_area, random))) for each in found.methods}


@in_own_context
def examine(  # noqa: PLR0913  the question, and how it is asked
    model: Classifier,
    pixels: Pictures,
    methods: Methods = ("gradient", "guided", "gradient_x_input", "grad_cam"),
    target: int | str | None = None,
    *,
    fill: Fill = "blur",
    steps: int = 28,
    most: int = 8,
    seed: int = 0,
) -> Generator[Examination, None, None]:
    """Can these maps be believed? One picture's maps are put to three tests, as a generator of frames.

    Scrambled weights (Adebayo et al. 2018, arXiv 1810.03292): the weights of a copy are drawn again at random, layer by
    layer from the top. A map that stays as it was does not show what the network has learned. Deletion and insertion
    (Petsiuk et al. 2018, arXiv 1806.07421): pixels are removed, or brought back, in the order of the map. The sooner
    the probability of the target falls, or rises, the better; the controls are the reversed order and random ones. As
    both have the same fill, insertion is deletion in the reversed order, read from its end.

    model: the network, which is not changed.
    pixels: one picture, as for `explain`.
    methods: keys of `saliency_methods()`, or `vizlib.faithfulness.Asked` for settings of their own.
    target: the class that the maps are about, by index or name; by default the one that the network predicts.
    fill: what is put in the place of removed pixels: "blur", "gray", "mean", "noise", or "neighbors" as in ROAD (Rong
        et al. 2022, arXiv 2202.00449).
    steps: how many times pixels are removed.
    most: how many steps the scrambling has, at most.
    seed: of the random weights, of the random orders and of the noise.

    Yields frames with `step`, `total`, `maps`, `scrambled`, `deletion` and `insertion`. The last one has all, and its
    `table` the numbers by method and column: "similarity" (the rank correlation with the true map while the upper half
    of the layers is scrambled) with "chance" (that of networks with different random weights), "deletion" and
    "insertion" (areas under the curves, in [0, 1]) with those of the reversed order and of random ones, "seconds" and
    "passes". `sentences` says which maps survived the scrambling.

    Raises UnknownName for another method, class or fill, VizError for no method, two of one name, more than one picture
    or settings outside their range, and what else `explain` raises. A method that has no map for this network has NaN
    in the table, and a sentence in `maps.doubts`.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> found = vizlib.last(vizlib.examine(model, draw_digit(3, 7).image, ["gradient", "guided"], steps=7))
        >>> list(found.table), found.table["gradient"]["passes"]
        (['gradient', 'guided'], 2)
        >>> found.table["gradient"]["deletion"] < found.table["gradient"]["deletion reversed"]
        True
    """
    question = question_of(model, pixels, methods, target)
    how = How(fill, False, steps, seed=seed)
    check(how, question)
    frame = None
    for maps in mapped(model, question):
        frame = Examination(_step(0, maps), TOTAL, maps)
        yield frame
    assert frame is not None
    there = [row for row, each in enumerate(frame.maps.values) if np.isfinite(each).all()]
    question = replace(question, asked=tuple(question.asked[row] for row in there))
    values = [frame.maps.values[row] for row in there]
    for scrambled in scrambled_maps(model, question, values, "cascading", most, seed):
        frame = replace(frame, step=_step(1, scrambled), scrambled=scrambled)
        yield frame
    for deletion in curves_of(model, question, values, how):
        frame = replace(frame, step=_step(2, deletion), deletion=deletion, insertion=as_insertion(deletion))
        yield frame


def _step(part: int, frame: Snapshot) -> int:
    """How far the whole is when one of its three parts is as far as its frame says."""
    return max(1, PART * part + PART * frame.step // max(1, frame.total))
