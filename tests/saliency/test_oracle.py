"""The same numbers as Captum, on networks of timm with random weights: 1e-5 relative."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from vizlib.layers import class_logit
from vizlib.models import Classifier, load_model
from vizlib.saliency import Query, explain, saliency
from vizlib.saliency.gradients.integrated_gradients import baseline_of
from vizlib.saliency.gradients.smoothgrad import Knobs, noisy_copies

captum = pytest.importorskip("captum.attr", reason="Captum is not installed: there is nothing to compare with")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:captum", "ignore:Setting (forward|backward):UserWarning")

NETWORKS = ("resnet18", "vgg11", "densenet121", "regnetx_002")
TARGET = 7


@cache
def network(name: str, device: str) -> Classifier:
    slim = {"mlp_ratio": 0.1} if name == "vgg11" else {}  # else its wide layers take most of the time
    return load_model(name, weights="random", device=device, **slim)


@pytest.fixture(params=NETWORKS)
def model(request: pytest.FixtureRequest, device: str) -> Classifier:
    return network(request.param, device)


class Whole(nn.Module):
    """From pixels to logits as one module, as Captum wants it."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.network = model.network
        self.normalize = model.normalize

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network(self.normalize(pixels))


def pixels(model: Classifier, count: int = 1) -> Tensor:
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(1)).to(model.device)


def attribute(captums: Any, *args: Any, **kwargs: Any) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Captum announces its hooks and the gradients that it wants
        return captums.attribute(*args, target=TARGET, **kwargs).detach().cpu()


def close(found: Tensor, wanted: Tensor, share: float = 1e-5) -> None:
    assert wanted.abs().max() > 0
    error = float((found - wanted).abs().max() / wanted.abs().max())
    assert error <= share, f"{error:.1e} of the largest value"


def test_gradient_is_captums(model: Classifier) -> None:
    wanted = attribute(captum.Saliency(Whole(model)), pixels(model, 2)).amax(1)
    close(saliency(model, pixels(model, 2), "gradient", TARGET), wanted)


@pytest.mark.parametrize("model", ["resnet18"], indirect=True)
def test_the_gradient_of_a_difference_is_captums(model: Classifier) -> None:
    whole = Whole(model)
    both = captum.Saliency(lambda pictures: whole(pictures)[:, TARGET] - 0.5 * whole(pictures)[:, 3])
    wanted = both.attribute(pixels(model, 2).requires_grad_()).detach().cpu().amax(1)
    close(saliency(model, pixels(model, 2), "gradient", class_logit(TARGET) - class_logit(3) / 2), wanted)


def test_guided_backpropagation_is_captums_to_the_last_bit(model: Classifier) -> None:
    wanted = attribute(captum.GuidedBackprop(Whole(model)), pixels(model, 2)).abs().amax(1)
    found = saliency(model, pixels(model, 2), "guided", TARGET)
    assert wanted.abs().max() > 0
    if model.device.type == "cpu":
        assert torch.equal(found, wanted)
    close(found, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["resnet18", "vgg11"], indirect=True)
@pytest.mark.parametrize("baseline", ["black", "gray", "blurred"])
def test_integrated_gradients_are_captums(model: Classifier, baseline: str) -> None:
    own = captum.IntegratedGradients(Whole(model))
    start = baseline_of(model, pixels(model), baseline)
    wanted = attribute(own, pixels(model), baselines=start, n_steps=12, method="gausslegendre").sum(1)
    found = saliency_of("integrated_gradients", model, steps=12, baseline=baseline)
    close(found, wanted.float())


@pytest.mark.parametrize("model", ["resnet18"], indirect=True)
def test_a_baseline_of_ones_own_and_its_error_are_captums(model: Classifier) -> None:
    own, start = captum.IntegratedGradients(Whole(model)), 1 - pixels(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        wanted, delta = own.attribute(
            pixels(model), start, target=TARGET, n_steps=8, method="gausslegendre", return_convergence_delta=True
        )
    found = explain(model, pixels(model), "integrated_gradients", TARGET, steps=8, baseline=start)
    close(found.values, wanted.sum(1).float().cpu())
    torch.testing.assert_close(found.figures["completeness_error"], -delta.float().cpu(), rtol=0, atol=1e-4)


@pytest.mark.parametrize("model", ["resnet18"], indirect=True)
def test_the_mean_baseline_is_the_usual_script_of_normalized_pixels_and_zeros(model: Classifier) -> None:
    usual = captum.IntegratedGradients(model.network)
    wanted = attribute(usual, model.normalize(pixels(model)), n_steps=8, method="gausslegendre").sum(1)
    close(saliency_of("integrated_gradients", model, steps=8, baseline="mean"), wanted.float(), 1e-4)
    black = saliency_of("integrated_gradients", model, steps=8)
    assert float((black - wanted).abs().max() / wanted.abs().max()) > 0.1


def saliency_of(method: str, model: Classifier, **settings: object) -> Tensor:
    """The map, without the warning of so few steps."""
    return explain(model, pixels(model), method, TARGET, **settings).values


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "recipe"), [("resnet18", "layer4.1"), ("mobilenetv2_100", "bn2")], indirect=["model"]
)
def test_grad_cam_by_default_is_pytorch_grad_cam_with_its_recipe(model: Classifier, recipe: str) -> None:
    peer = pytest.importorskip("pytorch_grad_cam", reason="pytorch-grad-cam is not installed")
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    def scaled(maps: Tensor) -> Tensor:
        maps = maps - maps.amin((1, 2), keepdim=True)
        return maps / maps.amax((1, 2), keepdim=True)

    for target in (TARGET, TARGET + 1):
        with peer.GradCAM(Whole(model), [model.module(recipe)]) as cam:
            leaf = pixels(model).clone().requires_grad_()
            wanted = torch.from_numpy(cam(input_tensor=leaf, targets=[ClassifierOutputTarget(target)]))
        found = explain(model, pixels(model), "grad_cam", target)
        assert found.figures == {"layer": recipe, "activation": "after"}
        if found.values.any():
            close(scaled(found.values), wanted, 1e-4)
        else:
            assert not wanted.any()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["resnet18", "vgg11"], indirect=True)
def test_smoothgrad_is_the_mean_of_captums_gradients_of_the_same_copies(model: Classifier) -> None:
    knobs = Knobs(samples=10, seed=4)
    query = Query(pixels(model), [class_logit(TARGET)])
    copies = torch.stack([each.pixels for each in noisy_copies(query, knobs)])
    wanted = attribute(captum.Saliency(Whole(model)), copies, abs=False).mean(0, keepdim=True).abs().amax(1)
    close(saliency(model, pixels(model), "smoothgrad", TARGET, samples=10, seed=4), wanted)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "layer"),
    [
        ("resnet18", "layer4.1.conv2"),
        ("resnet18", "layer2"),
        ("vgg11", "features.18"),
        ("densenet121", "features.denseblock3"),
        ("regnetx_002", "s4"),
    ],
    indirect=["model"],
)
def test_grad_cam_is_captums_before_and_after_rectifying(model: Classifier, layer: str) -> None:
    own = captum.LayerGradCam(Whole(model), model.module(layer))
    coarse = attribute(own, pixels(model, 2), attr_dim_summation=True)
    for keep in (True, False):
        large = captum.LayerAttribution.interpolate(coarse if keep else coarse.relu(), (64, 64), "bilinear")[:, 0]
        found = explain(model, pixels(model, 2), "grad_cam", TARGET, layer=layer, keep_negative=keep).values
        if large.any():
            close(found, large)
        else:
            assert not found.any()
