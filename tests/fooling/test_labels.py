"""Fooling networks whose classes are read by a sigmoid: one output, and independent labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.networks import SIDE, Linear
from vizlib import fool, fooling_methods, open_picture, walk
from vizlib.fooling import perturb
from vizlib.fooling.scoring import Criterion
from vizlib.models import Classifier

METHODS = ("lattice", "classic", "pgd", "ddn", "fmn")


def random_weights(classes: int) -> Tensor:
    return 0.1 * torch.randn(classes, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))


def answer(model: Classifier, png: bytes) -> Tensor:
    """The network's own output for the file, (K,), before anything is read into it."""
    pixels = model.prepare(open_picture(png))
    return model.network(model.normalize(pixels))[0].double()  # type: ignore[no-any-return]


@pytest.fixture
def single(by_hand: Callable[..., Classifier], image: np.ndarray) -> Classifier:
    """A linear network with one output, which is -1 for the picture: 27 % tumor."""
    weight = random_weights(1)
    model = by_hand(weight, label_names=["tumor"])
    bias = torch.nn.Parameter(-1 - model(model.prepare(image))[0, :1], requires_grad=False)
    model.network.conv.bias = bias  # type: ignore[union-attr, assignment]
    return model


@pytest.fixture
def labels(device: str, image: np.ndarray) -> Classifier:
    """A linear network with three independent labels, whose logits for the picture are 2, 1 and -4."""
    network = Linear(SIDE, 3, bias=True)
    network.conv.weight.data = random_weights(3)
    model = Classifier(network, "Labels", torch.device(device), labels="independent")
    network.conv.bias.data += torch.tensor([2.0, 1.0, -4.0]).to(device) - model(model.prepare(image))[0]
    return model


@pytest.mark.parametrize("method", METHODS)
def test_one_output_reaches_the_goal_by_its_own_sigmoid(single: Classifier, image: np.ndarray, method: str) -> None:
    more: dict[str, Any] = {"whole_levels": False} if method == "ddn" else {}
    result = fool(single, image, "tumor", method, goal=0.9, **more)
    assert result.source == 1
    share = float(answer(single, result.png)[0].sigmoid())
    assert float(result.probabilities_after[0]) == pytest.approx(share, abs=1e-6)
    assert result.success == (share >= 0.9)
    if method in ("lattice", "classic"):
        assert result.success
        assert share < 0.97, "not far beyond the goal"


def test_one_output_can_be_fooled_into_the_absence_of_its_class(single: Classifier, image: np.ndarray) -> None:
    tumor = fool(single, image, "tumor", goal=0.9).image
    result = fool(single, tumor, "not tumor", goal=0.99)
    assert result.success
    assert float(answer(single, result.png)[0].sigmoid()) <= 0.01


def test_away_from_one_output_is_to_the_other_side_of_zero(single: Classifier, image: np.ndarray) -> None:
    result = fool(single, image, None)
    assert result.success
    assert float(answer(single, result.png)[0]) > 0
    assert result.label == 0


def test_what_is_reached_already_needs_no_change(single: Classifier, image: np.ndarray) -> None:
    result = fool(single, image, "not tumor", goal=0.7)  # it has 73 %
    assert result.success
    assert result.note.startswith("The original is the target already")
    assert not result.change.any()


def test_a_network_that_answers_zero_to_everything_is_not_fooled(
    by_hand: Callable[..., Classifier], image: np.ndarray
) -> None:
    for target in (0, 1, None):
        result = fool(by_hand(torch.zeros(1, 3, SIDE, SIDE)), image, target, steps=12)
        assert not result.success, "both have exactly 50 %"
        assert result.note.startswith("Not found")


@pytest.mark.parametrize("method", ["lattice", "ddn", "fmn"])
def test_a_label_has_to_reach_the_goal_and_the_highest_score(
    labels: Classifier, image: np.ndarray, method: str
) -> None:
    result = fool(labels, image, 1, method, goal=0.5)
    before, after = result.probabilities_before, answer(labels, result.png)
    assert torch.allclose(before.double(), torch.tensor([2.0, 1.0, -4.0]).double().sigmoid(), atol=1e-5)
    assert float(before[1]) >= 0.5, "the goal alone was reached before"
    assert result.success == (int(after.argmax()) == 1)
    assert method != "lattice" or (result.success and result.change.any())


def test_two_labels_may_stay_certain_together(labels: Classifier, image: np.ndarray) -> None:
    result = fool(labels, image, 1, goal=0.9)
    assert result.success
    assert result.label == 1
    after = result.probabilities_after
    assert float(after[1]) >= 0.9
    assert float(after.sum()) > 1.2, "the other label keeps its own probability"


def test_away_from_a_label_is_below_half(labels: Classifier, image: np.ndarray) -> None:
    result = fool(labels, image, None)
    assert result.success
    assert float(answer(labels, result.png)[0]) < 0
    other = labels.twin()
    other.network.conv.bias.data -= 3.0  # type: ignore[union-attr, operator]
    none = fool(other, image, None)
    assert none.success
    assert none.note == "The original's label has less than 50 % already: nothing had to be changed."


@pytest.mark.parametrize("method", fooling_methods())
def test_every_attack_works_on_labels(labels: Classifier, image: np.ndarray, method: str) -> None:
    settings = {"robust": {"steps": 10, "views": 2}, "fgsm": {}}.get(method, {"steps": 12})
    result = fool(labels, image, 2, method, goal=0.5, **settings)
    assert result.success == (int(answer(labels, result.png).argmax()) == 2 and result.probabilities_after[2] >= 0.5)


def test_walks_show_each_labels_own_probability(labels: Classifier, image: np.ndarray) -> None:
    result = fool(labels, image, 1, goal=0.9)
    images, shares = walk(labels, result, [0.0, 1.0])
    assert len(images) == 2
    assert torch.allclose(shares[0], result.probabilities_before.cpu(), atol=1e-6)
    assert torch.allclose(shares[1], result.probabilities_after.cpu(), atol=1e-6)


def test_a_batch_takes_names(single: Classifier, image: np.ndarray) -> None:
    pixels = single.prepare(image)
    assert torch.equal(perturb(single, pixels, ["tumor"]), perturb(single, pixels, [0]))


def test_exclusive_classes_are_measured_as_before_to_the_bit(linear: Classifier) -> None:
    logits = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)).to(linear.device) * 5
    source, target = (torch.tensor(each, device=linear.device) for each in ([0, 3], [1, 2]))
    for aimed in (target, None):
        criterion = Criterion(linear, linear, lambda values: values, source, aimed)
        at = (source if aimed is None else aimed).view(-1, 1, 1).expand(2, 3, 1)
        own, rest = logits.gather(2, at)[..., 0], logits.scatter(2, at, float("-inf"))
        chance = own - torch.logaddexp(own, rest.logsumexp(-1))
        assert torch.equal(criterion.likelihood(logits), (chance if aimed is not None else -chance).mean(1))
        assert torch.equal(criterion.margin(logits, 0.5), own - rest.logsumexp(-1) - 0.0 - 0.002)
