"""The methods that read the gradient: known answers on small networks, and Captum's numbers on large ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.networks import SIDE, InPlace, Linear, plain, seeded
from tests.saliency.test_guided import RECTIFIERS, SATURATED
from tests.saliency.test_oracle import TARGET, Whole, attribute, captum, close, network
from vizlib.errors import VizError
from vizlib.layers import class_logit
from vizlib.method import settings_of
from vizlib.models import Classifier
from vizlib.saliency import MENU, Query, baseline_of, explain, saliency
from vizlib.saliency.gradients.guidance import Guidance
from vizlib.saliency.gradients.smoothgrad import Knobs, noisy_copies

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:captum", "ignore:Setting (forward|backward):UserWarning")

NETWORKS = ("resnet18", "vgg11", "mobilenetv2_100", "densenet121")
RECTIFIED = ("resnet18", "vgg11", "densenet121")  # ReLU6 of MobileNetV2 is none of the nn.ReLU that Captum looks for


def noise(count: int = 1, side: int = SIDE, seed: int = 1) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def linear() -> Classifier:
    return seeded(partial(Linear, 8, bias=True, mean=(0.4,) * 3, std=(0.2,) * 3), "cpu")


# Gradient x input


def test_gradient_x_input_of_a_linear_network_sums_to_what_the_score_has_over_black(linear: Classifier) -> None:
    pixels = noise(2, 8)
    weights = linear.network.conv.weight[2] / 0.2
    found = saliency(linear, pixels, "gradient_x_input", 2)
    torch.testing.assert_close(found, (weights * pixels).sum(1), rtol=1e-5, atol=1e-6)
    gain = (linear(pixels) - linear(torch.zeros_like(pixels)))[:, 2]
    torch.testing.assert_close(found.sum((1, 2)), gain, rtol=1e-5, atol=1e-5)


def test_gradient_x_input_is_zero_at_black_pixels() -> None:
    pixels = noise()
    pixels[:, :, :4] = 0.0
    found = saliency(seeded(InPlace, "cpu"), pixels, "gradient_x_input", 1)
    assert not found[:, :4].any()
    assert found[:, 4:].all()


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_x_input_is_captums_of_pixels(name: str) -> None:
    model = network(name, "cpu")
    pixels = noise(2, 64)
    wanted = attribute(captum.InputXGradient(Whole(model)), pixels.clone()).sum(1)
    close(saliency(model, pixels, "gradient_x_input", TARGET), wanted)


def test_gradient_x_input_is_not_captums_of_normalized_tensors() -> None:
    model = network("resnet18", "cpu")
    pixels = noise(1, 64)
    other = attribute(captum.InputXGradient(model.network), model.normalize(pixels)).sum(1)
    assert float((saliency(model, pixels, "gradient_x_input", TARGET) - other).abs().max() / other.abs().max()) > 0.1


# Deconvnet


class Steps(nn.Module):
    """One unit that is on and one that is off, each with a weight to the logit: relu(x) * a + relu(-x) * b."""

    def __init__(self, on: float, off: float) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 1, plain(SIDE, 1)
        self.on, self.off = nn.Parameter(torch.tensor(on)), nn.Parameter(torch.tensor(off))

    def forward(self, x: Tensor) -> Tensor:
        x = x.sum((1, 2, 3))
        return (self.on * x.relu() + self.off * (-x).relu())[:, None]


@pytest.mark.parametrize(
    ("on", "off", "deconvnet", "guided"),
    [(2.0, 5.0, 3.0, 2.0), (2.0, -5.0, 2.0, 2.0), (-2.0, 5.0, 5.0, 0.0), (-2.0, -5.0, 0.0, 0.0)],
)
def test_the_deconvnet_passes_what_is_positive_also_where_the_activation_is_off(
    on: float, off: float, deconvnet: float, guided: float
) -> None:
    """Back through the unit that is off comes off * (-1); guided backpropagation lets nothing through there."""
    model = seeded(partial(Steps, on, off), "cpu")
    for method, wanted in (("deconvnet", deconvnet), ("guided", guided)):
        values = explain(model, noise(), method, 0).values
        assert torch.equal(values, torch.full_like(values, wanted)), method


def test_the_deconvnet_keeps_the_switches_of_max_pooling() -> None:
    network_ = nn.Sequential(nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(3, 1, SIDE // 2, bias=False), nn.Flatten())
    network_.num_classes, network_.pretrained_cfg = 1, plain(SIDE, 1)
    nn.init.ones_(network_[2].weight)
    pixels = noise()
    found = saliency(Classifier(network_, "pooled", torch.device("cpu")), pixels, "deconvnet", 0)[0]
    _, where = nn.functional.max_pool2d(pixels, 2, return_indices=True)
    wanted = torch.zeros(3, SIDE * SIDE).scatter(1, where[0].flatten(1), 1.0).view(3, SIDE, SIDE).amax(0)
    assert torch.equal(found, wanted)


@pytest.mark.parametrize("name", RECTIFIED)
def test_the_deconvnet_is_captums_to_the_last_bit_where_all_activations_are_modules_of_relu(name: str) -> None:
    model = network(name, "cpu")
    pixels = noise(2, 64)
    wanted = attribute(captum.Deconvolution(Whole(model)), pixels.clone()).abs().amax(1)
    found = explain(model, pixels, "deconvnet", TARGET)
    assert wanted.any()
    assert torch.equal(found.values, wanted)
    assert found.figures["followed"] == found.figures["relu"] > 0


def test_captums_deconvolution_of_relu6_is_the_plain_gradient_and_ours_is_not() -> None:
    model = network("mobilenetv2_100", "cpu")
    pixels = noise(1, 64)
    captums = attribute(captum.Deconvolution(Whole(model)), pixels.clone()).abs().amax(1)
    close(captums, saliency(model, pixels, "gradient", TARGET))
    found = explain(model, pixels, "deconvnet", TARGET)
    assert not torch.allclose(found.values, captums, rtol=0.1)
    assert "the rule, which is defined for ReLU, was extended to all 35 ReLU6 activations" in found.note


@pytest.mark.parametrize("call", [*RECTIFIERS, *SATURATED])
def test_the_deconvnets_rule_is_that_of_every_spelling_of_an_activation(call: str) -> None:
    function = {**RECTIFIERS, **SATURATED}[call]
    values = torch.tensor([-8.0, -1.0, -0.1, 0.2, 1.0, 8.0])
    leaf = values.clone().requires_grad_()
    with Guidance(gated=False) as rule:
        outputs = function(leaf * 1)
    (gradient,) = torch.autograd.grad(outputs, leaf, torch.tensor([1.0, -1.0, 2.0, 3.0, -1.0, 5.0]))
    assert torch.equal(outputs.detach(), function(values.clone()))
    assert gradient.tolist() == [1, 0, 2, 3, 0, 5]
    assert rule.calls.total() == 1


def test_the_deconvnet_says_which_activations_it_followed() -> None:
    found = explain(seeded(InPlace, "cpu"), noise(), "deconvnet", 1)
    assert found.figures == {"followed": 3, "relu": 3, "not_followed": 0}
    assert found.note == "3 of 3 activation calls are ReLU"
    assert explain(seeded(Linear, "cpu"), noise(), "deconvnet", 1).doubt.startswith("no activation call was followed")


# SmoothGrad of squares, and the variance


class Squares(nn.Module):
    """One logit, the sum over all pixels of a * x^2 / 2, so that the gradient is a * x and rises evenly on any path."""

    def __init__(self, side: int = SIDE) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 1, plain(side, 1)
        self.a = nn.Parameter(torch.randn(3, side, side))

    def forward(self, x: Tensor) -> Tensor:
        return (self.a * x.square() / 2).sum((1, 2, 3))[:, None]


def copies_of(pixels: Tensor, **knobs: Any) -> Tensor:
    query = Query(pixels, [class_logit(TARGET)])
    return torch.stack([each.pixels for each in noisy_copies(query, Knobs(**knobs))])


def test_the_squares_of_a_linear_network_are_those_of_its_weights_and_nothing_varies(linear: Classifier) -> None:
    weights = linear.network.conv.weight[2] / 0.2
    squares = saliency(linear, noise(2, 8), "smoothgrad", 2, samples=5, kind="squares")
    torch.testing.assert_close(squares, weights.square().amax(0).expand(2, -1, -1))
    varying = explain(linear, noise(2, 8), "smoothgrad", 2, samples=5, kind="variance").values
    assert float(varying.max() / squares.max()) < 1e-6


def test_the_variance_of_a_quadratic_network_is_that_of_the_noise_times_its_factor_squared() -> None:
    model = seeded(Squares, "cpu")
    copies = copies_of(noise(), samples=7, seed=2)
    wanted = (model.network.a.square() * copies.var(0, correction=0)).amax(0)
    found = explain(model, noise(), "smoothgrad", 0, samples=7, seed=2, kind="variance")
    torch.testing.assert_close(found.values[0], wanted, rtol=1e-4, atol=1e-6)
    assert found.note == "in squares of the gradient's unit"
    squares = explain(model, noise(), "smoothgrad", 0, samples=7, seed=2, kind="squares")
    torch.testing.assert_close(squares.values[0], (model.network.a * copies).square().mean(0).amax(0))
    assert squares.note == found.note


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("kind", "captums"), [("squares", "smoothgrad_sq"), ("variance", "vargrad")])
def test_squares_and_variance_are_captums_of_the_same_noise(
    name: str, kind: str, captums: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, pixels = network(name, "cpu"), noise(1, 64)
    copies = copies_of(pixels, samples=4, seed=3)
    monkeypatch.setattr(captum.NoiseTunnel, "_add_noise_to_input", staticmethod(lambda *_: copies.clone()))
    tunnel = captum.NoiseTunnel(captum.Saliency(Whole(model)))
    wanted = attribute(tunnel, pixels.clone(), nt_type=captums, nt_samples=4, abs=False).amax(1)
    close(explain(model, pixels, "smoothgrad", TARGET, samples=4, seed=3, kind=kind).values, wanted)


def test_the_mean_of_the_gradients_is_no_part_of_a_recipe_and_the_other_kinds_are() -> None:
    assert "kind" not in settings_of(Knobs())
    assert settings_of(Knobs(kind="squares"))["kind"] == "squares"


# Integrated gradients from the mean of references


def test_the_baseline_of_references_is_their_mean(linear: Classifier) -> None:
    pixels, others = noise(2, 8), noise(5, 8, seed=7)
    found = explain(linear, pixels, "integrated_gradients", 2, steps=2, baseline="references", references=others)
    weights = linear.network.conv.weight[2] / 0.2
    torch.testing.assert_close(found.values, (weights * (pixels - others.mean(0))).sum(1), rtol=1e-5, atol=1e-5)
    own = explain(linear, pixels, "integrated_gradients", 2, steps=2, baseline=others.mean(0, keepdim=True))
    assert torch.equal(found.values, own.values)


def test_references_without_their_baseline_and_the_baseline_without_references_get_a_sentence() -> None:
    model = seeded(InPlace, "cpu")
    with pytest.raises(VizError, match="compares with no other pictures at these settings"):
        explain(model, noise(), "integrated_gradients", 1, references=noise(2))
    with pytest.raises(VizError, match="no reference pictures") as caught:
        baseline_of(model, noise(), "references")
    assert caught.value.remedy
    drawn = explain(model, noise(), "integrated_gradients", 1, steps=3, baseline="references")  # the drawn scenes
    assert drawn.values.any()


# What each of them costs


def batches(model: Classifier, method: str, **knobs: Any) -> tuple[list[int], list[int]]:
    """For a map of one picture: how many copies go forward together and come back together, pass by pass."""
    came: list[int] = []

    def forward(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        went.append(len(inputs[0]))
        if inputs[0].requires_grad:
            inputs[0].register_hook(lambda gradient: came.append(len(gradient)))

    went: list[int] = []
    handle = model.network.register_forward_pre_hook(forward)
    try:
        explain(model, noise(), method, 1, **knobs)
    finally:
        handle.remove()
    return went, came


COSTS: list[tuple[str, dict[str, Any]]] = [
    ("gradient_x_input", {}),
    ("deconvnet", {}),
    ("smoothgrad", {"samples": 7, "kind": "variance"}),
    ("integrated_gradients", {"steps": 5, "baseline": "references"}),
]


@pytest.mark.parametrize(("method", "knobs"), COSTS, ids=[f"{method} {knobs}" for method, knobs in COSTS])
def test_a_map_costs_what_the_menu_says(method: str, knobs: dict[str, Any]) -> None:
    cost = MENU[method].passes(MENU[method].knobs(**knobs), 1)
    went, came = batches(seeded(InPlace, "cpu"), method, **knobs)
    assert (sum(went), sum(came)) == (cost.forward, cost.backward)


@pytest.mark.parametrize("method", ["smoothgrad", "integrated_gradients"])
def test_a_mean_of_fifty_gradients_is_shown_every_few_of_them_on_the_cpu(method: str) -> None:
    """A gradient of a small network takes 60 ms of a CPU with two cores, so that a frame comes twice a second."""
    _, came = batches(seeded(InPlace, "cpu"), method)
    assert sum(came) == 50
    assert min(came) == 6
    assert max(came) == 7


def test_a_vgg_takes_more_of_them_at_once() -> None:
    """Its first dense layer costs each batch as much time as a picture does, so that fewer batches are faster."""
    model = seeded(InPlace, "cpu")
    model.network.register_parameter("dense", nn.Parameter(torch.zeros(1).expand(60_000_000), requires_grad=False))
    _, came = batches(model, "smoothgrad")
    assert came == [16, 17, 17]
