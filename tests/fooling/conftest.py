"""Networks whose best answers are known, and pictures. Every test must leave the networks unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.networks import SIDE, Linear, plain, seeded, unchanged
from vizlib import synthetic
from vizlib.models import Classifier, load_model

Image8 = NDArray[np.uint8]


class Small(nn.Module):
    """In-place activations, as modules and as calls, a batch normalization, and a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 5, plain(SIDE, 5)
        self.conv1, self.norm = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.fc = nn.Linear(8 * (SIDE // 2) ** 2, 5)
        self.fc.weight.data *= 40

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.conv1(x)))
        x = self.act(self.conv2(x).add_(x))
        return self.fc(self.conv3(x).relu_().flatten(1))


def make_linear(weight: Tensor, bias: Tensor | None = None, device: str = "cpu", **config: object) -> Classifier:
    """A network of weights (K, 3, 16, 16) and biases (K,)."""
    network = Linear(SIDE, len(weight), bias=True, **config)
    network.conv.weight.data = weight.float()
    network.conv.bias.data = torch.zeros(len(weight)) if bias is None else bias.float()
    return Classifier(network, "Linear", torch.device(device))


def random_weights(classes: int = 4, seed: int = 3) -> Tensor:
    return 0.1 * torch.randn(classes, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="session")
def by_hand(device: str) -> Callable[..., Classifier]:
    """`by_hand(weight, bias, crop_pct=...)`: a linear network; other settings are those of `plain`."""
    return lambda weight, bias=None, **config: make_linear(weight, bias, device, **config)


@pytest.fixture(scope="session")
def linear(device: str) -> Classifier:
    return make_linear(random_weights(), device=device)


@pytest.fixture(scope="session")
def cropping(device: str) -> Classifier:
    """A linear network that resizes every file to 18 px and keeps the middle 16."""
    return make_linear(random_weights(), device=device, crop_pct=0.875, interpolation="bicubic")


@pytest.fixture(scope="session")
def small(device: str) -> Classifier:
    return seeded(Small, device)


@pytest.fixture(scope="session")
def scenes(device: str) -> Classifier:
    return load_model("bundled/scenes", device=device)


@pytest.fixture(scope="session")
def digits(device: str) -> Classifier:
    return load_model("bundled/digits", device=device)


@pytest.fixture(scope="session")
def image() -> Image8:
    """A picture (16, 16, 3) that is far from black and white."""
    return np.random.default_rng(0).integers(60, 196, (SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture(scope="session")
def scene() -> Image8:
    """A drawn picture (128, 128, 3) of a cat."""
    return np.asarray(synthetic.draw_scene(seed=5, label=2).image)


@pytest.fixture(scope="session")
def digit() -> Image8:
    """A drawn 7, gray, as RGB (28, 28, 3)."""
    return np.repeat(synthetic.draw_digit(seed=5, label=7).image[..., None], 3, axis=2)


@pytest.fixture(autouse=True)
def nothing_left_behind(
    linear: Classifier, small: Classifier, scenes: Classifier, traces: Callable[[Classifier], list[str]]
) -> Iterator[None]:
    """Checks after every test that no network was changed."""
    with unchanged(traces, linear, small, scenes):
        yield
