"""Controls are exactly as large as the change that fools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vizlib.errors import VizError
from vizlib.evaluation import flipped_control, noise_control
from vizlib.models import Classifier

Image8 = np.ndarray[Any, np.dtype[np.uint8]]


def pair(low: int, high: int, reach: int, seed: int = 1) -> tuple[Image8, Image8]:
    """An original of levels low ... high, and one changed by up to `reach` in rows 3 to 10, columns 2 to 14."""
    generator = np.random.default_rng(seed)
    original = generator.integers(low, high + 1, (20, 18, 3))
    change = np.zeros_like(original)
    change[3:11, 2:15] = generator.integers(-reach, reach + 1, (8, 13, 3))
    change[3, 2], change[10, 14] = 1 - 2 * (original[3, 2] > 128), 1 - 2 * (original[10, 14] > 128)
    return original.astype(np.uint8), (original + change).clip(0, 255).astype(np.uint8)


def change(before: Image8, after: Image8) -> np.ndarray[Any, Any]:
    return after.astype(int) - before


@pytest.mark.parametrize("levels", [(100, 150), (0, 255), (0, 0), (255, 255), (0, 3)])
@pytest.mark.parametrize("reach", [1, 4, 60, 255])
def test_noise_has_the_same_sizes_at_other_places(levels: tuple[int, int], reach: int) -> None:
    original, fooled = pair(*levels, reach)
    wanted, found = change(original, fooled), change(original, noise_control(original, fooled, seed=2))
    assert np.array_equal(np.sort(np.abs(wanted), axis=None), np.sort(np.abs(found), axis=None))  # so all norms, too
    assert not np.array_equal(wanted, found)
    outside = found.copy()
    outside[3:11, 2:15] = 0
    assert not outside.any()


def test_noise_goes_either_way_where_there_is_room() -> None:
    original, fooled = pair(100, 150, 4)
    fooled = np.maximum(original, fooled)  # a change upwards only
    found = change(original, noise_control(original, fooled))
    assert 0.35 < (found > 0).sum() / (found != 0).sum() < 0.65


@pytest.mark.parametrize("seed", range(8))
def test_the_largest_change_always_finds_a_place(seed: int) -> None:
    original = np.array([[[80, 60, 0]]], np.uint8)
    fooled = np.array([[[210, 250, 255]]], np.uint8)  # by 255, for which there is one place only; by 190 and 130
    found = change(original, noise_control(original, fooled, seed))
    assert found[0, 0, 2] == 255
    assert sorted(np.abs(found[0, 0, :2])) == [130, 190]


def test_a_seed_is_a_noise() -> None:
    original, fooled = pair(0, 255, 9)
    first = noise_control(original, fooled, seed=3)
    assert np.array_equal(first, noise_control(original, fooled, seed=3))
    assert not np.array_equal(first, noise_control(original, fooled, seed=4))
    assert first.dtype == np.uint8


def test_the_pictures_given_stay_as_they_are() -> None:
    original, fooled = pair(0, 255, 9)
    copies = original.copy(), fooled.copy()
    noise_control(original, fooled)
    flipped_control(original, fooled)
    assert np.array_equal(original, copies[0])
    assert np.array_equal(fooled, copies[1])


def test_no_change_is_controlled_by_none() -> None:
    original, _ = pair(0, 255, 9)
    assert np.array_equal(noise_control(original, original), original)
    assert np.array_equal(flipped_control(original, original), original)


def test_flipped_is_the_same_change_the_other_way() -> None:
    original, fooled = pair(100, 150, 20)
    assert np.array_equal(change(original, flipped_control(original, fooled)), -change(original, fooled))
    dark = np.full((2, 2, 3), 10, np.uint8)
    assert flipped_control(dark, dark + 30).max() == 0  # clipped, not wrapped around


@pytest.mark.parametrize("make", [noise_control, flipped_control])
def test_what_cannot_be_compared_gets_a_sentence(make: Any) -> None:
    original, fooled = pair(0, 255, 9)
    for wrong in (fooled[:-1], fooled[None].repeat(2, 0), fooled * 1.0, "nowhere.png"):
        with pytest.raises(VizError) as problem:
            make(original, wrong)
        assert problem.value.remedy


def test_an_equally_large_change_elsewhere_does_not_fool_the_network(scenes: Classifier, twin: Any) -> None:
    for control in (noise_control(twin.original, twin.fooled), flipped_control(twin.original, twin.fooled)):
        assert int(scenes(scenes.prepare(control)).argmax()) == twin.label
