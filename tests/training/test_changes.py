"""What a training changed: known changes of weights, units, features and answers, measured on networks made for it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE, Own, trained
from vizlib.errors import NotShowable, VizError
from vizlib.models import Classifier
from vizlib.steps import last
from vizlib.training import PictureSet, answering, cka, unit_changes, weight_changes, with_old_head
from vizlib.training.similarity import centered, hsic

PIXELS = torch.rand(24, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(5))
NAMES = ["ant", "bee", "fly", "wasp"]


def wrapped(network: nn.Module, **more: object) -> Classifier:
    return vizlib.wrap(network, class_names=NAMES, size=SIDE, **more)  # type: ignore[arg-type]


def pair(classes: int = 4) -> tuple[nn.Module, nn.Module]:
    """The same network twice; the second one may have a head of its own."""
    one, other = trained(), trained()
    if classes != 4:
        other.fc = nn.Linear(8, classes)
    return one, other


# Weights


def test_the_change_of_each_layer_is_its_share_of_the_weights_before() -> None:
    one, other = pair()
    with torch.no_grad():
        for each in other.get_submodule("layer2.0").parameters():
            each.mul_(1.5)
        other.get_submodule("bn1").get_buffer("running_mean").add_(2 * one.get_submodule("bn1").running_var.sqrt())
    found = weight_changes(wrapped(one), wrapped(other))
    assert found.layers == ("conv1", "bn1", "layer2.0", "layer2.1", "fc")
    assert found.changes == pytest.approx([0, 0, 0.5, 0, 0], abs=1e-6)
    assert found.norms == ("bn1", "layer2.1")
    assert found.shifts == pytest.approx([2, 0], rel=1e-3)  # in standard deviations, whatever the weights do


def test_a_head_with_other_classes_has_no_change_and_other_bodies_are_refused() -> None:
    one, other = pair(classes=3)
    three = vizlib.wrap(other, class_names=NAMES[:3], size=SIDE)
    changes = dict(zip(weight_changes(wrapped(one), three).layers, weight_changes(wrapped(one), three).changes))
    assert np.isnan(changes["fc"])
    renamed = vizlib.wrap(trained(), class_names=["p", "q", "r", "s"], size=SIDE)
    assert np.isnan(weight_changes(wrapped(one), renamed).changes[-1])  # as many classes, but others
    assert changes["conv1"] == 0
    other.get_submodule("layer2")[0] = nn.Conv2d(6, 8, 5, padding=2, bias=False)  # type: ignore[index]
    with pytest.raises(NotShowable, match=r"layer2\.0\.weight has 8 x 6 x 3 x 3 numbers in the first and has 8 x 6"):
        weight_changes(wrapped(one), vizlib.wrap(other, class_names=NAMES[:3], size=SIDE))


# Units


def test_a_unit_that_is_scaled_keeps_its_pattern_and_one_that_is_turned_around_has_the_opposite() -> None:
    one, other = pair()
    with torch.no_grad():
        weight, bias = other.get_submodule("conv1").weight, other.get_submodule("conv1").bias
        for row, factor in ((1, 3.0), (2, -1.0), (3, 0.0)):
            weight[row] *= factor
            bias[row] *= factor
    runs = list(unit_changes(wrapped(one), wrapped(other), "conv1", PIXELS))
    assert [(each.step, each.total) for each in runs] == [(16, 24), (24, 24)]
    found = runs[-1]
    assert found.changes == pytest.approx([0, 0, 2, 1, 0, 0], abs=1e-6)
    assert found.gains[:4] == pytest.approx([1, 3, 1, 0], abs=1e-6)
    assert found.kernel == "conv1"
    assert found.kernels[:4] == pytest.approx([0, 2, 2, 1], abs=1e-6)
    assert found.order[:2] == [2, 3]


def test_the_change_of_a_unit_is_that_of_all_values_at_once() -> None:
    one, other = pair()
    with torch.no_grad():
        other.get_submodule("layer2.0").weight.add_(0.1 * torch.randn(8, 6, 3, 3, generator=torch.Generator()))
    first, second = wrapped(one), wrapped(other)
    maps = [
        vizlib.activations(each, PIXELS, "layer2.0")["layer2.0"].transpose(0, 1).flatten(1) for each in (first, second)
    ]
    expected = [1 - np.corrcoef(was, now)[0, 1] for was, now in zip(*(each.double().numpy() for each in maps))]
    assert last(unit_changes(first, second, "layer2.0", PIXELS)).kernel == "layer2.0"
    assert last(unit_changes(first, second, "layer2.1", PIXELS)).kernels.size == 0  # a norm has no kernel
    assert last(unit_changes(first, second, "layer2.0", PIXELS)).changes == pytest.approx(expected, abs=1e-9)


# Features


def by_definition(one: Tensor, other: Tensor) -> float:
    """HSIC_1 as Nguyen, Raghu and Kornblith write it (their equation 3)."""
    count, ones = len(one), torch.ones(len(one), dtype=torch.float64)
    k, m = (each - torch.diag(each.diag()) for each in (one, other))
    middle = (ones @ k @ ones) * (ones @ m @ ones) / ((count - 1) * (count - 2))
    return float((torch.trace(k @ m) + middle - 2 / (count - 2) * (ones @ k @ m @ ones)) / (count * (count - 3)))


def by_counting(one: Tensor, other: Tensor) -> float:
    """The same as a mean over all ordered fours of different pictures."""
    fours = list(itertools.permutations(range(len(one)), 4))
    terms = [one[i, j] * (other[i, j] + other[q, r] - 2 * other[i, q]) for i, j, q, r in fours]
    return float(sum(terms)) / len(fours)


def test_hsic_is_the_definition() -> None:
    chance = torch.Generator().manual_seed(0)
    one, other = (torch.randn(6, 3, generator=chance, dtype=torch.float64) + 2 for _ in range(2))
    kernels = one @ one.T, other @ other.T
    found = float(hsic(*(centered(each) for each in kernels)))
    assert found == pytest.approx(by_definition(*kernels), abs=1e-12)
    assert found == pytest.approx(by_counting(*kernels), abs=1e-12)


class Features(nn.Module):
    """Features (N, F) that are a matrix times the pixels."""

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, len(matrix), SIDE, bias=False)
        self.conv.weight = nn.Parameter(matrix.reshape(self.conv.weight.shape))
        self.fc = nn.Linear(len(matrix), 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).flatten(1))


def matrix(seed: int, rows: int = 20) -> Tensor:
    return torch.randn(rows, 3 * SIDE * SIDE, generator=torch.Generator().manual_seed(seed)) / SIDE


def alike(one: Tensor, other: Tensor, batch: int = 16, pixels: Tensor = PIXELS) -> float:
    found = last(cka(wrapped(Features(one)), wrapped(Features(other)), pixels, ["conv"], batch))
    assert found.layers == ("conv",)
    return float(found.values[0])


def test_cka_is_the_ratio_of_the_definition_over_batches() -> None:
    one, other = matrix(1), matrix(1) + 0.7 * matrix(2)
    flat = [(PIXELS.flatten(1) @ each.T).double() for each in (one, other)]
    sums = np.zeros(3)
    for rows in (slice(0, 12), slice(12, 24)):
        k, m = (each[rows] @ each[rows].T for each in flat)
        sums += [by_definition(k, m), by_definition(k, k), by_definition(m, m)]
    assert alike(one, other, batch=12) == pytest.approx(sums[0] / np.sqrt(sums[1] * sums[2]), abs=1e-5)


def test_cka_of_equal_and_of_turned_features_is_one() -> None:
    turned, _ = torch.linalg.qr(torch.randn(20, 20, generator=torch.Generator().manual_seed(3)))
    assert alike(matrix(1), matrix(1)) == pytest.approx(1, abs=1e-6)
    assert alike(matrix(1), 4 * turned @ matrix(1)) == pytest.approx(1, abs=1e-5)


def test_cka_of_independent_features_is_about_zero() -> None:
    """Two features each, of noise: the biased estimate would be about 2 / 16 at this size of the batches."""
    noise = torch.rand(400, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(9))
    found = last(cka(wrapped(Features(matrix(1, 2))), wrapped(Features(matrix(2, 2))), noise, ["conv"]))
    assert abs(found.values[0]) < 4 * found.errors[0] < 0.2


def test_cka_needs_four_pictures_and_says_nothing_of_a_layer_that_is_silent() -> None:
    with pytest.raises(VizError, match="at least 4 pictures at once, and there are 3"):
        last(cka(wrapped(Own()), wrapped(Own()), PIXELS[:3]))
    assert np.isnan(alike(matrix(1), torch.zeros(20, 3 * SIDE * SIDE)))


# Answers


def pictures(count: int, classes: tuple[str, ...]) -> PictureSet:
    images = tuple(Image.fromarray((each * 255).byte().permute(1, 2, 0).numpy()) for each in PIXELS[:count])
    labels = np.arange(count) % len(classes)
    return PictureSet("noise", classes, images, labels, ("",) * count, np.arange(count))


def constant(answer: int, names: list[str]) -> Classifier:
    network = Own(classes=len(names))
    with torch.no_grad():
        network.fc.weight.zero_()
        network.fc.bias.copy_(torch.eye(len(names))[answer])
    return vizlib.wrap(network, class_names=names, size=SIDE)


def test_only_classes_that_the_network_knows_are_asked_and_counted() -> None:
    found = last(answering(constant(1, NAMES), pictures(18, ("bee", "moth", "Ant"))))
    assert found.classes == ("bee", "Ant")
    assert (found.step, found.total) == (12, 12)
    assert found.confusion.tolist() == [[6, 0, 0], [6, 0, 0]]
    assert found.right.tolist() == [1, 0]
    assert found.accuracy == 0.5
    assert last(answering(constant(3, NAMES), pictures(4, ("bee", "ant")))).confusion[:, 2].tolist() == [2, 2]
    with pytest.raises(NotShowable, match="knows none of the classes of noise"):
        last(answering(constant(1, NAMES), pictures(4, ("moth", "crab"))))


def test_the_old_head_on_the_new_body_answers_with_the_old_classes() -> None:
    one, other = pair(classes=2)
    with torch.no_grad():
        other.get_submodule("conv1").weight.mul_(0.5)
    before, after = wrapped(one), vizlib.wrap(other, class_names=["x", "y"], size=SIDE)
    joined = with_old_head(before, after)
    assert joined.class_names == NAMES
    expected = trained()
    with torch.no_grad():
        expected.get_submodule("conv1").weight.mul_(0.5)
    assert torch.equal(joined(PIXELS), wrapped(expected)(PIXELS))
    assert torch.equal(before(PIXELS), wrapped(one)(PIXELS))
