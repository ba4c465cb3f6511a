"""Deletion and insertion: areas of a linear network by hand, the orders, the controls, and what a browser plays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import vizlib
from tests.faithfulness.fakes import on_the_menu
from tests.networks import SIDE, InPlace, seeded
from vizlib.errors import UnknownName, VizError
from vizlib.faithfulness import Deletion, deleting
from vizlib.faithfulness.deleted import area, interval
from vizlib.faithfulness.deletion import order_of
from vizlib.faithfulness.filling import filled, imputed
from vizlib.models import Classifier
from vizlib.render import to_image
from vizlib.steps import last

HALF = SIDE // 2
WHITE = torch.ones(1, 3, SIDE, SIDE)
PIXELS = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


class LeftHalf(nn.Module):
    """The probability of the second class is the share of the left half's brightness above gray: 2 * mean - 1."""

    def forward(self, x: Tensor) -> Tensor:
        share = (2 * x[..., :HALF].mean((1, 2, 3)) - 1).clamp(1e-9, 1 - 1e-9)
        return torch.stack([(1 - share).log(), share.log()], 1)


def left() -> Classifier:
    return vizlib.wrap(LeftHalf(), class_names=["dark", "bright"], size=SIDE)


def points_left(pixels: Tensor) -> Tensor:
    """The left half first."""
    return torch.linspace(1, -1, SIDE).expand(len(pixels), SIDE, SIDE)


def run(model: Classifier, pixels: Tensor, methods: Any, **more: Any) -> Deletion:
    return last(deleting(model, pixels, methods, **more))


def test_the_areas_of_a_network_that_sees_one_half_are_those_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probability falls from 1 to 0 in the first two of four steps: (1 + 1/2 + 0 + 0 + 0 - 1/2) / 4 = 1/4."""
    on_the_menu(monkeypatch, left=points_left)
    found = run(left(), WHITE, ["left"], target="bright", fill="gray", steps=4, orders=40)
    (row,) = found.methods
    assert row.curve == pytest.approx(np.array([1, 0.5, 0, 0, 0]), abs=1e-4)
    assert row.area == pytest.approx(1 / 4, abs=1e-4)
    assert row.reverse == pytest.approx(np.array([1, 1, 1, 0.5, 0]), abs=1e-4)
    assert row.reverse_area == pytest.approx(3 / 4, abs=1e-4)
    middle, low, high = found.random_interval
    assert low < 1 / 2 < high
    assert (low + high) / 2 == pytest.approx(middle)
    assert found.random_areas.mean() == pytest.approx(middle)


def test_insertion_is_the_same_from_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_menu(monkeypatch, left=points_left)
    found = run(left(), WHITE, ["left"], target=1, fill="gray", steps=4, insert=True)
    assert found.methods[0].curve == pytest.approx(np.array([0, 0.5, 1, 1, 1]), abs=1e-4)
    assert found.methods[0].area == pytest.approx(3 / 4, abs=1e-4)
    assert found.methods[0].reverse_area == pytest.approx(1 / 4, abs=1e-4)


def test_the_area_is_the_trapezoid_rule_and_the_interval_student_s() -> None:
    assert area(np.array([1.0, 0.5, 0.25])) == np.trapezoid([1.0, 0.5, 0.25], dx=1 / 2)
    assert interval(np.array([1.0, 2.0, 3.0, np.nan])) == pytest.approx(
        (2, 2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), rel=1e-4
    )
    assert interval(np.array([2.0]))[0] == 2
    assert np.isnan(interval(np.array([np.nan]))).all()


def test_the_most_positive_value_goes_first_and_the_seed_decides_among_equals() -> None:
    values = np.array([[0.0, -3.0], [2.0, 0.0]], np.float32)
    assert order_of(values, 0)[1, 0] == 0
    assert order_of(values, 0)[0, 1] == 3
    ties = {tuple(order_of(values, seed)[[0, 1], [0, 1]]) for seed in range(20)}
    assert ties == {(1, 2), (2, 1)}


@pytest.mark.parametrize("insert", [False, True])
def test_a_browser_can_play_it_from_two_pictures_and_the_map_of_steps(insert: bool) -> None:
    model = seeded(InPlace, "cpu")
    found = run(model, PIXELS, ["gradient"], target=2, steps=7, insert=insert)
    (row,) = found.methods
    assert row.when.dtype == np.uint16
    assert (row.when.min(), row.when.max()) == (1, 7)
    assert np.bincount(row.when.ravel())[1:] == pytest.approx(np.diff(found.shares) * SIDE * SIDE)
    start, end = (found.filled, found.picture) if insert else (found.picture, found.filled)
    assert np.array_equal(found.picture, to_image(PIXELS)[0])
    assert np.array_equal(found.filled, to_image(filled(PIXELS[0], "blur")[None])[0])
    for step in (0, 3, 7):
        shown = np.where((row.when <= step)[..., None], end, start)
        seen = model.predict(torch.from_numpy(shown).permute(2, 0, 1)[None] / 255)[0, 2]
        assert row.curve[step] == pytest.approx(float(seen), abs=1e-3)


def test_with_neighbors_each_step_has_its_own_picture() -> None:
    model = seeded(InPlace, "cpu")
    found = run(model, PIXELS, ["gradient", "guided"], target=2, steps=3, fill="neighbors")
    for row in found.methods:
        assert row.pictures.shape == (4, SIDE, SIDE, 3)
        for step in range(4):
            view = imputed(PIXELS[0], row.when <= step)[None]
            assert np.array_equal(row.pictures[step], to_image(view)[0])
            assert row.curve[step] == pytest.approx(float(model.predict(view)[0, 2]), abs=1e-5)
    plain = run(model, PIXELS, ["gradient"], target=2, steps=3)
    assert plain.methods[0].pictures.shape == (0, SIDE, SIDE, 3)


def test_random_orders_may_remove_squares() -> None:
    model = seeded(InPlace, "cpu")
    fine, coarse = (run(model, PIXELS, ["gradient"], steps=4, grain=grain, orders=2) for grain in (1, 8))
    assert fine.random.shape == coarse.random.shape == (2, 5)
    assert not np.array_equal(fine.random[:, 1:4], coarse.random[:, 1:4])
    assert fine.random[:, [0, 4]] == pytest.approx(coarse.random[:, [0, 4]])


def test_the_same_seed_gives_the_same_and_every_look_is_counted() -> None:
    model = seeded(InPlace, "cpu")
    frames = list(deleting(model, PIXELS, ["gradient", "grad_cam"], steps=5, orders=2, seed=3))
    assert frames[-1].total == frames[-1].step == (2 * 2 + 2) * 6 == frames[0].total
    assert [each.step for each in frames] == sorted(each.step for each in frames)
    assert np.isnan(frames[1].random).all()
    one, same = (run(model, PIXELS, ["grad_cam"], steps=5, seed=3, fill="noise") for _ in range(2))
    other = run(model, PIXELS, ["grad_cam"], steps=5, seed=4, fill="noise")
    assert np.array_equal(one.methods[0].curve, same.methods[0].curve)
    assert np.array_equal(one.random, same.random)
    assert not np.array_equal(one.random, other.random)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"steps": 0}, "The number of steps is 0"),
        ({"steps": SIDE * SIDE + 1}, "The number of steps is 257"),
        ({"orders": -1}, "The number of random orders is -1"),
        ({"grain": 0}, "The grain of the random orders is 0"),
        ({"target": vizlib.class_logit(1) - vizlib.class_logit(2)}, "The target is no class"),
    ],
)
def test_settings_outside_their_range_are_a_sentence(given: dict[str, Any], what: str) -> None:
    with pytest.raises(VizError, match=what):
        run(seeded(InPlace, "cpu"), PIXELS, ["gradient"], **given)


def test_another_fill_is_a_sentence() -> None:
    with pytest.raises(UnknownName, match="There is no fill"):
        run(seeded(InPlace, "cpu"), PIXELS, ["gradient"], fill="white")
