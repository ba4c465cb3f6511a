"""A size is said to be the reason of an error only where it is: everything else keeps its own error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE, Linear, plain, seeded
from vizlib.errors import NotShowable, TooBig
from vizlib.layers import pyramid
from vizlib.models import Classifier

CPU = torch.device("cpu")
OWN, OTHER = (torch.full((1, 3, side, side), 0.5) for side in (SIDE, SIDE + 2))


class Picky(nn.Module):
    """Takes one size only, and says so with an error of the given kind."""

    def __init__(self, kind: type[Exception]) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 2, plain(SIDE, 2)
        self.conv, self.kind = nn.Conv2d(3, 2, SIDE), kind

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2] != SIDE:
            raise self.kind("sizes differ")
        return self.conv(x).flatten(1)


class Broken(nn.Module):
    """Fails at the calls for which `fails(number)` holds; takes every size."""

    def __init__(self, fails: Callable[[int], bool], text: str = "a bug") -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 2, plain(SIDE, 2)
        self.conv, self.fails, self.text, self.calls = nn.Conv2d(3, 2, 3), fails, text, 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        if self.fails(self.calls):
            raise RuntimeError(self.text)
        return self.conv(x).mean((2, 3))


ASK: dict[str, Callable[[Classifier, Tensor], object]] = {
    "call": lambda model, pixels: model(pixels),
    "saliency": lambda model, pixels: vizlib.saliency(model, pixels, target=0),
    "activations": lambda model, pixels: vizlib.activations(model, pixels, ["conv"]),
    "layers": lambda model, pixels: vizlib.list_layers(model, tuple(pixels.shape[2:])),
}


@pytest.mark.parametrize("entry", [name for name in ASK if name != "activations"])
@pytest.mark.parametrize("kind", [RuntimeError, AssertionError, ValueError, AttributeError, IndexError])
def test_a_size_that_a_network_does_not_take_is_said(kind: type[Exception], entry: str) -> None:
    model = Classifier(Picky(kind), "picky", CPU)
    with pytest.raises(NotShowable, match=r"picky takes no pictures of 18 x 18 px\. Give it 16 x 16 px\."):
        ASK[entry](model, OTHER)
    assert model(OWN).shape == (1, 2)


@pytest.mark.parametrize("entry", ASK)
@pytest.mark.parametrize("pixels", [OWN, OTHER], ids=["own", "other"])
def test_a_network_that_always_fails_keeps_its_error(entry: str, pixels: Tensor) -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        ASK[entry](Classifier(Broken(lambda call: True), "broken", CPU), pixels)


@pytest.mark.parametrize("entry", ["call", "saliency"])
def test_a_failure_that_does_not_come_back_is_no_matter_of_size(entry: str) -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        ASK[entry](Classifier(Broken(lambda call: call == 1), "broken", CPU), OTHER)


def test_memory_is_named_before_the_size() -> None:
    model = Classifier(Broken(lambda call: True, "out of memory"), "broken", CPU)
    with pytest.raises(TooBig, match="broken with 1 picture of 18 x 18 px needs more memory"):
        model(OTHER)


def test_an_error_after_the_pass_is_no_matter_of_size(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a bug in the backward pass")

    picture = np.random.default_rng(0).integers(0, 256, (40, 21, 3), dtype=np.uint8)
    model = seeded(Linear, "cpu")
    monkeypatch.setattr(torch.autograd, "grad", fails)
    with pytest.raises(RuntimeError, match="a bug in the backward pass"):
        vizlib.fool(model, picture, 1 - int(model.top(model.prepare(picture))[0].index > 0), resolution="file")
    with pytest.raises(RuntimeError, match="a bug in the backward pass"):
        vizlib.saliency(Classifier(Broken(lambda call: False), "sound", CPU), OTHER, target=0)


def test_a_missing_pyramid_is_not_called_a_matter_of_size() -> None:
    with pytest.raises(NotShowable, match="Linear has no feature pyramid"):
        pyramid(seeded(Linear, "cpu"), OTHER)
