"""What scrambled weights do to the map of each method: the maps, how alike they stay, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vizlib.faithfulness.asked import Floats, Maps
from vizlib.faithfulness.similarity import rank_correlation
from vizlib.records import brief

Order = Literal["cascading", "independent"]
SIMILARITIES = ("rank", "ssim", "hog")  # in the order of the axes below


@dataclass(frozen=True, eq=False)
class Scrambled:
    """What became of one method's map.

    Attributes:
        method: its name.
        true: the map of the trained network (H, W), float32, raw.
        maps: (layers, H, W), float32, raw: that after each step, NaN where nothing is computed yet.
        curves: (layers, 3), the similarity of each of them to `true` by `SIMILARITIES`, NaN where not computed.
        chance: (pairs, 3), the similarities of the maps of networks with different random weights, to each other.
    """

    method: str
    true: Maps
    maps: Maps
    curves: Floats
    chance: Floats

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Scrambling:
    """The maps of a network whose weights are scrambled, after `step` of `total` maps.

    Attributes:
        step: maps that are finished.
        total: maps in all: methods times (one of the trained network, one per step, those of the control).
        order: "cascading": at each step all layers down to this one are scrambled. "independent": this one only.
        layers: the layers' paths, from the top.
        methods: what became of the map of each method.
        target: the index of the class that all maps are about, or -1 for another target.
    """

    step: int
    total: int
    order: str
    layers: tuple[str, ...]
    methods: tuple[Scrambled, ...]
    target: int = -1

    __repr__ = brief


@dataclass(frozen=True)
class Verdict:
    """Whether a map survives the scrambling of the weights, which it should not.

    Attributes:
        method: its name.
        changed: whether the map changed; None as long as too little is known.
        similarity: the mean rank correlation with the true map while the upper half of the layers is scrambled.
        chance: the mean rank correlation of the maps of networks with different random weights.
        sentence: the verdict in words, with the numbers.
    """

    method: str
    changed: bool | None
    similarity: float
    chance: float
    sentence: str


def survives(found: Scrambled) -> Verdict:
    """The verdict about one method's map, against the control of networks with different random weights.

    The map survives if its similarity is nearer to 1 than to chance. Chance itself may be near 1, because the
    maps of random networks may show the same edges of the picture. Then it tells nothing, and the similarity of the
    true map with itself turned by 180 degrees takes its place. That is so if chance is above three fourths of the way
    from there to 1.
    """
    upper = found.curves[: -(-len(found.curves) // 2), 0]
    similarity, chance = float(upper.mean()), float(found.chance[:, 0].mean())
    if np.isnan(similarity) or np.isnan(chance):
        return Verdict(found.method, None, similarity, chance, "It is not known yet whether the map changes.")
    turned = max(0.0, rank_correlation(found.true, np.rot90(found.true, 2)))
    floor = turned if chance > (3 + turned) / 4 else chance
    changed = similarity < (1 + floor) / 2
    return Verdict(found.method, changed, similarity, chance, _sentence(found.method, changed, similarity, chance))


def _sentence(method: str, changed: bool, similarity: float, chance: float) -> str:
    what, number = ("changes with", "falls to") if changed else ("survives", "stays at")
    return (
        f"The map of {method} {what} the scrambling of the upper half of the layers: its rank correlation with the "
        f"true map {number} {similarity:.2f} on average. Networks with different random weights agree by {chance:.2f}."
    )
