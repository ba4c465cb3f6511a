"""Gradient ascent, step by step, on networks whose gradients are known by hand.

In `three`, one hundred values matter alike to class 1, and a step of 10 levels changes each of them by exactly one
level, which raises its logit by exactly one. Class 0 stands at 0, class 2 at -1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from vizlib import fool
from vizlib.fooling import Attempt, fooling
from vizlib.fooling.classic import update
from vizlib.models import Classifier

SIDE = 16
HUNDRED = np.arange(100)  # the values that matter, in the order of (3, 16, 16)


def gray(level: int = 100) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def at(image: np.ndarray) -> np.ndarray:
    """The values of an image (H, W, 3) in the order of weights."""
    return image.transpose(2, 0, 1).reshape(-1)


def picture_of(values: np.ndarray) -> np.ndarray:
    return values.reshape(3, SIDE, SIDE).transpose(1, 2, 0).astype(np.uint8)


@pytest.fixture
def three(by_hand: Callable[..., Classifier]) -> Callable[..., Classifier]:
    """`three(gap)`: for a gray picture of level 100, class 1 is `gap` logits behind class 0."""

    def make(gap: float, other: np.ndarray | None = None) -> Classifier:
        weight = torch.zeros(3, 3 * SIDE * SIDE)
        weight[1, HUNDRED] = 2.55
        if other is not None:
            weight[0] = torch.as_tensor(other)
        bias = torch.tensor([0.0, -gap, -1.0]) - (weight.double() * (100 / 255)).sum(1).float()
        bias[2] = -1.0
        return by_hand(weight.view(3, 3, SIDE, SIDE), bias)

    return make


def run(model: Classifier, picture: np.ndarray, **knobs: object) -> list[Attempt]:
    return list(fooling(model, picture, 1, "classic", **knobs))  # type: ignore[arg-type]


# The steps


def test_every_step_moves_the_unrounded_picture_a_fixed_length_along_the_gradient(
    linear: Classifier, image: np.ndarray
) -> None:
    weight, bias = (each.detach().cpu().double().numpy() for each in linear.network.parameters())
    weight = weight.reshape(4, -1)
    target = int((weight @ (at(image) / 255) + bias).argmin())
    frames = list(fooling(linear, image, target, "classic", step_size=7.5, steps=6, lead=20.0))
    assert [each.step for each in frames] == [1, 2, 3, 4, 5, 6, 6]
    along = weight[target] / np.linalg.norm(weight[target])
    for number, (frame, moment) in enumerate(zip(frames, frames[-1].trace), start=1):
        position = at(image) + number * 7.5 * along  # in levels
        levels = np.rint(position)
        assert np.array_equal(at(frame.image), levels)
        logits = weight @ (levels / 255) + bias
        shares = np.exp(logits) / np.exp(logits).sum()
        assert moment.step == number
        assert moment.logit == pytest.approx(logits[target], abs=1e-4)
        assert moment.margin == pytest.approx(logits[target] - np.delete(logits, target).max(), abs=1e-4)
        assert moment.probability == pytest.approx(shares[target], abs=1e-5)
        assert moment.l2 == pytest.approx(np.linalg.norm(levels - at(image)) / 255, rel=1e-4, abs=1e-6)
        assert moment.zeroed == 0


def test_an_update_has_the_asked_length_in_levels() -> None:
    gradient = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    step, leaves = update(torch.full_like(gradient, 0.5), gradient, 12.0)
    assert float(step.norm()) * 255 == pytest.approx(12.0, rel=1e-5)
    torch.testing.assert_close(step / step.norm(), gradient / gradient.norm())
    assert not leaves.any()


@pytest.mark.parametrize(
    ("begin", "sign", "after"),
    [
        (100, +1, 101),
        (253, +1, 254),  # 254 itself is still inside
        (254, +1, 254),
        (255, +1, 255),  # outside from the beginning: untouched, not pulled to the border
        (255, -1, 254),  # a step back inside is taken
        (2, -1, 1),  # 1 itself is still inside
        (1, -1, 1),
        (0, -1, 0),
        (0, +1, 1),
    ],
)
def test_a_value_that_would_leave_1_to_254_is_left_alone_and_counted(
    by_hand: Callable[..., Classifier], begin: int, sign: int, after: int
) -> None:
    start = np.full(768, 100)
    start[7] = begin
    weight = torch.zeros(2, 768)
    weight[1, HUNDRED] = 2.55
    weight[1, 7] *= sign
    model = by_hand(weight.view(2, 3, SIDE, SIDE), torch.tensor([1000.0, 0.0]))
    first, *_ = run(model, picture_of(start), steps=1)
    wanted = start + np.isin(np.arange(768), HUNDRED)
    wanted[7] = after
    assert np.array_equal(at(first.image), wanted)
    assert first.trace[0].zeroed == (begin == after)


@pytest.mark.slow
def test_half_a_level_from_the_border_does_not_cross_it_by_rounding(by_hand: Callable[..., Classifier]) -> None:
    start = np.full(768, 100)
    start[:2] = 254, 255
    weight = torch.zeros(2, 768)
    weight[1, HUNDRED] = 2.55
    weight[1, 1] = -2.55  # half a level down from 255 is still outside
    frames = run(by_hand(weight.view(2, 3, SIDE, SIDE), torch.tensor([1000.0, 0.0])), picture_of(start), step_size=5.0)
    assert at(frames[3].image)[:3].tolist() == [254, 255, 102]
    assert {moment.zeroed for moment in frames[3].trace} == {2}


def test_each_objective_has_its_own_direction(three: Callable[..., Classifier]) -> None:
    other = np.zeros(768)
    other[200:300] = 2.55  # only class 0 depends on these values
    model = three(200.0, other)  # class 1 is too far behind to be reached
    alone, *_ = run(model, gray(), steps=1, objective="logit")
    assert set(at(alone.image)[:100]) == {101}
    assert set(at(alone.image)[100:]) == {100}
    both, *_ = run(model, gray(), steps=1, objective="margin", step_size=np.sqrt(200))
    assert set(at(both.image)[:100]) == {101}
    assert set(at(both.image)[200:300]) == {99}
    assert set(at(both.image)[100:200]) | set(at(both.image)[300:]) == {100}


def test_away_from_a_class_the_best_other_rises_over_it(three: Callable[..., Classifier]) -> None:
    other = np.zeros(768)
    other[200:300] = 2.55
    first, *_ = fooling(three(0.6, other), gray(), None, "classic", step_size=np.sqrt(200), objective="logit")
    assert set(at(first.image)[:100]) == {101}
    assert set(at(first.image)[200:300]) == {99}
    assert first.trace[0].margin == pytest.approx(1.4, abs=1e-3)


# Where it ends


def test_it_ends_with_the_first_rounded_picture_that_is_the_target(three: Callable[..., Classifier]) -> None:
    frames = run(three(2.5), gray())
    assert [each.step for each in frames] == [1, 2, 3, 3]
    assert [round(each.margin, 3) for each in frames[-1].trace] == [-1.5, -0.5, 0.5]
    result = frames[-1].result
    assert result is not None
    assert result.success
    assert result.label == 1
    assert result.gradients == 3
    assert result.l2 == pytest.approx(3 * 10 / 255)
    assert frames[-1].total == 3


def test_it_goes_on_while_only_the_floating_point_picture_is_the_target(three: Callable[..., Classifier]) -> None:
    frames = run(three(0.3), gray(), step_size=1.2)  # 0.12 levels a step: 0.36 are enough, but round to nothing
    assert [each.l2 for each in frames[-1].trace[:4]] == [0.0] * 4
    assert len(frames[-1].trace) == 5  # 0.60 levels round to one
    assert frames[-1].result is not None
    assert frames[-1].result.success


def test_what_rounding_took_back_is_said(three: Callable[..., Classifier]) -> None:
    result = fool(three(0.3), gray(), 1, "classic", step_size=1.2, steps=4)
    assert not result.success
    assert "As floating-point numbers the picture did fool the network" in result.note
    assert "floating" not in fool(three(2.5), gray(), 1, "classic", steps=2).note


def test_it_ends_with_the_lead_that_was_asked_for(three: Callable[..., Classifier]) -> None:
    frames = run(three(0.5), gray(), lead=5.0)
    assert [round(each.margin, 3) for each in frames[-1].trace] == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert frames[-1].result is not None
    assert frames[-1].result.success
    assert frames[-1].result.note == ""


def test_a_lead_that_is_not_reached_is_a_result_with_a_note(three: Callable[..., Classifier]) -> None:
    result = fool(three(0.5), gray(), 1, "classic", lead=5.0, steps=4)
    assert "The lead of 5 logits was not reached within 4 steps." in result.note
    assert result.label == 1
    assert len(result.trace) == result.gradients == 4


def test_it_ends_with_the_probability_that_was_asked_for(three: Callable[..., Classifier]) -> None:
    frames = run(three(0.5), gray(), goal=0.9)  # after three steps e^2.5 / (e^2.5 + 1 + 1/e) = 0.899
    assert [round(each.probability, 3) for each in frames[-1].trace] == [0.547, 0.766, 0.899, 0.96]
    assert frames[-1].result is not None
    assert frames[-1].result.success
    assert float(frames[-1].result.probabilities_after[1]) == pytest.approx(0.9603, abs=1e-4)


def test_a_used_up_budget_is_a_result_with_the_best_probability(three: Callable[..., Classifier]) -> None:
    result = fool(three(4.5), gray(), 1, "classic", steps=3)
    assert not result.success
    assert len(result.trace) == result.gradients == 3
    share = np.exp(-1.5) / (1 + np.exp(-1.5) + np.exp(-1.0))
    assert result.note == f"Not found within the budget of 3 gradients: the target reached {share:.1%}."
    assert set(at(result.image)[:100]) == {103}
