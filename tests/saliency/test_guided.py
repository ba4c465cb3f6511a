"""Guided backpropagation guides every activation call, reports which ones, and changes no other calls."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.models import Classifier, load_model
from vizlib.saliency import explain, saliency
from vizlib.saliency.gradients.guidance import Guidance

RECTIFIERS: dict[str, Callable[[Tensor], Tensor]] = {
    "F.relu": F.relu,
    "F.relu in place": lambda x: F.relu(x, inplace=True),
    "F.relu by keyword": lambda x: F.relu(input=x),
    "F.relu_": F.relu_,
    "torch.relu": torch.relu,
    "torch.relu_": torch.relu_,
    "Tensor.relu": lambda x: x.relu(),
    "Tensor.relu_": lambda x: x.relu_(),
    "nn.ReLU": nn.ReLU(),
    "nn.ReLU in place": nn.ReLU(inplace=True),
    "nn.LeakyReLU": nn.LeakyReLU(0.1),
    "nn.LeakyReLU in place": nn.LeakyReLU(0.1, inplace=True),
    "nn.PReLU": nn.PReLU().requires_grad_(False),
    "nn.ELU": nn.ELU(),
    "nn.SELU": nn.SELU(),
    "nn.CELU": nn.CELU(),
    "nn.SiLU": nn.SiLU(),
    "nn.SiLU in place": nn.SiLU(inplace=True),
    "nn.GELU": nn.GELU(),
    "nn.GELU tanh": nn.GELU("tanh"),
    "nn.Mish": nn.Mish(),
    "nn.Hardswish": nn.Hardswish(),
    "nn.Hardswish in place": nn.Hardswish(inplace=True),
}
SATURATED: dict[str, Callable[[Tensor], Tensor]] = {
    "nn.ReLU6": nn.ReLU6(),
    "nn.ReLU6 in place": nn.ReLU6(inplace=True),
    "F.relu6": F.relu6,
    "F.relu6 in place": lambda x: F.relu6(x, inplace=True),
    "F.hardtanh from 0": lambda x: F.hardtanh(x, 0.0, 6.0),
    "F.hardtanh by keyword": lambda x: F.hardtanh(x, max_val=6.0, min_val=0.0),
    "nn.Hardtanh in place": nn.Hardtanh(0.0, 6.0, inplace=True),
}
GATES: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "hardsigmoid": F.hardsigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: x.softmax(0),
    "hardtanh": F.hardtanh,
}


@pytest.mark.parametrize("call", RECTIFIERS)
def test_every_spelling_of_an_activation_is_followed(call: str) -> None:
    values = torch.tensor([-8.0, -1.0, -0.1, 0.2, 1.0, 8.0])
    back = torch.tensor([1.0, -1.0, 2.0, 3.0, -1.0, 5.0])
    leaf = values.clone().requires_grad_()
    with Guidance() as guidance:
        outputs = RECTIFIERS[call](leaf * 1)
    (gradient,) = torch.autograd.grad(outputs, leaf, back)
    assert torch.equal(outputs.detach(), RECTIFIERS[call](values.clone()))
    assert gradient.tolist() == [0, 0, 0, 3, 0, 5]
    assert guidance.calls.total() == 1


@pytest.mark.parametrize("call", SATURATED)
def test_a_saturated_activation_passes_nothing_as_its_derivative_is_zero(call: str) -> None:
    values = torch.tensor([-1.0, 0.0, 0.2, 5.9, 6.0, 8.0])
    leaf = values.clone().requires_grad_()
    with Guidance() as guidance:
        outputs = SATURATED[call](leaf * 1)
    (gradient,) = torch.autograd.grad(outputs, leaf, torch.tensor([1.0, 1.0, 3.0, -1.0, 5.0, 5.0]))
    assert torch.equal(outputs.detach(), values.clamp(0, 6))
    assert gradient.tolist() == [0, 0, 3, 0, 0, 0]
    assert dict(guidance.calls) == {"ReLU6": 1}


@pytest.mark.parametrize("call", GATES)
def test_gates_keep_their_own_gradient(call: str) -> None:
    leaf = torch.tensor([-1.0, 0.3, 2.0], requires_grad=True)
    back = torch.tensor([1.0, -1.0, 2.0])
    (plain,) = torch.autograd.grad(GATES[call](leaf), leaf, back)
    with Guidance() as guidance:
        outputs = GATES[call](leaf)
    assert torch.equal(torch.autograd.grad(outputs, leaf, back)[0], plain)
    assert not guidance.calls


def test_a_call_in_place_changes_what_others_hold() -> None:
    leaf = torch.tensor([-1.0, 1.0], requires_grad=True)
    with Guidance():
        held = leaf * 1
        F.relu(held, inplace=True)  # its return value is not used
        half = torch.cat([held, -held])[2:]  # a view
        half.relu_()
    assert held.tolist() == [0, 1]
    assert half.tolist() == [0, 0]
    assert torch.autograd.grad(held.sum(), leaf)[0].tolist() == [0, 1]


@pytest.mark.parametrize("act", [F.gelu, F.relu6, lambda x: F.silu(x * 1, inplace=True)])
def test_the_output_of_an_activation_may_be_overwritten(act: Callable[[Tensor], Tensor]) -> None:
    leaf = torch.tensor([-1.0, 1.0], requires_grad=True)
    with Guidance():
        scaled = act(leaf).mul_(2)  # as timm's NFNets do
    assert torch.autograd.grad(scaled.sum(), leaf)[0].tolist() == [0, 2]


def test_calls_that_no_gradient_reaches_are_not_counted() -> None:
    leaf = torch.ones(2, requires_grad=True)
    with Guidance() as guidance:
        F.relu(torch.ones(2))
        with torch.no_grad():
            F.relu(leaf)
    assert not guidance.calls


EXTENDED = "the rule, which is defined for ReLU, was extended to all"


def random(name: str, device: str) -> Classifier:
    model = load_model(name, weights="random", device=device)
    for path, value in model.network.named_parameters():
        if path.endswith("gamma"):  # ConvNeXt's blocks begin with a weight of nearly nothing
            value.data.fill_(1)
    return model


def pixels(side: int = 64) -> Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("resnet18", "17 of 17 activation calls are ReLU"),
        ("mobilenetv2_100", f"{EXTENDED} 35 ReLU6 activations"),
        ("efficientnet_b0", f"{EXTENDED} 49 SiLU activations"),
        ("convnext_atto", f"{EXTENDED} 12 GELU activations"),
        ("mobilenetv3_small_050", f"14 of 33 activation calls are ReLU; {EXTENDED} 19 Hardswish activations"),
    ],
)
def test_it_differs_from_the_gradient_and_says_what_was_followed(name: str, note: str, device: str) -> None:
    model = random(name, device)
    estimate = explain(model, pixels(), "guided", 3)
    plain = saliency(model, pixels(), "gradient", 3)
    assert estimate.note == note
    assert not estimate.doubt
    assert float((estimate.values / estimate.values.norm() - plain / plain.norm()).norm()) > 0.1


class AsModule(nn.Module):
    """From pixels to logits as one module, as Captum wants it."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.network, self.normalize = model.network, model.normalize

    def forward(self, given: Tensor) -> Tensor:
        return self.network(self.normalize(given))


def test_it_is_guided_where_captums_is_silently_the_gradient(device: str) -> None:
    captum = pytest.importorskip("captum.attr", reason="Captum is not installed: there is nothing to compare with")
    model = random("efficientnet_b0", device)
    plain = saliency(model, pixels(), "gradient", 3)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Captum announces its hooks, not that they found nothing
        theirs = (
            captum.GuidedBackprop(AsModule(model)).attribute(pixels().to(model.device), target=3).abs().amax(1).cpu()
        )
    torch.testing.assert_close(theirs, plain, rtol=1e-4, atol=1e-5 * float(plain.max()))
    assert not torch.allclose(saliency(model, pixels(), "guided", 3), plain, rtol=0.1)


class Plain(nn.Module):
    """A network whose only activation, if any, is `act`."""

    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.num_classes = 4
        self.pretrained_cfg = {"input_size": (3, 8, 8), "num_classes": 4, "mean": (0.0,) * 3, "std": (1.0,) * 3}
        self.conv = nn.Conv2d(3, 8, 3)
        self.act = act
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.act(self.conv(x)).mean((2, 3)))


def test_a_network_without_activations_says_that_this_is_the_gradient(device: str) -> None:
    model = Classifier(Plain(nn.Sigmoid()), "plain", torch.device(device))
    estimate = explain(model, pixels(8), "guided")
    assert estimate.note == "no activation call was followed: this equals the plain gradient"
    assert estimate.doubt == estimate.note
    assert torch.equal(estimate.values, saliency(model, pixels(8), "gradient"))


def test_an_activation_that_cannot_be_seen_is_named(device: str) -> None:
    from timm.layers import get_act_layer

    model = Classifier(Plain(get_act_layer("quick_gelu")()), "plain", torch.device(device))
    estimate = explain(model, pixels(8), "guided")
    assert estimate.doubt.endswith("not followed: 1 QuickGELU")
    assert estimate.figures == {"followed": 0, "relu": 0, "not_followed": 1}


class Saturating(nn.ReLU):
    """ReLU6 taken as a ReLU, so that Captum's hooks find it."""

    def forward(self, given: Tensor) -> Tensor:
        return F.relu6(given)


@pytest.mark.parametrize("name", ["mobilenetv2_100", "mobilenetv1_100"])
def test_relu6_is_captums_rule_with_relu6_taken_as_a_relu(name: str, device: str) -> None:
    captum = pytest.importorskip("captum.attr", reason="Captum is not installed: there is nothing to compare with")
    model = random(name, device)
    for module in model.network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.fill_(3.0)  # one activation in eight is saturated then
    theirs = model.twin()
    for module in list(theirs.network.modules()):
        for child, inner in module.named_children():
            if isinstance(inner, nn.ReLU6):
                setattr(module, child, Saturating())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        wanted = captum.GuidedBackprop(AsModule(theirs)).attribute(pixels().to(model.device), target=3).abs().amax(1)
    found = saliency(model, pixels(), "guided", 3)
    assert found.any()
    torch.testing.assert_close(found, wanted.cpu(), rtol=1e-5, atol=1e-6 * float(found.max()))


@pytest.mark.slow
def test_one_thread_guided_and_one_plain_do_not_mix(device: str) -> None:
    model = random("resnet18", device)
    small = pixels(32)
    alone = {method: saliency(model, small, method, 3) for method in ("guided", "gradient")}

    def often(method: str) -> bool:
        return all(torch.equal(saliency(model, small, method, 3), alone[method]) for _ in range(20))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(often, alone)) == [True, True]
    assert not torch.equal(alone["guided"], alone["gradient"])
