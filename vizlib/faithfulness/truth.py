"""The truth about one drawn scene and one network: what its answer depends on, as records, and as a map."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vizlib.faithfulness.asked import Floats, Maps
from vizlib.records import brief
from vizlib.render import Image8
from vizlib.synthetic import Scene

BACKGROUND = "background"  # the first of the things; the others have the names of the parts


@dataclass(frozen=True, eq=False)
class Variant:
    """The scene, drawn again with one thing changed.

    Attributes:
        change: what is changed: "object", "background", "part", "moved", "recolored" or "replaced".
        what: which one: the name of the part, of the other background or of the other class; else "".
        image: uint8 (H, W, 3), as the network sees it.
        logits: (K,), the network's answer to it; empty where it is not known yet.
    """

    change: str
    what: str
    image: Image8
    logits: Floats

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Thing:
    """A part of the object, or the background. All things together are the picture, and no two overlap.

    Attributes:
        name: the part's name, or "background".
        mask: (H, W), where it is, as the network sees the picture.
        change: by how much the target's logit falls without it: positive is evidence for the target.
        importance: the same; but for parts scaled, so that their absolute values sum to that of the whole object.
        other: the `importance` for the other class.
    """

    name: str
    mask: NDArray[np.bool_]
    change: float
    importance: float
    other: float

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Known:
    """What a network's answer to a drawn scene depends on, after `step` of `total` variants.

    Attributes:
        step: pictures that the network has seen.
        total: pictures in all.
        scene: what is drawn.
        side: of the drawing, px.
        image: uint8 (H, W, 3), the scene as the network sees it.
        logits: (K,), the network's answer to it.
        target: the index of the class that the truth is about.
        other: the index of the class with the highest logit but for the target.
        object: by how much the target's logit falls without the object.
        background: by how much it falls, on average, on another background.
        things: the background first, then the visible parts; () before all of them are known.
        variants: the scene, drawn again; those that the network has seen.
        sufficient: the names of the fewest things that, in the order of their importance, keep the answer: everything
            else is left out. () if only all of them do, or if the answer is not the target.
    """

    step: int
    total: int
    scene: Scene = field(repr=False)
    side: int
    image: Image8
    logits: Floats
    target: int
    other: int
    object: float
    background: float
    things: tuple[Thing, ...]
    variants: tuple[Variant, ...]
    sufficient: tuple[str, ...] = ()

    __repr__ = brief

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(H, W), True on the object, as the network sees it; empty before the things are known."""
        return ~self.things[0].mask if self.things else np.zeros((0, 0), np.bool_)

    @property
    def decides(self) -> str:
        """ "object" or "background": without which of the two the target's logit changes more."""
        return "background" if abs(self.background) > abs(self.object) else "object"


def truth_map(found: Known, other: bool = False) -> Maps:
    """A map (H, W) made of the truth, about the target or the other class: the best that a map can be.

    The importance of each thing is spread over its middle, over as many pixels as the smallest of them has. So the mass
    on each thing is its importance, and the highest pixel is on the object if the object decides: then the background's
    importance is spread over as many pixels as the parts together have.
    """
    values = np.zeros(found.mask.shape, np.float32)
    least = min(int(each.mask.sum()) for each in found.things)
    importance = [each.other if other else each.importance for each in found.things]
    decides = abs(importance[0]) > sum(map(abs, importance[1:]))
    for each, mass in zip(found.things, importance):
        wide = each.name == BACKGROUND and not decides
        places = _middle(each.mask, least * (len(found.things) - 1) if wide else least)
        values[places] = mass / len(places[0])
    return values


def _middle(mask: NDArray[np.bool_], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows and columns of the `count` pixels of the mask, at most, that are nearest to its middle."""
    rows, columns = np.nonzero(mask)
    far = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
    nearest = np.argsort(far, kind="stable")[:count]
    return rows[nearest], columns[nearest]
