"""Counts of what survives, and votes over the same views."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pytest
import torch

from vizlib.errors import UnknownName, VizError
from vizlib.evaluation import Rate, averaging, mild_settings, noise_control, surviving, views
from vizlib.models import Classifier


def drawn(count: int) -> list[np.ndarray[Any, Any]]:
    return list(np.random.default_rng(2).integers(0, 256, (count, 16, 16, 3), dtype=np.uint8))


# Rates


@pytest.mark.parametrize(
    ("kept", "count", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (1, 20, 0.0089, 0.2361),
    ],
)
def test_the_interval_is_wilsons(kept: int, count: int, low: float, high: float) -> None:
    assert Rate(kept, count).share == kept / count
    assert Rate(kept, count).interval == pytest.approx((low, high), abs=1e-4)


def test_certain_ends_are_exact_and_nothing_counted_is_nothing_known() -> None:
    assert Rate(50, 50).interval[1] == 1.0
    assert Rate(0, 50).interval[0] == 0.0
    assert isnan(Rate(0, 0).share)
    assert Rate(0, 0).interval == (0.0, 1.0)


# Views


def test_the_views_stay_within_what_the_docstring_names(scenes: Classifier) -> None:
    settings = mild_settings(scenes, 400)
    limits = {
        "jpeg": (70, 100),
        "resize": (115, 141),
        "rotation": (-7, 7),
        "blur": (0, 0.512),
        "brightness": (0.85, 1.15),
        "noise": (0, 5),
    }
    for name, (low, high) in limits.items():
        values = [getattr(each, name) for each in settings]
        assert low <= min(values) < low + 0.05 * (high - low)
        assert high >= max(values) > high - 0.05 * (high - low)
    moves = np.array([each.crop + each.shift for each in settings])
    assert (moves.min(0).tolist(), moves.max(0).tolist()) == ([-4] * 4, [4] * 4)
    assert len({each.seed for each in settings}) == 400
    assert all(each.interpolation is None for each in settings)


def test_a_seed_is_a_sequence_of_views_and_more_views_begin_with_the_same(linear: Classifier) -> None:
    image = drawn(1)[0]
    few, many = list(views(image, linear, 3, seed=5)), list(views(image, linear, 5, seed=5))
    assert [each.shape for each in few] == [(1, 3, 16, 16)] * 3
    assert all(torch.equal(a, b) for a, b in zip(few, many))
    assert not torch.equal(many[0], many[1])
    assert not torch.equal(few[0], next(views(image, linear, 3, seed=6)))


# Survival


def test_a_rate_counts_the_views_that_keep_the_class(linear: Classifier) -> None:
    images = drawn(3)
    (*_, last) = surviving(linear, images, [0, 1, 2], count=12, seed=4)
    assert (last.step, last.total, last.labels) == (36, 36, (0, 1, 2))
    for image, label, rate, counted in zip(images, last.labels, last.rates, last.answers):
        answers = torch.cat([linear(each) for each in views(image, linear, 12, seed=4)]).argmax(1)
        assert rate == Rate(int((answers == label).sum()), 12)
        assert dict(counted) == {each: int((answers == each).sum()) for each in answers.tolist()}
        assert [views for _, views in counted] == sorted((views for _, views in counted), reverse=True)


def test_frames_count_up_to_the_answer(linear: Classifier) -> None:
    frames = list(surviving(linear, drawn(3), 1, count=20))
    assert len(frames) > 1
    for frame in frames:
        assert sum(rate.count for rate in frame.rates) == frame.step
        assert max(rate.count for rate in frame.rates) - min(rate.count for rate in frame.rates) <= 1
    assert [rate.count for rate in frames[-1].rates] == [20] * 3


def test_every_image_gets_the_same_views(linear: Classifier) -> None:
    image = drawn(1)[0]
    (*_, last) = surviving(linear, [image] * 3, 2, count=15)
    assert len(set(last.rates)) == 1


def test_without_labels_each_keeps_what_it_is_unshaken(linear: Classifier) -> None:
    images = drawn(3)
    (*_, last) = surviving(linear, images, count=1)
    assert list(last.labels) == [int(linear(linear.prepare(each)).argmax()) for each in images]


@pytest.mark.slow
def test_the_original_and_the_control_survive_and_the_twin_does_not(scenes: Classifier, twin: Any) -> None:
    images = [twin.original, twin.fooled, noise_control(twin.original, twin.fooled)]
    (*_, last) = surviving(scenes, images, [twin.label, twin.target, twin.label], count=20)
    original, fooled, control = (rate.share for rate in last.rates)
    assert min(original, control) >= 0.9
    assert fooled <= 0.1


@pytest.mark.parametrize(
    ("labels", "count", "seed"), [([0], 5, 0), ([0, 9], 5, 0), (-1, 5, 0), (0, 0, 0), (0, 2.5, 0), (0, 5, -1)]
)
def test_classes_counts_and_seeds_that_cannot_be_get_a_sentence(
    linear: Classifier, labels: Any, count: Any, seed: Any
) -> None:
    with pytest.raises(VizError) as problem:
        next(surviving(linear, drawn(2), labels, count, seed))
    assert problem.value.remedy


def test_a_class_that_is_not_there_is_named(linear: Classifier) -> None:
    with pytest.raises(UnknownName, match="no class 4"):
        next(surviving(linear, drawn(1), 4))


# Votes


def test_row_i_is_the_mean_of_the_answers_to_the_first_views(linear: Classifier) -> None:
    image = drawn(1)[0]
    frames = list(averaging(linear, image, count=20, seed=4))
    answers = torch.cat([linear.predict(each).cpu() for each in views(image, linear, 20, seed=4)])
    expected = torch.stack([answers[: count + 1].mean(0) for count in range(20)])
    assert [frame.probabilities.shape[0] for frame in frames] == [frame.step for frame in frames]
    assert (frames[-1].step, frames[-1].total) == (20, 20)
    for frame in frames:
        assert torch.allclose(frame.probabilities, expected[: frame.step], atol=1e-5)
        assert torch.allclose(frame.unshaken, linear.predict(linear.prepare(image))[0].cpu(), atol=1e-6)


def test_the_views_outvote_the_twin(scenes: Classifier, twin: Any) -> None:
    (*_, last) = averaging(scenes, twin.fooled, count=16)
    assert int(last.unshaken.argmax()) == twin.target
    assert int(last.probabilities[-1].argmax()) == twin.label
