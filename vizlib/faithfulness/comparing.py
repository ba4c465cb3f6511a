"""All methods by the criteria that need no truth, over a visitor's own pictures."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

from torch import Tensor

from vizlib.faithfulness.asked import Methods, asked_of
from vizlib.faithfulness.examining import Examination, examine
from vizlib.faithfulness.filling import Fill
from vizlib.faithfulness.judged import Judged, Rows, check_names
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Pictures

WITHOUT_TRUTH: Final = {  # the columns and what each of them is; more is better in all of them
    "scrambled": "how far the map changes with the weights: 1 - the rank correlation of `Verdict`",
    "deletion": "the area under the curve of random orders, minus that of the map's order",
    "insertion": "the area under the curve of the map's order, minus that of random orders",
}


@in_own_context
def comparing(  # noqa: PLR0913  the question, and how it is asked
    model: Classifier,
    pictures: Pictures,
    methods: Methods,
    *,
    fill: Fill = "blur",
    steps: int = 14,
    most: int = 4,
    seed: int = 0,
) -> Generator[Judged, None, None]:
    """All methods by the criteria that need no truth, over a visitor's own pictures, as a table over these.

    pictures: one of any kind, a list of them, or pixels (N, 3, H, W). methods: keys, or `Asked`.
    fill, steps, most, seed: as for `vizlib.examine`.

    Yields `Judged`, several times per picture, with the columns of `WITHOUT_TRUTH`. Raises what `examine` raises.
    """
    asked = asked_of(methods)
    rows = Rows(check_names(asked), [*WITHOUT_TRUTH])
    several = _listed(pictures)
    for each in several:
        for frame in examine(model, each, asked, fill=fill, steps=steps, most=most, seed=seed):
            found = frame
            yield rows.frame(len(several))
        for name, row in found.table.items():
            rows.add(name, _scores(found, row), row["seconds"], int(row["passes"]))
        rows.finish()
        yield rows.frame(len(several))


def _listed(pictures: Any) -> list[Any]:
    if isinstance(pictures, Tensor) and pictures.ndim == 4:
        return list(pictures.split(1))
    return list(pictures) if isinstance(pictures, list | tuple) else [pictures]


def _scores(found: Examination, row: Mapping[str, float]) -> dict[str, float]:
    """What one method's row of an examination means, with more being better."""
    return {
        "scrambled": 1 - row["similarity"],
        "deletion": row["deletion random"] - row["deletion"],
        "insertion": row["insertion"] - row["insertion random"],
    }
