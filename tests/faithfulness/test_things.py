"""The truth about a drawn scene: a linear network on two parts, whose answers are worked out from the drawings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import vizlib
from vizlib.errors import VizError
from vizlib.faithfulness import Known, known, truth_map
from vizlib.faithfulness.things import keeps
from vizlib.models import Classifier
from vizlib.steps import last
from vizlib.synthetic import BACKGROUNDS, HELD_OUT_SEED, Drawing, draw, scene

SIDE = 64
SHELL = draw(scene(HELD_OUT_SEED, "shell", "rock"), SIDE)  # two parts: spiral and opening


class Weighs(nn.Module):
    """The first class weighs the pixels (weights (H, W), the same for each color), the second has a fixed score."""

    def __init__(self, weights: np.ndarray[Any, Any], other: float) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.from_numpy(weights).float())
        self.other = nn.Parameter(torch.tensor(other))

    def forward(self, x: Tensor) -> Tensor:
        first = (x * self.weights).sum((1, 2, 3))
        return torch.stack([first, self.other.expand(len(x))], 1)


def weighing(weights: np.ndarray[Any, Any], other: float = -1e6) -> Classifier:
    return vizlib.wrap(Weighs(weights, other), class_names=["shell", "star"], size=SIDE)


def score(weights: np.ndarray[Any, Any], drawing: Drawing) -> float:
    return float((drawing.image.astype(np.float64).sum(2) * weights).sum() / 255)


def test_a_part_s_importance_is_the_change_of_the_logit_without_it() -> None:
    """The network weighs the spiral with 0.01 and the opening with 0.03, and the background not at all."""
    weights = 0.01 * SHELL.parts["spiral"] + 0.03 * SHELL.parts["opening"]
    found = last(known(weighing(weights), SHELL))
    whole = score(weights, SHELL)
    without = {part: score(weights, draw(SHELL.scene.but(without=(part,)), SIDE)) for part in SHELL.parts}
    grounds = [score(weights, draw(SHELL.scene.but(background=each), SIDE)) for each in BACKGROUNDS if each != "rock"]
    falls = [whole - without[part] for part in ("spiral", "opening")]
    nothing = whole - score(weights, draw(SHELL.scene.but(kind="nothing"), SIDE))
    assert [each.name for each in found.things] == ["background", "spiral", "opening"]
    assert [each.change for each in found.things[1:]] == pytest.approx(falls, rel=1e-3)
    assert found.object == pytest.approx(nothing, rel=1e-3)
    assert found.background == pytest.approx(whole - np.mean(grounds), abs=1e-2)
    scaled = np.array(falls) * abs(nothing) / np.abs(falls).sum()
    assert [each.importance for each in found.things[1:]] == pytest.approx(scaled, rel=1e-3)
    assert sum(abs(each.importance) for each in found.things[1:]) == pytest.approx(abs(found.object))
    assert all(each.other == pytest.approx(0, abs=1e-6) for each in found.things)


def test_the_variants_are_the_scene_with_one_thing_changed() -> None:
    found = last(known(weighing(np.ones((SIDE, SIDE))), SHELL, backgrounds=2))
    changes = [(each.change, each.what) for each in found.variants]
    assert changes == [
        ("object", ""), ("background", "sand"), ("background", "water"), ("part", "spiral"), ("part", "opening"),
        ("moved", ""), ("recolored", ""), ("replaced", "star"),
    ]  # fmt: skip
    drawn = draw(SHELL.scene.but(kind="star"), SIDE)
    assert np.array_equal(found.variants[-1].image, drawn.image)
    assert found.variants[-1].logits[0] == pytest.approx(score(np.ones((SIDE, SIDE)), drawn), rel=1e-4)
    assert found.step == found.total == 1 + 8 + 2


def test_the_things_are_the_whole_picture_and_no_two_overlap() -> None:
    found = last(known(weighing(np.ones((SIDE, SIDE))), SHELL))
    assert np.array_equal(sum(each.mask.astype(int) for each in found.things), np.ones((SIDE, SIDE)))
    assert np.array_equal(found.mask, SHELL.mask)
    assert np.array_equal(found.things[1].mask, SHELL.parts["spiral"])


def test_masks_are_seen_through_the_network_s_own_preprocessing() -> None:
    model = vizlib.wrap(Weighs(np.ones((32, 32)), 0.0), class_names=["shell", "star"], size=32)
    found = last(known(model, SHELL))
    assert found.mask.shape == (32, 32)
    assert found.mask.mean() == pytest.approx(SHELL.mask.mean(), abs=0.03)


def test_what_decides_is_what_changes_the_logit_more() -> None:
    assert last(known(weighing(SHELL.mask * 1.0), SHELL)).decides == "object"
    ground = np.zeros((SIDE, SIDE))
    ground[:8, :8] = 1  # a corner that the object and its shadow do not reach
    assert last(known(weighing(ground), SHELL)).decides == "background"


def test_the_fewest_sufficient_things_are_found_and_what_is_kept_is_drawn() -> None:
    """The spiral is darker than the ground. With it alone the first class is above the second; without it never."""
    weights = -0.01 * SHELL.parts["spiral"]
    whole = last(known(weighing(weights), SHELL, "shell"))
    border = whole.logits[0] - whole.things[1].change / 2
    strict = weighing(weights, float(border))
    found = last(known(strict, SHELL))
    assert whole.things[1].change > 0
    assert found.sufficient == ("spiral",)
    assert keeps(strict, found, ["spiral"])
    assert not keeps(strict, found, ["background", "opening"])
    assert last(known(strict, SHELL, "star")).sufficient == ()


def test_the_map_of_the_truth_has_the_importances_as_its_mass_and_its_peak_on_what_matters_most() -> None:
    found = last(known(weighing(0.01 * SHELL.parts["spiral"] + 0.03 * SHELL.parts["opening"]), SHELL))
    for values, importances in (
        (truth_map(found), [each.importance for each in found.things]),
        (truth_map(swapped(found), other=True), [each.importance for each in found.things]),
    ):
        assert [values[each.mask].sum() for each in found.things] == pytest.approx(importances, abs=1e-4)
        assert found.mask[np.unravel_index(np.abs(values).argmax(), values.shape)]


def swapped(found: Known) -> Known:
    """The same truth about the other class."""
    return replace(found, things=tuple(replace(each, other=each.importance, importance=0.0) for each in found.things))


def test_the_same_scene_gives_the_same_truth() -> None:
    model = vizlib.load_model("bundled/scenes", device="cpu")
    one, same = (last(known(model, SHELL)) for _ in range(2))
    assert [each.importance for each in one.things] == [each.importance for each in same.things]
    frames = list(known(model, SHELL))
    assert [each.step for each in frames] == sorted(each.step for each in frames)
    assert frames[0].things == ()
    assert frames[-1].step == frames[-1].total


def test_a_scene_without_an_object_is_a_sentence() -> None:
    model = weighing(np.ones((SIDE, SIDE)))
    for given, count in ((SHELL.scene.but(kind="nothing"), 2), (SHELL, 6), (SHELL, 0)):
        with pytest.raises(VizError, match="to be drawn on"):
            last(known(model, given, backgrounds=count))
