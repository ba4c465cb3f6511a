"""From noise to a class: the network becomes sure of a class that a person cannot see."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vizlib import fool, open_picture, to_pixels
from vizlib.fooling import HIGHEST, Fooling, fooling
from vizlib.models import Classifier


def climb(model: Classifier, target: int, seed: int = 0, **knobs: object) -> Fooling:
    nothing = np.zeros((16, 16, 3), np.uint8)  # the attack ignores it
    return fool(model, nothing, target, "noise", seed=seed, **knobs)  # type: ignore[arg-type]


def test_the_milestones_come_in_order_and_at_the_step_that_first_reached_them(digits: Classifier) -> None:
    result = climb(digits, 3)
    assert [goal for goal, _ in result.milestones] == [HIGHEST, 0.99, 0.999]
    steps = [step for _, step in result.milestones]
    assert steps == sorted(steps)
    assert steps[-1] == len(result.trace)
    assert next(each.step for each in result.trace if each.margin > 0) == steps[0]
    for goal, step in result.milestones[1:]:
        assert next(each.step for each in result.trace if each.probability >= goal) == step


@pytest.mark.parametrize("start", ["noise", "gray"])
@pytest.mark.parametrize("target", [0, 8])
def test_the_saved_file_is_as_sure_as_was_asked(digits: Classifier, start: str, target: int) -> None:
    result = climb(digits, target, start=start)
    assert result.success
    assert result.goal == 0.999
    probabilities = digits.predict(to_pixels(open_picture(result.png), digits))[0]
    assert int(probabilities.argmax()) == target
    assert float(probabilities[target]) >= 0.999


def test_a_higher_goal_than_the_confidence_is_the_goal(digits: Classifier) -> None:
    result = climb(digits, 8, goal=0.99, confidence=0.6)
    assert result.goal == 0.99
    assert float(result.probabilities_after[8]) >= 0.99
    assert climb(digits, 8, goal=0.3, confidence=0.6).goal == 0.6


def test_gray_is_gray_and_noise_is_around_it(digits: Classifier, linear: Classifier) -> None:
    assert (climb(digits, 3, start="gray").original == 128).all()
    for contrast in (5.0, 30.0):
        noise = climb(linear, 3, steps=1, contrast=contrast).original
        assert noise.shape == (16, 16, 3)
        assert float(noise.mean()) == pytest.approx(128, abs=contrast / 5)
        assert float(noise.std()) == pytest.approx(contrast, rel=0.1)
        assert not np.array_equal(noise[..., 0], noise[..., 1])


def test_a_gray_network_gets_gray_noise_that_stays_gray(digits: Classifier) -> None:
    result = climb(digits, 3)
    for each in (result.original, result.image):
        assert np.array_equal(each[..., 0], each[..., 1])
        assert np.array_equal(each[..., 0], each[..., 2])


def test_the_start_is_as_large_as_the_network_resizes_pictures(cropping: Classifier) -> None:
    result = climb(cropping, 1, steps=30, confidence=0.9)
    assert result.original.shape == (18, 18, 3)
    assert result.success
    assert int(cropping(to_pixels(open_picture(result.png), cropping)).argmax()) == 1


@pytest.mark.slow
def test_a_seed_makes_its_picture_and_another_seed_another(digits: Classifier) -> None:
    one, again, other = (climb(digits, 3, seed) for seed in (1, 1, 2))
    assert one.png == again.png
    assert one.milestones == again.milestones
    assert not np.array_equal(one.original, other.original)
    assert one.png != other.png


def test_each_step_has_the_asked_length_until_it_meets_black_or_white(linear: Classifier) -> None:
    target = int(linear(torch.full((1, 3, 16, 16), 128 / 255, device=linear.device)).argmin())
    frames = list(fooling(linear, None, target, "noise", start="gray", step_size=50.0, steps=3, confidence=0.9999))  # type: ignore[arg-type]
    lengths = [each.l2 * 255 for each in frames[-1].trace]
    assert lengths[0] == pytest.approx(50, rel=0.03)  # rounding makes it a little longer or shorter
    assert lengths == sorted(lengths)


def test_what_is_not_reached_says_how_far_it_came(digits: Classifier) -> None:
    result = climb(digits, 3, steps=2)
    assert not result.success
    assert result.gradients == 2
    share = f"{float(result.probabilities_after[3]):.1%}"
    assert result.note == f"Not found within the budget of 2 gradients: the target reached {share}."
    assert not np.array_equal(result.image, result.original)


def test_away_from_a_class_the_goal_is_the_highest_score(digits: Classifier) -> None:
    result = fool(digits, np.zeros((16, 16, 3), np.uint8), None, "noise")
    assert result.label != result.source
