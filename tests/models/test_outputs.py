"""What logits mean: a softmax over exclusive classes, a sigmoid for independent labels and for a single output."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.networks import SIDE, Linear
from vizlib.errors import UnknownName
from vizlib.models import Classifier, folded

MANY = {"problem_type": "multi_label_classification"}


def made(classes: int, labels: str = "auto", **config: Any) -> Classifier:
    """A linear network of seed 3."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = Linear(SIDE, classes, **config)
    return Classifier(network, "Linear", torch.device("cpu"), labels=labels)


def pixels(count: int = 3) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def test_one_output_is_the_class_and_its_absence_each_by_a_sigmoid() -> None:
    model = made(1, label_names=["tumor"])
    own = model.network(pixels())[:, 0].double()
    assert model.class_names == ["tumor", "not tumor"]
    assert torch.equal(model(pixels()), torch.stack([own, -own], 1).float())
    assert torch.allclose(model.predict(pixels())[:, 0].double(), own.sigmoid(), atol=1e-7)
    assert torch.allclose(model.predict(pixels()).sum(1), torch.ones(3), atol=1e-7)
    best = model.top(pixels(1))[0]
    assert best.label == ("tumor" if own[0] > 0 else "not tumor")
    assert best.probability == pytest.approx(1 / (1 + math.exp(-abs(float(own[0])))), abs=1e-7)


def test_of_two_names_for_one_output_the_second_is_the_positive_one() -> None:
    model = made(1, label_names=["healthy", "sick"])
    own = model.network(pixels())[:, 0]
    assert model.class_names == ["healthy", "sick"]
    assert torch.equal(model(pixels()), torch.stack([-own, own], 1))
    assert torch.equal(model.predict(pixels())[:, 1], own.sigmoid())


def test_one_output_without_a_name_or_with_several_has_a_readable_counterpart() -> None:
    assert made(1).class_names == ["class 0", "not class 0"]
    assert made(1, label_names=["tumor, neoplasm"]).class_names == ["tumor, neoplasm", "not tumor"]


def test_independent_labels_can_all_be_probable() -> None:
    model = made(3, **MANY)
    model.network.conv.weight.data.zero_()  # type: ignore[union-attr, operator]
    bias = torch.nn.Parameter(torch.tensor([math.log(9.0), math.log(9.0), -2.0]), requires_grad=False)
    model.network.conv.bias = bias  # type: ignore[union-attr, assignment]
    assert torch.allclose(model.predict(pixels(1))[0, :2], torch.tensor([0.9, 0.9]), atol=1e-6)
    first, second, third = model.top(pixels(1))
    assert (first.index, second.index, third.index) == (0, 1, 2)
    assert first.independent
    assert first.probability == pytest.approx(0.9, abs=1e-6) == second.probability


@pytest.mark.parametrize(
    ("labels", "config", "independent"),
    [
        ("auto", {}, False),
        ("auto", MANY, True),
        ("auto", {"problem_type": "single_label_classification"}, False),
        ("exclusive", MANY, False),
        ("independent", {}, True),
    ],
)
def test_the_configuration_decides_unless_labels_are_given(labels: str, config: Any, independent: bool) -> None:
    model = made(4, labels, **config)
    logits = model(pixels())
    assert torch.equal(model.predict(pixels()), logits.sigmoid() if independent else logits.softmax(1))
    assert model.labels == ("independent" if independent else "exclusive")


def test_another_reading_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="Did you mean independent"):
        made(4, "independant")


def test_copies_keep_the_reading_and_the_fingerprint_tells_it() -> None:
    plain, read = made(4), made(4, "independent")
    assert read.fingerprint != plain.fingerprint
    assert read.twin().fingerprint == read.fingerprint
    assert read.twin().outputs == folded(read)[0].outputs == read.outputs
    assert made(4, "exclusive", **MANY).twin().labels == "exclusive", "although its configuration says otherwise"
