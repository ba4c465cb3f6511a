"""Class pictures of networks with independent labels or with one output."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from tests.networks import SIDE, Linear, seeded
from vizlib import maximize
from vizlib.activation_maximization import class_verdict
from vizlib.render import to_image

MANY = {"problem_type": "multi_label_classification", "label_names": ["cat", "dog", "grass", "sky"]}


def pixels() -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_the_verdict_reads_each_network_in_its_own_way_and_finds_the_class_by_any_name(device: str) -> None:
    labels = seeded(partial(Linear, **MANY), device)
    other = seeded(partial(Linear, label_names=["wolf", "Dog, domestic dog", "a", "b"]), str(labels.device))
    first, *_, last = class_verdict(labels, pixels(), 1, [other])
    assert first.probability == pytest.approx(float(labels(pixels())[0, 1].sigmoid()), abs=1e-6)
    assert last.what == "on Linear"
    assert last.probability == pytest.approx(float(other.predict(other.prepare(to_image(pixels())[0]))[0, 1]), abs=1e-6)


def test_the_picture_of_not_a_class_lowers_the_output(device: str) -> None:
    single = seeded(partial(Linear, classes=1, label_names=["tumor"]), device)
    *_, last = maximize(single, "not tumor", steps=8)
    out = single.network(single.normalize(last.pixels))[0, 0]
    assert float(last.scores[0]) == pytest.approx(-float(out), abs=1e-4)
    *_, opposite = maximize(single, "tumor", steps=8)
    assert float(single.network(single.normalize(opposite.pixels))[0, 0]) > float(out)
