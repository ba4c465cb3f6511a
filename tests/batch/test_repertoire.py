"""Pictures drawn from a picture, and matched class pictures: what their controls are, and which pictures they need."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from vizlib import VizError, activations, drawn, load_model
from vizlib.activation_maximization.repertoire import matched_layers
from vizlib.batch.saved import repertoire
from vizlib.layers import values_of
from vizlib.models import Classifier

ASKED: dict[str, Any] = {"what": "caricature", "layer": "act2", "seed": 3, "steps": 2}


@pytest.fixture(scope="module")
def digits() -> Classifier:
    return load_model("bundled/digits", device="cpu")


def rough() -> torch.Tensor:
    return torch.rand(1, 3, 28, 28, generator=torch.Generator().manual_seed(0))


def test_a_control_with_random_weights_asks_another_network_and_the_drawing_this_one(digits: Classifier) -> None:
    other = repertoire.beside(digits, ASKED | {"control": "random weights"})
    assert repertoire.beside(digits, ASKED) is digits
    assert other.fingerprint != digits.fingerprint
    assert other.input_size == digits.input_size


def test_a_random_direction_is_that_of_the_seed_and_not_the_pictures(digits: Classifier) -> None:
    asked = ASKED | {"control": "random direction"}
    goal = repertoire.goal_of(digits, asked, rough())
    assert goal == repertoire.goal_of(digits, asked, 1 - rough())
    vector = torch.randn(32, generator=torch.Generator().manual_seed(3))
    wanted = (activations(digits, rough(), "act2")["act2"].mean((2, 3)) * vector).sum(1)
    torch.testing.assert_close(values_of(digits, goal, rough()), wanted, rtol=1e-4, atol=1e-5)
    assert repertoire.goal_of(digits, ASKED, rough()).terms[0].kind == "caricature"


@pytest.mark.parametrize(("what", "near"), [("accentuation", True), ("caricature", False)])
def test_an_accentuation_begins_with_the_picture_and_a_caricature_with_noise(
    digits: Classifier, what: str, near: bool
) -> None:
    recipe = ASKED | {"what": what, "settings": {"parameterization": "pixels"}}
    first = next(repertoire.start(digits, recipe, rough()))
    assert (float((first.pixels - rough()).abs().max()) < 0.01) is near


def test_the_pictures_of_a_class_are_found_by_its_name_and_their_lack_is_told() -> None:
    data = drawn("digits", 4, tests=0)
    found = repertoire.pictures_of(data, "7", most=3)
    assert [data.classes[label] for label in found.labels] == ["7", "7", "7"]
    with pytest.raises(VizError, match="no pictures of sheep"):
        repertoire.pictures_of(data, "sheep")


def test_the_layers_that_are_matched_are_the_stages_or_a_few_others(digits: Classifier) -> None:
    assert matched_layers(load_model("bundled/scenes", device="cpu")) == ["layer1", "layer2", "layer3", "layer4"]
    assert matched_layers(digits) == ["conv1", "conv2", "conv3"]
