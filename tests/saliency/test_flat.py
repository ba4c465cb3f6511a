"""A map that is zero everywhere comes with a sentence about what was measured, and the sentence is true."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.networks import SIDE, InPlace, plain, seeded
from tests.saliency.asking import compared
from vizlib.layers import activations
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.saliency import MENU, Estimate, explain, saliency_methods

every_method = pytest.mark.parametrize("method", saliency_methods())
DEPENDS = "but the score does depend on the picture: it is"
AT_ALL = "the score does not depend on the picture at all, because its weights in"


class Off(nn.Module):
    """One logit for each channel: relu(mean + bias), so that a bias of -0.9 is on only for bright pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 2, plain(SIDE, 2)
        self.conv = nn.Conv2d(3, 2, 1)
        with torch.no_grad():
            self.conv.weight.fill_(1 / 3)
            self.conv.bias.copy_(torch.tensor([-0.45, -2.0]))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).mean((2, 3)).relu()


def last(model: Classifier, pixels: Tensor, method: str, target: object) -> Estimate:
    second = compared(method) if isinstance(target, Unit) else {}
    return explain(model, pixels, method, target, knobs=_few(method), **second)  # type: ignore[arg-type]


def _few(method: str) -> dict[str, int]:
    return {name: 2 for name in vars(MENU[method].knobs()) if name in ("samples", "steps")}


def zeroed() -> Classifier:
    """A classifier head that starts at zero, as in Hiera and gMLP."""
    model = seeded(InPlace, "cpu")
    model.network.fc.weight.zero_()
    model.network.get_classifier = lambda: model.network.fc
    return model


def noise(count: int = 1) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


@every_method
def test_a_head_that_starts_at_zero_is_named_as_the_reason(method: str) -> None:
    model = zeroed()
    found = last(model, noise(), method, 1)
    assert not found.values.any()
    bias = float(model.network.fc.bias[1])
    assert f"{AT_ALL} fc are zero (it is {bias:.4g} for this picture, for plain gray and for noise)" in found.note


def test_a_unit_whose_own_weights_are_zero_is_named_too() -> None:
    model = seeded(InPlace, "cpu")
    model.network.conv3.weight[2] = 0.0
    assert f"{AT_ALL} conv3 are zero" in last(model, noise(), "gradient", Unit("conv3", 2)).note
    assert "zero everywhere" not in last(model, noise(), "gradient", Unit("conv3", 1)).note


def test_a_score_that_is_the_same_everywhere_for_no_known_reason_only_seems_independent() -> None:
    note = last(Classifier(Off(), "off", torch.device("cpu")), noise(), "gradient", 1).note
    assert "the score seems not to depend on the picture at all (it is 0 for this picture, for plain gray" in note


def test_a_rectifier_that_is_off_for_this_picture_is_told_apart_by_other_pictures() -> None:
    model = Classifier(Off(), "off", torch.device("cpu"))
    dark = 0.1 * noise()
    note = last(model, dark, "gradient", 0).note
    assert f"{DEPENDS} 0 for this picture, 0.05 for plain gray and 0." in note
    assert note.endswith("its gradient is zero at this picture, as behind a ReLU that is off")
    assert "zero everywhere" not in last(model, noise(), "gradient", 0).note


def test_of_several_pictures_the_empty_ones_are_counted() -> None:
    model = Classifier(Off(), "off", torch.device("cpu"))
    found = last(model, torch.cat([noise(), 0.1 * noise(), 0.1 * noise()]), "gradient", 0)
    assert found.note.startswith("in 2 of 3 pictures the map is zero everywhere, but the score does depend")
    assert [bool(each.any()) for each in found.values] == [True, False, False]


def test_guided_says_when_its_own_rule_has_dropped_everything() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 2, SIDE), nn.Flatten())
    network.num_classes, network.pretrained_cfg = 2, plain(SIDE, 2)
    with torch.no_grad():
        network[0].weight.fill_(1.0)
        network[2].weight.fill_(-1.0)
    model = Classifier(network, "against", torch.device("cpu"))
    note = last(model, noise(), "guided", 0).note
    assert note == "1 of 1 activation calls are ReLU; no gradient is left after this rule, so the map is zero"


@every_method
def test_a_map_with_values_gets_no_such_sentence(method: str) -> None:
    model = seeded(InPlace, "cpu")
    means = activations(model, noise(), ["conv3"])["conv3"].mean((0, 2, 3))
    found = last(model, noise(), method, Unit("conv3", int(means.argmax())))
    assert found.values.any()
    assert "zero" not in found.note
