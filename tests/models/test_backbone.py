"""Networks without a classifier open and are looked into; a question about a class is answered with a sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import vizlib
from vizlib import fool, load_model
from vizlib.activation_maximization import class_logit
from vizlib.errors import NotShowable
from vizlib.evaluation import plane, surviving
from vizlib.fooling import perturb
from vizlib.layers import pooled_features
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.saliency import MENU
from vizlib.units import DrawnScenes, fed_classes, search


@pytest.fixture(scope="module")
def backbone() -> Classifier:
    return load_model("test_resnet", weights="random", device="cpu", num_classes=0)


def test_a_backbone_opens_and_gives_its_features(backbone: Classifier) -> None:
    assert (backbone.class_names, backbone.has_classes) == ([], False)
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(backbone(pixels), backbone.network(backbone.normalize(pixels)))
    assert backbone(pixels).shape == (2, 96)


def test_a_backbone_says_what_a_question_about_classes_needs(backbone: Classifier) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = fool(load_model("test_resnet", weights="random", device="cpu"), picture, 1, steps=10)
    questions: list[Callable[[], object]] = [
        lambda: backbone.predict(pixels),
        lambda: backbone.top(pixels),
        lambda: backbone.class_index(0),
        lambda: backbone.class_index("cat"),
        lambda: vizlib.saliency(backbone, pixels),
        lambda: vizlib.saliency(backbone, pixels, "grad_cam", 3),
        lambda: vizlib.maximize(backbone, class_logit(3), steps=1),
        lambda: vizlib.maximize(backbone, "cat", steps=1),
        lambda: fool(backbone, picture, 1),
        lambda: fool(backbone, picture, None),
        lambda: perturb(backbone, pixels, None),
        lambda: vizlib.walk(backbone, found, [0, 1]),
        lambda: vizlib.sweep(backbone, picture, values=[64]),
        lambda: next(surviving(backbone, picture)),
        lambda: next(plane(backbone, pixels, torch.ones_like(pixels))),
        lambda: fed_classes(backbone, Unit("layer1", 0), pixels),
    ]
    for question in questions:
        with pytest.raises(
            NotShowable, match=r"has no classes\. Choose a unit of one of its layers, or a network with"
        ):
            question()


def test_a_unit_of_a_backbone_is_shown_as_the_remedy_says(backbone: Classifier) -> None:
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    unit = Unit("layer4", 0)
    for method in MENU:
        other = Unit("layer4", 1) if method.against else None  # a unit has no runner-up
        assert vizlib.saliency(backbone, pixels, method.key, unit, against=other).isfinite().all()
    *_, frame = vizlib.maximize(backbone, unit, steps=2, size=64)
    assert frame.pixels.shape == (1, 3, 64, 64)
    assert vizlib.activations(backbone, pixels, ["layer2"])["layer2"].any()
    assert pooled_features(backbone, pixels).shape == (1, 96)
    *_, survey = search(backbone, "layer2", DrawnScenes(2))
    assert survey.step == 2
