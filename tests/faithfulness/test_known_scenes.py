"""How much of the saliency is on an object whose place is known, for a network that looks where it was made to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE
from vizlib.errors import VizError
from vizlib.faithfulness import held_out, lesson, locating, share_inside
from vizlib.models import Classifier
from vizlib.steps import last

HALF = SIDE // 2


@dataclass(frozen=True, eq=False)
class Picture:
    image: np.ndarray[Any, Any]
    mask: np.ndarray[Any, Any]


class LooksLeft(nn.Module):
    """The second class has the brightness of the left half as its score, the first one the rest of `one`."""

    def forward(self, x: Tensor) -> Tensor:
        bright = x[..., :HALF].mean((1, 2, 3))
        return torch.stack([0.5 - bright, bright], 1)


def left() -> Classifier:
    return vizlib.wrap(LooksLeft(), class_names=["dark", "bright"], size=SIDE)


def picture(level: int, columns: slice) -> Picture:
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[:, columns] = True
    return Picture(np.full((SIDE, SIDE, 3), level, dtype=np.uint8), mask)


def test_the_share_is_of_the_absolute_mass() -> None:
    assert share_inside(np.array([[3.0, -3.0], [2.0, 0.0]]), np.array([[True, False], [False, True]])) == 3 / 8
    assert share_inside(np.zeros((2, 2)), np.ones((2, 2), bool)) == 0


def test_all_saliency_is_on_what_the_network_looks_at() -> None:
    """One object in the left half, one in the right, one over both."""
    objects = [picture(250, slice(HALF)), picture(5, slice(HALF, None)), picture(5, slice(HALF // 2, HALF + HALF // 2))]
    found = last(locating(left(), objects, [1, 1, 0], "gradient"))
    assert found.inside == pytest.approx([1, 0, 0.5])
    assert found.area == pytest.approx([0.5, 0.5, 0.5])
    assert found.right.tolist() == [True, False, True]
    assert found.accuracy == pytest.approx(2 / 3)
    low, high = found.interval
    assert low + high == pytest.approx(1)
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(3), rel=1e-3)


def test_every_picture_needs_a_label() -> None:
    with pytest.raises(VizError, match="There are 1 pictures and 2 labels"):
        last(locating(left(), [picture(5, slice(HALF))], [1, 0]))


def test_swapped_scenes_are_the_same_animals_on_the_other_ground() -> None:
    usual, labels = held_out(4, swapped=False)
    swapped, again = held_out(4, swapped=True)
    assert labels == again == [0, 1, 0, 1]
    assert [each.scene.kind for each in usual[:2]] == ["sheep", "goat"]
    assert [each.scene.background for each in usual[:2]] == ["grass", "rock"]
    assert [each.scene.background for each in swapped[:2]] == ["rock", "grass"]
    assert all(np.array_equal(one.mask, other.mask) for one, other in zip(usual, swapped, strict=True))


def test_a_lesson_on_both_grounds_is_half_of_each() -> None:
    both = lesson("both", 4, 1, tests=1)
    assert both.counts.tolist() == [4, 4]
    assert both.tests is not None
    known = [{each.tobytes() for each in lesson(grounds, 4, 1, tests=1).pictures} for grounds in ("swapped", "usual")]
    given = [each.tobytes() for each in both.pictures]
    assert [sum(each in one for each in given) for one in known] == [4, 4]
