"""The last maps are those that the peers' recipes name: after the activation, where one follows."""

from __future__ import annotations

from functools import cache

import pytest
from torch import Tensor, nn

from tests.networks import SIDE, plain, seeded
from vizlib.layers import activation_after, ends_in_activation, find_layer, last_maps
from vizlib.models import Classifier, load_model


@cache
def network(name: str) -> Classifier:
    slim = {"mlp_ratio": 0.1} if name == "vgg11" else {}
    return load_model(name, weights="random", device="cpu", **slim)


class Late(nn.Module):
    """Two convolutions, each with a norm and an activation, before the mean."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 3, plain(SIDE, 3)
        self.conv1, self.bn1, self.act1 = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()
        self.conv2, self.bn2, self.act2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU6()
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act1(self.bn1(self.conv1(x)))
        return self.fc(self.act2(self.bn2(self.conv2(x))).mean((2, 3)))


def test_of_a_convolution_a_norm_and_an_activation_the_activation_is_read() -> None:
    model = seeded(Late, "cpu")
    assert last_maps(model).path == "act2"
    assert [following(model, path) for path in ("conv1", "bn1", "act1", "conv2", "act2")] == [
        "act1", "act1", "", "act2", "",
    ]  # fmt: skip
    assert [ends_in_activation(model, find_layer(model, path)) for path in ("conv2", "bn2", "act2")] == [0, 0, 1]


def following(model: Classifier, path: str) -> str:
    found = activation_after(model, find_layer(model, path))
    return found.path if found else ""


@pytest.mark.parametrize(
    ("name", "path", "after"),
    [
        ("mobilenetv2_100", "bn2", True),  # a norm with its activation inside
        pytest.param("resnet18", "layer4.1", True, marks=pytest.mark.slow),
        pytest.param("vgg11", "features.19", True, marks=pytest.mark.slow),
        pytest.param("mobilenetv1_100", "blocks.4.1", True, marks=pytest.mark.slow),
        pytest.param("mobilenetv3_small_100", "blocks.5", True, marks=pytest.mark.slow),
        pytest.param("densenet121", "features.norm5", True, marks=pytest.mark.slow),
        pytest.param("resnetv2_50", "norm", True, marks=pytest.mark.slow),
        pytest.param("efficientnet_b0", "bn2", True, marks=pytest.mark.slow),
        pytest.param("convnext_atto", "stages.3.blocks.1", False, marks=pytest.mark.slow),
        pytest.param("vit_tiny_patch16_224", "blocks.11.norm1", False, marks=pytest.mark.slow),
        pytest.param("swin_tiny_patch4_window7_224", "layers.3.blocks.1", False, marks=pytest.mark.slow),
    ],
)
def test_the_last_maps_are_those_of_the_peers_recipe(name: str, path: str, after: bool) -> None:
    model = network(name)
    assert last_maps(model).path == path
    assert ends_in_activation(model, last_maps(model)) == after
    assert activation_after(model, last_maps(model)) is None


def test_the_part_of_a_head_before_the_logits_has_no_last_maps() -> None:
    assert (
        last_maps(load_model("bundled/scenes_vgg", device="cpu")).path == "features.20"
    )  # pre_logits has 2 x 2 places


def test_a_layer_inside_a_block_is_followed_by_the_activation_of_the_block() -> None:
    model = network("mobilenetv2_100")
    assert [following(model, path) for path in ("conv_head", "blocks.6.0.conv_pw", "blocks.6.0.bn3")] == [
        "bn2", "blocks.6.0.bn1", "",
    ]  # fmt: skip
