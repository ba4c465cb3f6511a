"""Evaluating networks with independent labels: each label has a probability of its own."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from tests.networks import SIDE, Linear, seeded
from vizlib.evaluation import plane, surviving, sweep
from vizlib.models import Classifier
from vizlib.render import to_image

MANY = {"problem_type": "multi_label_classification", "label_names": ["cat", "dog", "grass", "sky"]}


@pytest.fixture(scope="module")
def labels(device: str) -> Classifier:
    return seeded(partial(Linear, **MANY), device)


def pixels(seed: int = 0) -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def test_a_sweep_and_a_map_show_each_labels_own_probability(labels: Classifier) -> None:
    image = to_image(pixels())[0]
    (same,) = sweep(labels, image, "brightness", [1.0])[0]
    logits = labels(labels.prepare(image)).cpu()
    assert torch.allclose(same, logits.sigmoid()[0], atol=1e-5)
    *_, last = plane(labels, pixels(), pixels(1) - pixels(), side=7)
    middle = int(last.across.abs().argmin()), int(last.along.abs().argmin())
    shown = labels(pixels())[0].cpu()
    assert int(last.classes[middle]) == int(shown.argmax())
    assert float(last.probability[middle]) == pytest.approx(float(shown.max().sigmoid()), abs=1e-5)
    assert float(last.shares.max()) < 1


def test_survival_takes_names(labels: Classifier) -> None:
    image = to_image(pixels())[0]
    *_, last = surviving(labels, [image, image], ["Dog", 2], 4)
    assert last.labels == (1, 2)
