"""Every family of networks gives a picture, and each family is recognized by its layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import ConvNeXt, SwinTransformer, VisionTransformer, squeezenet1_1
from torchvision.models.convnext import CNBlockConfig

from vizlib import list_layers, load_model, maximize, wrap
from vizlib.activation_maximization import FAMILIES, PRESETS, channel, class_logit, family, preset
from vizlib.models import Classifier
from vizlib.records import Layer

NETWORKS = {  # each with its family and the side of its pictures in px
    "resnet18": ("residual", 64),
    "densenet121": ("residual", 64),
    "regnetx_002": ("residual", 64),
    "repvgg_a0": ("residual", 64),
    "inception_v3": ("residual", 80),
    "torchvision/squeezenet1_1": ("chain", 64),
    "torchvision/googlenet": ("residual", 64),
    "torchvision/shufflenet_v2_x0_5": ("mobile", 64),
    "vgg11": ("chain", 64),
    "bundled/scenes_vgg": ("chain", 64),
    "bundled/digits": ("chain", 28),
    "mobilenetv2_100": ("mobile", 64),
    "mobilenetv3_small_100": ("mobile", 64),
    "efficientnet_b0": ("mobile", 64),
    "convnext_atto": ("convnext", 64),
    "vit_tiny_patch16_224": ("transformer", 64),
    "swin_tiny_patch4_window7_224": ("transformer", 64),
}
ARGUMENTS = {
    "vit": {"img_size": 64},
    "swin": {"img_size": 64},
    "vgg11": {"mlp_ratio": 0.05},
}  # otherwise vgg has 133 million weights
CONFIGS = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)]
TORCHVISION: dict[str, Callable[[], nn.Module]] = {  # small ones of torchvision's own parts, by their family
    "chain": lambda: squeezenet1_1(num_classes=4),
    "convnext": lambda: ConvNeXt(CONFIGS, num_classes=4),
    "transformer": lambda: VisionTransformer(64, 16, 2, 2, 16, 16, num_classes=4),
    "transformer with windows": lambda: SwinTransformer([4, 4], 16, [2], [2], [4, 4], num_classes=4),
}
every_network = pytest.mark.parametrize("name", list(NETWORKS))


@cache
def network(name: str) -> Classifier:
    more: dict[str, Any] = ARGUMENTS.get(name.split("_")[0], {})
    return load_model(name, weights="default" if name.startswith("bundled/") else "random", device="cpu", **more)


def middle(model: Classifier, side: int) -> Layer:
    layers = [each for each in list_layers(model, (side, side)) if each.spatial and each.shape[0] > 3]
    return layers[len(layers) // 2]


@pytest.mark.slow
@every_network
def test_a_class_and_a_channel_become_pictures(name: str) -> None:
    model, (_, side) = network(name), NETWORKS[name]
    layer = middle(model, side)
    goals = [class_logit(3), channel(layer.path, 2), -channel(layer.path, 3)]
    frames = list(maximize(model, goals, steps=3, size=side))
    assert [frame.step for frame in frames] == [1, 2, 3]
    for frame in frames:
        assert frame.pixels.shape == (3, 3, side, side)
        assert frame.pixels.isfinite().all()
        assert frame.pixels.min() >= 0
        assert frame.pixels.max() <= 1
        assert frame.scores.isfinite().all()
    assert frames[-1].pixels.flatten(1).std(1).min() > 0
    torch.testing.assert_close(frames[-1].scores[:1], model(frames[-1].pixels)[:1, 3], rtol=1e-2, atol=1e-3)


@pytest.mark.slow
@every_network
def test_its_family_is_told_by_its_parts(name: str) -> None:
    model = network(name)
    assert family(model) == NETWORKS[name][0]
    model = model if name.startswith("bundled") else Classifier(model.network, "renamed", model.device)
    assert family(model) == NETWORKS[name][0]


@pytest.mark.parametrize("wanted", TORCHVISION)
def test_networks_of_torchvision_are_told_by_their_parts(wanted: str) -> None:
    module = TORCHVISION[wanted]().eval()
    middle = [0.5] * 3
    model = wrap(module, class_names=list("abcd"), mean=middle, std=middle, size=(64, 64), device="cpu")
    assert family(model) == wanted.split()[0]


def test_a_mobile_network_with_plain_relus_is_told_by_its_depthwise_convolutions() -> None:
    model = load_model("ghostnet_100", weights="random", device="cpu")
    assert {type(each).__name__ for each in model.network.modules()} & {"ReLU6", "SiLU", "Hardswish"} == set()
    assert family(model) == "mobile"


def test_every_family_has_a_preset_for_classes_and_one_for_units() -> None:
    assert set(FAMILIES) == set(PRESETS) == {each for each, _ in NETWORKS.values()}
    for each in PRESETS.values():
        assert set(each) == {"class", "unit"}


def test_a_preset_is_a_copy_that_one_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"chain": {"class": {"tv": 1.0}, "unit": {"tv": 2.0}}}
    monkeypatch.setattr("vizlib.activation_maximization.presets.PRESETS", own)
    for inside, tv in ((False, 1.0), (True, 2.0)):
        found = preset(network("bundled/digits"), inside)
        assert found == {"tv": tv, "precision": "float32"}
        found["tv"] = -1
        assert preset(network("bundled/digits"), inside)["tv"] == tv


def test_what_is_not_given_comes_from_the_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network("bundled/digits")

    def final(**more: object) -> torch.Tensor:
        *_, frame = maximize(model, more.pop("goal"), steps=3, **more)  # type: ignore[arg-type]
        return frame.pixels

    own = {"class": {"decay": 0.3}, "unit": {"blur": 1.0, "blur_every": 1}}
    monkeypatch.setattr("vizlib.activation_maximization.presets.PRESETS", {"chain": own})
    for goal, what in ((class_logit(3), "class"), (channel("act2", 1), "unit")):
        assert torch.equal(final(goal=goal), final(goal=goal, **own[what]))
        assert not torch.equal(final(goal=goal), final(goal=goal, decay=0.0, blur=0.0))


def test_gray_networks_make_pictures_that_they_read_as_gray() -> None:
    model = network("bundled/digits")
    *_, frame = maximize(model, class_logit(8), steps=48)
    assert frame.pixels.shape == (1, 3, 28, 28)
    assert int(model(frame.pixels).argmax()) == 8
