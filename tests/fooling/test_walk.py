"""The line from an original through its fooling image: pictures, probabilities, and where the class changes."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from vizlib import VizError, fool, open_picture, to_pixels, walk
from vizlib.fooling import Fooling, blend, fooling, walking
from vizlib.models import Classifier
from vizlib.pictures import encode_png


@pytest.fixture(scope="module")
def fooled(linear: Classifier, image: np.ndarray) -> Fooling:
    result = fool(linear, image, int(linear.predict(linear.prepare(image))[0].argsort()[-2]), goal=0.9)
    assert result.success
    return result


def made(original: np.ndarray, image: np.ndarray) -> Fooling:
    none = torch.tensor([1.0])
    return Fooling("lattice", "", 0, None, 0.0, True, b"", original, image, none, none, 0)


def test_0_is_the_original_1_the_fooling_image_and_2_goes_straight_on(linear: Classifier, fooled: Fooling) -> None:
    images, _ = walk(linear, fooled, [0, 1, 2, -1])
    a, b = fooled.original.astype(int), fooled.image.astype(int)
    assert np.array_equal(images[0], a)
    assert np.array_equal(images[1], b)
    assert np.array_equal(images[2], np.clip(2 * b - a, 0, 255))
    assert np.array_equal(images[3], np.clip(2 * a - b, 0, 255))
    assert all(each.dtype == np.uint8 for each in images)


def test_what_would_leave_black_and_white_is_clipped(linear: Classifier) -> None:
    a, b = np.full((16, 16, 3), 20, np.uint8), np.full((16, 16, 3), 3, np.uint8)
    a[0], b[0] = 240, 250
    images, _ = walk(linear, made(a, b), [2, 3])
    assert set(images[0][0].flat) == {255}
    assert set(images[0][1:].flat) == {0}
    assert set(images[1][1:].flat) == {0}


def test_in_between_levels_are_rounded_to_nearest(linear: Classifier) -> None:
    a, b = np.full((16, 16, 3), 100, np.uint8), np.full((16, 16, 3), 103, np.uint8)
    b[0] = 97
    images, _ = walk(linear, made(a, b), [0.1, 0.2, 0.5, 0.6])
    assert [int(each[1, 0, 0]) for each in images] == [100, 101, 102, 102]  # 100.3, 100.6, 101.5, 101.8
    assert [int(each[0, 0, 0]) for each in images] == [100, 99, 99, 98]  # 99.7, 99.4, 98.5, 98.2: halves up


def test_the_probabilities_are_those_of_the_pictures_as_files(cropping: Classifier) -> None:
    random = np.random.default_rng(0)
    a, b = (random.integers(0, 256, (20, 26, 3), dtype=np.uint8) for _ in range(2))
    images, probabilities = walk(cropping, made(a, b), [0, 0.3, 1, 1.7])
    assert probabilities.shape == (4, 4)
    assert probabilities.device.type == "cpu"
    for picture, found in zip(images, probabilities):
        file = open_picture(encode_png(picture))
        torch.testing.assert_close(found, cropping.predict(to_pixels(file, cropping))[0].cpu())


def test_its_ends_are_what_the_result_says(linear: Classifier, fooled: Fooling) -> None:
    _, probabilities = walk(linear, fooled, [0, 1])
    torch.testing.assert_close(probabilities[0], fooled.probabilities_before)
    torch.testing.assert_close(probabilities[1], fooled.probabilities_after)


def test_the_class_flips_between_the_amounts_where_it_changes(by_hand: Callable[..., Classifier]) -> None:
    weight = torch.zeros(3, 3, 16, 16)
    weight[1], weight[2] = 1.0, 2.0
    gray = 768 / 255  # what one level of all values adds to class 1; class 2 gains twice as much
    model = by_hand(weight, torch.tensor([0.0, -130 * gray, -320 * gray]))  # class 1 from 130 on, class 2 from 190
    black, light = np.full((16, 16, 3), 100, np.uint8), np.full((16, 16, 3), 200, np.uint8)
    stroll = walk(model, made(black, light), [0, 0.25, 0.35, 0.5, 0.85, 0.95, 1])
    assert stroll.logits.argmax(1).tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert stroll.flips == pytest.approx((0.3, 0.9))


def test_where_nothing_changes_there_is_no_flip(linear: Classifier, image: np.ndarray) -> None:
    assert walk(linear, made(image, image), [0, 0.5, 1]).flips == ()


def test_a_fooling_image_s_own_walk_flips_to_the_target(linear: Classifier, fooled: Fooling) -> None:
    stroll = walk(linear, fooled, [each / 10 for each in range(16)])
    (flip,) = stroll.flips
    assert 0 < flip < 1
    assert int(stroll.probabilities[-1].argmax()) == fooled.target


# A walk's snapshots


def test_a_long_walk_comes_in_parts_and_the_parts_agree(linear: Classifier, fooled: Fooling) -> None:
    amounts = [each / 20 for each in range(40)]
    parts = list(walking(linear, [fooled.original, fooled.image], [0.0, 1.0], amounts))
    assert len(parts) > 1
    assert [len(each.logits) for each in parts] == [each.step for each in parts]
    assert {each.total for each in parts} == {40}
    assert parts[-1].step == 40
    whole = walk(linear, fooled, amounts)
    assert torch.equal(parts[-1].logits, whole.logits)
    assert torch.equal(parts[0].logits, whole.logits[: parts[0].step])
    assert len(whole.images) == 40


def test_a_walk_leads_through_every_corner() -> None:
    corners = [np.full((2, 2, 3), level, np.uint8) for level in (10, 20, 50)]
    places = [0.0, 1.0, 3.0]
    found = [int(blend(corners, places, amount)[0, 0, 0]) for amount in (-1, 0, 0.5, 1, 2, 3, 4)]
    assert found == [0, 10, 15, 20, 35, 50, 65]


@pytest.mark.parametrize("amounts", [[], (), [0.0, float("nan")], [float("inf")]])
def test_a_walk_without_amounts_is_refused_with_a_sentence(linear: Classifier, fooled: Fooling, amounts: Any) -> None:
    with pytest.raises(VizError, match=r"A walk needs finite amounts\. Give some"):
        walk(linear, fooled, amounts)


def test_amounts_may_be_an_array(linear: Classifier, fooled: Fooling) -> None:
    images, probabilities = walk(linear, fooled, np.linspace(0, 2, 5))
    assert len(images) == len(probabilities) == 5
    assert np.array_equal(images[2], fooled.image)


def test_its_answer_is_a_pair_with_types_and_more(linear: Classifier, fooled: Fooling) -> None:
    answer = walk(linear, fooled, [0, 1, 2])
    images, probabilities = answer
    assert images is answer.images
    assert probabilities is answer.probabilities
    assert [each.shape for each in images] == [(16, 16, 3)] * 3
    assert answer.amounts == (0.0, 1.0, 2.0)
    assert repr(answer) == "Walked(Walk(3 of 3 pictures from 0 to 2), 4 probabilities each)"
    again = pickle.loads(pickle.dumps(answer))
    assert torch.equal(again.logits, answer.logits)
    assert again.flips == answer.flips
    assert np.array_equal(again[0][2], images[2])


def test_a_result_prints_as_one_line(linear: Classifier, fooled: Fooling) -> None:
    words = repr(fooled)
    assert re.fullmatch(
        r"Fooling\(lattice on Linear: class \d -> class \d, success, L2 [\d.]+, at most \d+ of 255 levels, "
        r"PNG of 16 x 16 px, \d\.\d kB\)",
        words,
    )
    frames = list(fooling(linear, fooled.original, fooled.target, steps=10))
    assert repr(frames[0]) == "Attempt(step 1 of 10: nothing found yet)"
    assert len(repr(frames[-1])) < 60
    assert len(repr(made(fooled.original, fooled.image))) < 160
