"""A folded network gives the same answers, and layers that cannot be folded stay unchanged."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vizlib import load_model
from vizlib.models import Classifier
from vizlib.models.folding import folded

NETWORKS = ["resnet18", "mobilenetv2_100", "densenet121", "resnetv2_50", "efficientnet_b0", "repvgg_a0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_folded_network_gives_the_same_logits_up_to_rounding(name: str) -> None:
    model = load_model(name, "random")
    awake(model)
    fast, _ = folded(model)
    pixels = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    assert fast is not model
    torch.testing.assert_close(fast(pixels), model(pixels), rtol=1e-3, atol=1e-4)


def test_every_layer_but_the_folded_convolutions_gives_the_same() -> None:
    model = load_model("bundled/scenes")
    fast, changed = folded(model)
    pixels = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    for path in ("bn1", "layer1.0", "layer2", "layer3.1.bn1"):
        with model.tap(path) as true, fast.tap(path) as found:
            true.run(pixels)
            found.run(pixels)
        torch.testing.assert_close(found[path], true[path], rtol=1e-3, atol=1e-4)
    assert "layer3.1.conv1" in changed
    assert "layer3.1" not in changed


def test_all_twenty_norms_of_a_resnet18_are_folded() -> None:
    assert len(folded(load_model("resnet18", "random"))[1]) == 20


def test_a_network_without_batch_norms_is_itself() -> None:
    model = load_model("bundled/digits")
    assert folded(model) == (model, frozenset())


class TwoReaders(nn.Module):
    """The norm is not the only one that reads the convolution: folding would change the sum."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)
        self.num_classes = 2
        nn.init.constant_(self.norm.weight, 3.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        return self.fc((self.norm(y) + y).mean((2, 3)))


def test_a_network_that_folding_would_change_stays_as_it_is() -> None:
    torch.manual_seed(0)
    model = Classifier(TwoReaders(), "two readers", torch.device("cpu"))
    assert folded(model) == (model, frozenset())


def test_the_network_itself_keeps_its_weights_and_its_norms() -> None:
    model = load_model("bundled/scenes")
    before = model.fingerprint
    folded(model)
    assert model.fingerprint == before
    assert not any(each._forward_hooks for each in model.network.modules())


def test_changed_weights_are_folded_again() -> None:
    model = load_model("bundled/scenes").twin()
    first, _ = folded(model)
    assert folded(model)[0] is first
    model.network.fc.bias.data += 1
    assert folded(model)[0] is not first


def awake(model: Classifier) -> None:
    """Norms with statistics of their own, as after training."""
    chance = torch.Generator().manual_seed(0)
    for each in model.network.modules():
        if isinstance(each, nn.BatchNorm2d):
            each.running_mean.normal_(0, 0.1, generator=chance)
            each.running_var.uniform_(0.5, 2, generator=chance)
