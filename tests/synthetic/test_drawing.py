"""The drawn data set: a seed is a picture, and everything about the picture is known."""

from __future__ import annotations

import numpy as np
import pytest

from vizlib.errors import UnknownName
from vizlib.synthetic import BACKGROUNDS, HELD_OUT_SEED, SCENE_CLASSES, TRAINING_SEED, draw_digit, draw_scene

SEEDS = range(HELD_OUT_SEED, HELD_OUT_SEED + 60)


def test_there_are_at_least_twelve_classes_and_six_backgrounds() -> None:
    assert len(set(SCENE_CLASSES)) >= 12
    assert {"sheep", "goat"} <= set(SCENE_CLASSES)
    assert {"grass", "rock", "sand", "water", "snow", "sky"} == set(BACKGROUNDS)


def test_the_same_seed_draws_the_same_scene_whatever_was_drawn_before() -> None:
    first = draw_scene(5)
    draw_scene(6)
    np.random.seed(0)  # a global seed must not matter
    again = draw_scene(5)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)
    assert (first.label, first.background) == (again.label, again.background)


def test_another_seed_draws_another_scene() -> None:
    pictures = {draw_scene(seed).image.tobytes() for seed in SEEDS}
    assert len(pictures) == len(SEEDS)


def test_a_scene_is_a_color_picture_with_a_mask_of_its_size() -> None:
    scene = draw_scene(3)
    assert scene.image.shape == (128, 128, 3)
    assert scene.image.dtype == np.uint8
    assert scene.mask.shape == (128, 128)
    assert scene.mask.dtype == np.bool_
    small = draw_scene(3, size=64)
    assert small.image.shape == (64, 64, 3)


@pytest.mark.parametrize("label", range(len(SCENE_CLASSES)), ids=SCENE_CLASSES)
def test_every_class_is_drawn_large_enough_to_be_seen_and_small_enough_to_stand_somewhere(label: int) -> None:
    areas = [draw_scene(seed, label=label).mask.mean() for seed in range(8)]
    assert min(areas) > 0.015
    assert max(areas) < 0.8


def test_class_and_background_are_those_asked_for() -> None:
    for label in range(len(SCENE_CLASSES)):
        background = label % len(BACKGROUNDS)
        scene = draw_scene(1, label, background)
        assert (scene.label, scene.background) == (label, background)


@pytest.mark.slow
def test_left_to_the_seed_every_class_and_background_comes() -> None:
    scenes = [draw_scene(seed) for seed in range(200)]
    assert {scene.label for scene in scenes} == set(range(len(SCENE_CLASSES)))
    assert {scene.background for scene in scenes} == set(range(len(BACKGROUNDS)))


def test_another_background_leaves_the_object_where_it_stands() -> None:
    on_grass, on_rock = (draw_scene(9, 0, background) for background in (0, 1))
    assert np.array_equal(on_grass.mask, on_rock.mask)
    inside = np.abs(on_grass.image.astype(int) - on_rock.image)[on_grass.mask].mean()
    outside = np.abs(on_grass.image.astype(int) - on_rock.image)[~on_grass.mask].mean()
    assert inside < 6 < outside, "gray levels"


def test_the_mask_is_where_the_object_is() -> None:
    one, other = draw_scene(9, 0, 0), draw_scene(9, 1, 0)  # the same ground under two objects
    free = ~(one.mask | other.mask)
    changed = np.abs(one.image.astype(int) - other.image).mean(2)
    assert changed[one.mask & ~other.mask].mean() > 3 * changed[free].mean()


@pytest.mark.parametrize(("label", "background"), [(99, None), (-1, None), (None, 99)])
def test_a_class_or_background_that_does_not_exist_is_refused(label: int | None, background: int | None) -> None:
    with pytest.raises(UnknownName):
        draw_scene(1, label, background)


def test_digits_are_bright_ink_on_black_and_repeat_with_their_seed() -> None:
    for seed in range(30):
        digit = draw_digit(seed)
        assert digit.image.shape == (28, 28)
        assert digit.image.dtype == np.uint8
        assert 0 <= digit.label <= 9
        assert digit.image.max() > 150, "ink"
        assert np.median(digit.image) < 60, "paper"
        assert np.array_equal(digit.image, draw_digit(seed).image)


def test_every_digit_is_drawn_and_can_be_asked_for() -> None:
    assert {draw_digit(seed).label for seed in range(120)} == set(range(10))
    assert draw_digit(4, label=7).label == 7


def test_training_and_held_out_seeds_never_meet() -> None:
    assert HELD_OUT_SEED - TRAINING_SEED > 1_000_000
