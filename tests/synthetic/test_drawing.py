"""The drawn data set: a seed is a picture, and everything about the picture is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vizlib.errors import UnknownName
from vizlib.synthetic import (
    BACKGROUNDS,
    HELD_OUT_SEED,
    INSECT_CLASSES,
    NOTHING,
    SCENE_CLASSES,
    TRAINING_SEED,
    draw,
    draw_scene,
    parts_of,
    scene,
)

SEEDS = range(HELD_OUT_SEED, HELD_OUT_SEED + 60)


def reduced(pixels: NDArray[Any], times: int) -> NDArray[np.float64]:
    """Each square of pixels averaged to one."""
    size = len(pixels) // times
    return np.asarray(pixels.astype(float).reshape(size, times, size, times, -1).mean((1, 3)).squeeze())


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


@pytest.mark.parametrize(("label", "background"), [(99, None), (-1, None), (None, 99)])
def test_a_class_or_background_that_does_not_exist_is_refused(label: int | None, background: int | None) -> None:
    with pytest.raises(UnknownName):
        draw_scene(1, label, background)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_large_drawing_made_small_is_the_small_drawing(background: str) -> None:
    for seed in SEEDS[:3]:
        record = scene(seed, background=background).but(noise=0.0)
        large, small = draw(record, 256), draw(record, 64)
        assert np.abs(reduced(large.image, 4) - small.image).mean() < 3.5, "of 255 levels"
        assert np.abs(reduced(large.mask, 4) - small.mask).mean() < 0.03, "half a pixel along the outline"


@pytest.mark.parametrize("size", [32, 50, 100, 255])
def test_any_size_shows_the_same_scene_under_noise_of_the_same_strength(size: int) -> None:
    record = scene(6, "ring").but(noise=3.0, center=(0.5, 0.5))
    drawing, usual = draw(record, size), draw(record)
    assert drawing.image.shape == (size, size, 3)
    assert drawing.mask.mean() == pytest.approx(usual.mask.mean(), abs=0.012)
    assert drawing.image.mean((0, 1)) == pytest.approx(usual.image.mean((0, 1)), abs=1.5)
    noise = drawing.image.astype(float) - draw(record.but(noise=0.0), size).image
    assert noise.std() == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize("center", [(0.5, 0.03), (0.5, 0.97), (0.03, 0.5), (0.97, 0.5)])
def test_the_shadow_of_an_object_at_the_edge_does_not_fall_on_the_other_side(center: tuple[float, float]) -> None:
    record = scene(6, "ball", "snow").but(center=center, reach=0.25, throw=0.07, light=1.1)
    here, gone = draw(record), draw(record.but(kind=NOTHING))
    far = np.hypot(*(np.mgrid[:128, :128] / 128 - np.array(center)[::-1, None, None])) > 0.5
    assert not (here.image != gone.image)[far].any()
    assert (here.image != gone.image)[~here.mask].any(), "but beside the object it falls"


def test_the_shadow_of_what_stands_beyond_the_edge_falls_into_the_picture() -> None:
    record = scene(6, "ball", "snow").but(center=(0.5, -0.24), reach=0.25, throw=0.07, light=0.0)
    here, gone = draw(record), draw(record.but(kind=NOTHING))
    assert not here.mask.any()
    assert here.image[:4, 54:74].mean() < gone.image[:4, 54:74].mean() - 20, "gray levels, under the ball"


@pytest.mark.parametrize("kind", SCENE_CLASSES + INSECT_CLASSES)
def test_the_parts_of_an_object_do_not_overlap_and_are_together_the_mask(kind: str) -> None:
    drawing = draw(scene(4, kind, of="insects" if kind in INSECT_CLASSES else "scenes").but(center=(0.5, 0.5)))
    assert tuple(drawing.parts) == parts_of(kind)
    assert np.array_equal(np.sum(list(drawing.parts.values()), 0), drawing.mask), "each pixel once"
    assert all(part.any() for part in drawing.parts.values())


def test_training_and_held_out_seeds_never_meet() -> None:
    assert HELD_OUT_SEED - TRAINING_SEED > 1_000_000
