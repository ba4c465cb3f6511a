"""Accuracy under attack, on linear networks of which the epsilon that each picture needs is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.networks import SIDE
from vizlib import VizError
from vizlib.evaluation import Rate
from vizlib.fooling import UnderAttack, accuracy_under_attack
from vizlib.models import Classifier

EPSILONS = [0, 1, 2, 3, 5, 8]


@dataclass
class Some:
    """Pictures with classes."""

    classes: tuple[str, ...]
    pictures: list[Image.Image]
    labels: np.ndarray


SIGN = np.where(np.random.default_rng(1).permutation(3 * SIDE * SIDE) % 2, 1, -1).reshape(3, SIDE, SIDE)


@pytest.fixture(scope="module")
def two(by_hand: Callable[..., Classifier]) -> Classifier:
    """Two classes whose difference has weights of one size, half of them positive and half negative."""
    sign = torch.as_tensor(SIGN)
    return by_hand(torch.stack([0.5 * sign, -0.5 * sign]))


@pytest.fixture(scope="module")
def data(two: Classifier) -> Some:
    """24 gray pictures with noise, up to 9 levels beyond the border on either side; three have the wrong label."""
    draws = np.random.default_rng(2)
    far = np.linspace(-9, 9, 24)[:, None, None, None] * SIGN.transpose(1, 2, 0)
    drawn = np.rint(128 + far + draws.normal(0, 8, (24, SIDE, SIDE, 3))).astype(np.uint8)
    pictures = [Image.fromarray(each) for each in drawn]
    labels = two(two.prepare(pictures)).argmax(1).cpu().numpy()
    labels[[0, 12, 23]] = 1 - labels[[0, 12, 23]]
    return Some(tuple(two.class_names), pictures, labels)


def needed(model: Classifier, data: Some) -> np.ndarray:
    """The epsilon in levels that takes each picture to the border; 0 for those that are wrong from the beginning."""
    logits = model(model.prepare(data.pictures))
    lead = (logits[:, 0] - logits[:, 1]).abs().cpu().numpy() * 255 / (3 * SIDE * SIDE)
    right = logits.argmax(1).cpu().numpy() == data.labels
    return np.where(right, lead, 0.0)


def measured(model: Classifier, data: Some, *words: Any, **more: Any) -> UnderAttack:
    *_, last = accuracy_under_attack(model, data, *words, **more)
    return last


@pytest.mark.parametrize("method", ["fgsm", "ifgsm", "pgd"])
def test_on_a_linear_network_the_curve_counts_the_pictures_that_need_more(
    two: Classifier, data: Some, method: str
) -> None:
    least = needed(two, data)
    last = measured(two, data, EPSILONS, [method], steps=5)
    wanted = [int((least > epsilon).sum()) for epsilon in EPSILONS]
    assert last.right.tolist() == [wanted]
    assert len(set(wanted)) > 3  # it is a curve
    assert last.rates(method) == tuple(Rate(each, 24) for each in wanted)
    assert last.rates(method)[0].kept == 21


def test_random_signs_of_the_same_size_are_the_control(two: Classifier, data: Some) -> None:
    pixels, labels = two.prepare(data.pictures), torch.as_tensor(data.labels).to(two.device)
    drawn = [np.random.default_rng([3, each]).integers(0, 2, (3, SIDE, SIDE)) for each in range(24)]
    signs = torch.as_tensor(np.stack(drawn) * 2 - 1).to(pixels)
    last = measured(two, data, [8, 60], ["noise", "fgsm"], seed=3)
    noise, attacked = ([each.kept for each in last.rates(method)] for method in ("noise", "fgsm"))
    assert noise == [int((two(pixels + each / 255 * signs).argmax(1) == labels).sum()) for each in (8, 60)]
    assert noise[1] < noise[0]  # a difference that their size makes
    assert noise[0] > attacked[0] + 10


def test_early_frames_count_whole_pictures_and_every_frame_knows_how_far_it_is(two: Classifier, data: Some) -> None:
    frames = list(accuracy_under_attack(two, data, [0, 2], ["fgsm", "pgd"], steps=3))
    assert sorted({each.count for each in frames}) == [0, 8, 16, 24]
    steps = [each.step for each in frames]
    assert steps == sorted(steps)
    assert (steps[-1], frames[-1].total) == (24 * 5, 24 * 5)  # 1 gradient of FGSM and 4 of PGD for each picture
    assert all(each.step < each.total for each in frames[:-1])
    half = next(each for each in frames if each.count == 16)
    assert int(half.right[0, 0]) <= 16


def test_wrong_questions_are_sentences(two: Classifier, data: Some) -> None:
    for words, said in (
        (([0.5], ["fgsm"]), "An epsilon is 0.5."),
        (([300], ["fgsm"]), "An epsilon is 300."),
        (([], ["fgsm"]), "There is nothing to measure."),
        (([1], ["lattice"]), "There is no attack with an epsilon called 'lattice'"),
    ):
        with pytest.raises(VizError, match=said):
            measured(two, data, *words)
    with pytest.raises(VizError, match="The number of steps is 0"):
        measured(two, data, [1], ["pgd"], steps=0)
    with pytest.raises(VizError, match="has no class 'unicorn'"):
        measured(two, Some(("unicorn",), data.pictures[:1], np.array([0])))
    with pytest.raises(VizError, match="The set has no pictures"):
        measured(two, Some(data.classes, [], np.array([], int)))
