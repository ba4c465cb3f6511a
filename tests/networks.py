"""Small networks whose answers are known, shared by the tests of several rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from vizlib.models import Classifier

SIDE = 16  # px, the smallest picture that can be optimized


def plain(side: int, classes: int, **more: object) -> dict[str, object]:
    """A configuration under which the network sees the pixels, and a file of its size, as they are."""
    shown = {"mean": (0.0,) * 3, "std": (1.0,) * 3, "crop_pct": 1.0, "interpolation": "bilinear"}
    return {"input_size": (3, side, side), "num_classes": classes, **shown, **more}


class Linear(nn.Module):
    """logits = W . pixels, or W . pixels + b, so that every answer is known; `asked` lists the sizes of its batches."""

    def __init__(self, side: int = SIDE, classes: int = 4, bias: bool = False, **config: object) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = classes, plain(side, classes, **config)
        self.conv = nn.Conv2d(3, classes, side, bias=bias)
        self.asked: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.asked.append(len(x))
        return self.conv(x).flatten(1)


class InPlace(nn.Module):
    """In-place activations, as modules and as calls, a module that is used twice, and a skip."""

    def __init__(self, **config: object) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 5, plain(SIDE, 5, **config)
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


class Own(nn.Module):
    """What a person has in memory: no configuration, but norms, dropout and in-place activations, in training mode."""

    def __init__(self, channels: int = 3, classes: int = 4) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.act = nn.ReLU(inplace=True)
        self.layer2 = nn.Sequential(nn.Conv2d(6, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(8, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer2(self.act(self.bn1(self.conv1(x))))
        return self.fc(self.drop(x.mean((2, 3))))


def trained(make: Callable[[], nn.Module] = Own) -> nn.Module:
    """The network in training mode, its norms after a few batches of noise, with the weights of seed 3."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = make()
        with torch.no_grad():
            for _ in range(3):
                network(torch.rand(8, next(network.parameters()).shape[1], SIDE, SIDE))
    return network


def seeded(make: Callable[[], nn.Module], device: str) -> Classifier:
    """The network with the weights of seed 3, as a classifier of its class's name."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = make()
    return Classifier(network, type(network).__name__, torch.device(device))


@contextmanager
def unchanged(traces: Callable[[Classifier], list[str]], *models: Classifier) -> Iterator[None]:
    """Checks after the block that no hook, no gradient and no lock is left on the networks."""
    yield
    for model in models:
        assert not traces(model)
        assert not model.lock._is_owned()  # type: ignore[attr-defined]
