"""Weights are loaded layer by layer from below, up to the first one that does not fit, which is named."""

from __future__ import annotations

import pytest
import torch

import vizlib
from vizlib.models import Classifier
from vizlib.training import load_partly
from vizlib.training.loading import owners


@pytest.fixture(scope="module")
def pair() -> tuple[Classifier, Classifier]:
    """A network of residual blocks, and its architecture with random weights."""
    first, second = (vizlib.load_model("bundled/sheep_or_goat", each, device="cpu") for each in ("default", "random"))
    return first, second


def layers(model: Classifier) -> list[str]:
    return [each.path for each in vizlib.list_layers(model)]


def equal(one: Classifier, two: Classifier, names: list[str]) -> list[bool]:
    first, second = one.network.state_dict(), two.network.state_dict()
    return [torch.equal(first[name], second[name]) for name in names]


def test_where_everything_fits_it_is_load_state_dict(pair: tuple[Classifier, Classifier]) -> None:
    source, other = pair[0], pair[1].twin()
    loading = load_partly(other.network, source.network.state_dict(), layers(source))
    assert all(equal(source, other, [*source.network.state_dict()]))
    assert not loading.stopped
    assert loading.loaded[0] == "conv1"
    assert loading.loaded[-1] == "fc"


def test_up_to_a_stage_all_below_is_loaded_and_nothing_above(pair: tuple[Classifier, Classifier]) -> None:
    source, other = pair[0], pair[1].twin()
    loading = load_partly(other.network, source.network.state_dict(), layers(source), up_to="layer2")
    names = [name for name in source.network.state_dict() if name.endswith("weight")]
    below = [name for name in names if name.startswith(("conv1", "bn1", "layer1", "layer2"))]
    assert all(equal(source, other, below))
    assert not any(equal(source, other, [name for name in names if name not in below and "conv" in name]))
    assert str(loading).endswith("were loaded, up to layer2.1.bn2.")


def test_a_layer_that_is_left_out_stays_as_it_was(pair: tuple[Classifier, Classifier]) -> None:
    source, other = pair[0], pair[1].twin()
    load_partly(other.network, source.network.state_dict(), layers(source), without=["layer2.0"])
    gap = [name for name in source.network.state_dict() if name.startswith("layer2.0")]
    assert all(equal(other, pair[1], gap))
    assert all(equal(source, other, [name for name in source.network.state_dict() if name not in gap]))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("layer2.0.conv1.weight", None, "its weight is missing"),
        (
            "layer2.0.conv1.weight",
            torch.zeros(32, 8, 3, 3),
            "its weight is 32 x 8 x 3 x 3 there and 32 x 16 x 3 x 3 here",
        ),
        ("layer2.0.conv1.weight", torch.zeros(32, 16, 3, 3).half(), "its weight is float16 there and float32 here"),
    ],
)
def test_loading_stops_at_the_first_layer_that_does_not_fit_and_says_why(
    pair: tuple[Classifier, Classifier], name: str, value: torch.Tensor | None, why: str
) -> None:
    source, other = pair[0], pair[1].twin()
    state = {**source.network.state_dict(), name: value}
    loading = load_partly(other.network, {key: each for key, each in state.items() if each is not None}, layers(source))
    assert (loading.stopped, loading.why) == ("layer2.0.conv1", why)
    assert str(loading).endswith(f"The first one that does not fit is layer2.0.conv1: {why}.")
    assert loading.loaded[-1] == "layer1.1.bn2"
    assert all(equal(other, pair[1], ["layer2.0.conv1.weight", "layer2.0.conv2.weight", "fc.weight"]))


def test_weights_outside_of_all_layers_belong_to_the_layer_before_them() -> None:
    assert owners(["token", "stem.weight", "gate", "fc.weight"], ["stem", "fc"]) == {
        "token": 0,
        "stem.weight": 0,
        "gate": 0,
        "fc.weight": 1,
    }
