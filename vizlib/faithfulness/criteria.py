"""How far a map agrees with the truth about a drawn scene: six criteria, each with its chance and its best value.

After FunnyBirds: Hesse et al. (2023), arXiv 2308.06248, from which correctness, completeness and contrastivity have
their names. The definitions here use that all things together, background and visible parts, are the whole picture:

shares: 1 - half the sum over things of |share of the map's absolute mass - share of the absolute importance|, in
    [0, 1].
pointing: 1 if the pixel with the map's largest absolute value is on the object, else 0 (Zhang et al. 2016).
decides: 1 if that pixel is on the object where its absence changes the target's logit as much as another background
    does, or more, and on the background where it does not; else 0.
correctness: Spearman's correlation over the things of the map's sum on each with its importance, both signed. In
    [-1, 1], 0 if one of them is the same for all things.
completeness: the truth says how many things keep the answer, and which (`Known.sufficient`). 1 if as many do that the
    map ranks highest by its signed sums, else 0; NaN if all are needed or the answer is not the target.
contrastivity: Spearman's correlation over the things of two differences, target minus other class: of the map's signed
    sums, and of the importances. Both are first divided by their absolute sums. In [-1, 1], 0 if the map is the same.

A map of the truth (`truth_map`) scores 1 by each; in the pointing game only where the object decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from vizlib.faithfulness.asked import Floats, Maps
from vizlib.faithfulness.similarity import rank_order
from vizlib.faithfulness.things import keeps
from vizlib.faithfulness.truth import BACKGROUND, Known
from vizlib.models import Classifier, in_own_context


@dataclass(frozen=True)
class Criterion:
    """One measure of a map, for which more is better.

    Attributes:
        label: on screen.
        asks: the question that it answers, in a sentence.
        low: its smallest value. high: its largest, which a map made of the truth has.
        chance: what a map without any information scores, in words.
    """

    label: str
    asks: str
    low: float
    high: float
    chance: str


CRITERIA: Final = MappingProxyType(
    {
        "shares": Criterion(
            "Shares",
            "Is the map's mass shared out over background and parts as the importance is?",
            0.0,
            1.0,
            "what an even map scores",
        ),
        "pointing": Criterion(
            "Pointing game", "Is the map's highest pixel on the object?", 0.0, 1.0, "the object's share of the picture"
        ),
        "decides": Criterion(
            "Points to what decides",
            "Is the highest pixel on the object where the object decides, and on the background where that decides?",
            0.0,
            1.0,
            "the share of the picture that the one that decides has",
        ),
        "correctness": Criterion(
            "Correctness",
            "Does the map rank background and parts as their importance does?",
            -1.0,
            1.0,
            "the rank correlation of areas with importances",
        ),
        "completeness": Criterion(
            "Completeness",
            "Does the answer stay when only the things are kept that the map ranks highest?",
            0.0,
            1.0,
            "how often as many things, the largest first, keep the answer",
        ),
        "contrastivity": Criterion(
            "Contrastivity",
            "Does the map for another class move as the importances do?",
            -1.0,
            1.0,
            "0",
        ),
    }
)


@in_own_context
def scores(
    model: Classifier, found: Known, values: Maps, other: Maps, kept: dict[frozenset[str], bool] | None = None
) -> dict[str, float]:
    """What a map (H, W) of the target, and one of the other class, score by each of `CRITERIA`.

    found: the whole truth about the scene, as the last frame of `known` has it. kept: which things keep the answer, as
    far as it is known from other maps of this scene; what is found out is added.
    """
    signed, signed_other = sums_on(values, found), sums_on(other, found)
    highest = np.unravel_index(np.abs(values).argmax(), values.shape)
    on = "object" if found.mask[highest] else BACKGROUND
    importance = np.array([each.importance for each in found.things])
    others = np.array([each.other for each in found.things])
    return {
        "shares": 1 - float(np.abs(shares_of(values, found) - true_shares(found)).sum()) / 2,
        "pointing": float(on == "object"),
        "decides": float(on == found.decides),
        "correctness": rank_order(signed, importance),
        "completeness": _completeness(model, found, signed, {} if kept is None else kept),
        "contrastivity": rank_order(_shared(signed) - _shared(signed_other), _shared(importance) - _shared(others)),
    }


def shares_of(values: Maps, found: Known) -> Floats:
    """(things,), the share of the map's absolute mass on each of the things, which sum to 1; zeros for an empty map."""
    return _shared(sums_on(np.abs(values), found))


def true_shares(found: Known) -> Floats:
    """(things,), the share of each thing's absolute importance, which sum to 1."""
    return _shared(np.abs([each.importance for each in found.things]))


def sums_on(values: Maps, found: Known) -> Floats:
    """(things,), the sum of the map's values on each of the things."""
    return np.array([values[each.mask].sum(dtype=np.float64) for each in found.things])


def _shared(sums: Floats) -> Floats:
    """Divided by their absolute sum; zeros stay."""
    size = np.abs(sums).sum()
    return sums / size if size > 0 else np.zeros_like(sums)


def _completeness(model: Classifier, found: Known, sums: Floats, kept: dict[frozenset[str], bool]) -> float:
    if not found.sufficient:
        return np.nan
    ranked = np.argsort(-sums, kind="stable")[: len(found.sufficient)]
    names = frozenset(found.things[at].name for at in ranked)
    if names not in kept:
        kept[names] = names == set(found.sufficient) or keeps(model, found, names)
    return float(kept[names])
