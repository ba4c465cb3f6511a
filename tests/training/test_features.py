"""Features are what timm gives, for all layers in one pass, pooled as asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import timm
import torch
from timm.data.config import resolve_data_config
from timm.data.transforms_factory import create_transform
from torch.nn.functional import adaptive_max_pool2d

import vizlib
from tests.networks import SIDE, Linear, seeded, trained
from vizlib import Classifier, UnknownName, VizError
from vizlib.training import drawn, extracting, features, probe_layers
from vizlib.training.features import Values

DATA = drawn("digits", 2, tests=0, classes=["3", "7"])


def taken(model: Classifier, layer: str, pool: str = "average", grid: int | None = 1) -> Values:
    return vizlib.last(extracting(model, DATA, [layer], pool, grid)).values[layer]


def plain_timm(name: str, model: Classifier, **more: Any) -> tuple[Any, torch.Tensor]:
    """timm's own network with the same weights, and its own input for the pictures."""
    network: Any = timm.create_model(name, **more)
    network.load_state_dict(model.network.state_dict(), strict=not more)
    transform: Any = create_transform(**resolve_data_config({}, model=network))
    return network.eval(), torch.stack([transform(each) for each in DATA.pictures])


@pytest.mark.parametrize(("name", "layer"), [("test_resnet", "layer4"), ("test_efficientnet", "bn2")])
def test_the_last_features_are_those_of_timm(name: str, layer: str) -> None:
    model = vizlib.load_model(name, weights="random", device="cpu")
    network, batch = plain_timm(name, model)
    with torch.no_grad():
        trunk = network.forward_features(batch)
        head = network.forward_head(trunk, pre_logits=True)
    np.testing.assert_allclose(taken(model, layer), head, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(taken(model, layer, grid=None), trunk.flatten(1), rtol=1e-6, atol=1e-6)


def test_the_levels_are_those_of_features_only_and_one_pass_takes_them_all() -> None:
    model = vizlib.load_model("test_resnet", weights="random", device="cpu")
    network, batch = plain_timm("test_resnet", model, features_only=True)
    with torch.no_grad():
        levels = network(batch)
    passes: list[int] = []
    handle = model.module("conv1.0").register_forward_hook(lambda _, inputs, __: passes.append(len(inputs[0])))
    paths = network.feature_info.module_name()
    found = vizlib.last(extracting(model, DATA, list(reversed(paths)), "maximum", 2))
    handle.remove()
    assert passes.count(len(DATA)) == 1  # beside the one with a gray picture that lists the layers
    assert list(found.layers) == paths
    for path, level in zip(paths, levels, strict=True):
        expected = adaptive_max_pool2d(level, 2).flatten(1)
        np.testing.assert_allclose(found.values[path], expected, rtol=1e-6, atol=1e-6)


def test_each_frame_has_the_pictures_so_far_and_the_last_one_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vizlib.models.batches.at_most", lambda *_: 9)
    model = seeded(Linear, "cpu")
    frames = list(extracting(model, DATA, ["conv"]))
    assert [(each.step, each.total) for each in frames] == [(3, 4), (4, 4)]
    assert np.array_equal(frames[0].values["conv"], frames[1].values["conv"][:3])
    with torch.no_grad():
        logits = model(vizlib.to_pixels(list(DATA.pictures), model))
    np.testing.assert_allclose(frames[1].values["conv"], logits, atol=1e-6)


def test_another_size_of_the_pictures_is_one_of_the_network_s_input() -> None:
    model = vizlib.load_model("bundled/scenes", device="cpu")
    found = vizlib.last(extracting(model, DATA, ["layer1"], grid=None, size=(32, 64)))
    assert found.values["layer1"].shape == (4, 24 * 8 * 16)


def test_a_small_map_is_not_pooled_to_more_places_than_it_has() -> None:
    model = seeded(Linear, "cpu")  # its only map has one place
    assert taken(model, "conv", grid=4).shape == (4, 4)


def test_tokens_are_pooled_over_the_places_of_the_picture() -> None:
    model = vizlib.load_model("test_vit", weights="random", device="cpu")
    pixels = vizlib.to_pixels(list(DATA.pictures), model)
    expected = vizlib.activations(model, pixels, "norm")["norm"].mean((2, 3))
    np.testing.assert_allclose(taken(model, "norm"), expected, atol=1e-6)


def test_too_many_numbers_are_refused_before_any_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    model = vizlib.load_model("bundled/scenes", device="cpu")
    with pytest.raises(VizError, match=r"act1 has 262,144 numbers for each picture; at most 20,000") as caught:
        taken(model, "act1", grid=None)
    assert "4 x 4" in caught.value.remedy
    monkeypatch.setattr(features, "_MOST_BYTES", 2**10)
    with pytest.raises(VizError, match="of memory"):
        taken(model, "layer1", grid=4)


def test_wrong_wishes_get_a_sentence() -> None:
    model = seeded(Linear, "cpu")
    with pytest.raises(UnknownName, match="median"):
        taken(model, "conv", "median")
    with pytest.raises(UnknownName, match="convv"):
        taken(model, "convv")
    with pytest.raises(VizError, match="no pictures"):
        next(extracting(model, DATA.of([])))
    with pytest.raises(VizError, match="no layer"):
        next(extracting(model, DATA, []))


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("bundled/scenes", ["act1", "layer1", "layer2", "layer3", "layer4"]),
        ("bundled/digits", ["act1", "act2", "act3"]),
        (
            "bundled/scenes_vgg",
            ["features.2", "features.6", "features.13", "features.20", "features.21", "pre_logits.act2"],
        ),
        ("test_efficientnet", ["bn1", "blocks.0", "blocks.1", "blocks.2", "blocks.3", "blocks.4", "bn2"]),
    ],
)
def test_layers_are_chosen_from_the_input_to_the_classifier(name: str, layers: list[str]) -> None:
    model = vizlib.load_model(name, weights="default" if "/" in name else "random", device="cpu")
    assert [each.path for each in probe_layers(model)] == layers


def test_a_network_of_ones_own_has_its_activations_probed() -> None:
    model = vizlib.wrap(trained(), size=SIDE)
    assert [each.path for each in probe_layers(model)] == ["act", "layer2.2"]
