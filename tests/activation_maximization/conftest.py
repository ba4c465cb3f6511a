"""Networks whose answers are known, shared by the tests of this room, and the promise that none is left changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from vizlib.models import Classifier, load_model

SIDE = 16  # px, the smallest picture that can be optimized


def plain(side: int, classes: int) -> dict[str, object]:
    """A configuration under which the network sees the pixels as they are."""
    return {"input_size": (3, side, side), "num_classes": classes, "mean": (0.0,) * 3, "std": (1.0,) * 3}


class Linear(nn.Module):
    """logits = W . pixels, so that every answer is known."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 4, plain(SIDE, 4)
        self.conv = nn.Conv2d(3, 4, SIDE, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).flatten(1)


class Small(nn.Module):
    """In-place activations, as modules and as calls, a module that is used twice, and a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 5, plain(SIDE, 5)
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv1(x))
        x = self.act(self.conv2(x).add_(x))
        x = self.conv3(x).relu_()
        return self.fc(x.mean((2, 3)))


def seeded(make: Callable[[], nn.Module], device: str) -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return Classifier(make(), make.__name__, torch.device(device))


@pytest.fixture(scope="session")
def linear(device: str) -> Classifier:
    return seeded(Linear, device)


@pytest.fixture(scope="session")
def small(device: str) -> Classifier:
    return seeded(Small, device)


@pytest.fixture(scope="session")
def scenes(device: str) -> Classifier:
    return load_model("bundled/scenes", device=device)


@pytest.fixture(autouse=True)
def nothing_left_behind(
    linear: Classifier, small: Classifier, scenes: Classifier, traces: Callable[[Classifier], list[str]]
) -> Iterator[None]:
    """After every test, whatever it did: no hook, no gradient, no lock."""
    yield
    for model in (linear, small, scenes):
        assert not traces(model)
        assert not model.lock._is_owned()  # type: ignore[attr-defined]
