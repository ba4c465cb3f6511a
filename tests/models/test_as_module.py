"""`as_module()` is an ordinary module from pixels to logits: Captum, foolbox, pytorch-grad-cam and ONNX take it."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE, InPlace, Own, seeded, trained
from vizlib.models import Classifier

SIZE = 64


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of other libraries: their imports, announcements and deprecations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def model() -> Classifier:
    return vizlib.load_model("bundled/scenes", device="cpu")


def pixels(count: int = 2, side: int = SIZE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def targets(model: Classifier) -> Tensor:
    return model.predict(pixels()).argmax(1)


# What it is


def test_it_gives_the_models_logits_and_has_its_layers(model: Classifier) -> None:
    module = model.as_module()
    assert torch.equal(module(pixels()), model(pixels()))
    assert isinstance(module.network.layer4, nn.Module)
    assert not module.training
    assert not any(each.requires_grad for each in module.parameters())


@pytest.mark.parametrize("classes", [1, 4])
def test_it_reads_gray_networks_and_single_outputs_as_the_model_does(classes: int) -> None:
    model = vizlib.wrap(trained(lambda: Own(channels=1, classes=classes)), mean=0.4, std=0.3, size=SIDE)
    assert torch.equal(model.as_module()(pixels(side=SIDE)), model(pixels(side=SIDE)))


def test_pixels_outside_the_range_are_taken_as_they_are(model: Classifier) -> None:
    assert model.as_module()(2 * pixels()).isfinite().all()


def test_hooks_on_it_and_changes_to_it_do_not_touch_the_model(model: Classifier) -> None:
    module, before, fingerprint = model.as_module(), model(pixels()), model.fingerprint
    module.network.layer4.register_forward_hook(lambda module, inputs, output: output * 0)
    with torch.no_grad():
        for each in module.parameters():
            each.zero_()
    module.train()
    assert torch.equal(model(pixels()), before)
    assert model.fingerprint == fingerprint


def test_activations_in_it_do_not_overwrite_their_inputs() -> None:
    model = seeded(InPlace, "cpu")
    module = model.as_module()
    assert model.network.act.inplace
    assert not module.network.act.inplace
    assert torch.equal(module(pixels(side=SIDE)), model(pixels(side=SIDE)))


def test_every_layer_has_a_gradient_though_the_weights_are_frozen(model: Classifier) -> None:
    module, seen = model.as_module(), []
    module.network.layer3.register_full_backward_hook(lambda module, into, out: seen.append(out[0]))
    module(pixels()).sum().backward()
    assert seen[0].any()
    assert all(each.grad is None for each in module.parameters())
    with torch.no_grad():
        assert not module(pixels()).requires_grad


@pytest.mark.slow
def test_it_can_be_moved_copied_pickled_traced_exported_and_transformed(model: Classifier) -> None:
    module, given = model.as_module(), pixels()
    expected = module(given).detach()
    assert torch.equal(pickle.loads(pickle.dumps(module))(given).detach(), expected)
    assert torch.equal(copy.deepcopy(module).to("cpu")(given).detach(), expected)
    assert torch.allclose(copy.deepcopy(module).double()(given.double()).float().detach(), expected, atol=1e-4)
    with quiet():
        assert torch.allclose(torch.jit.trace(module, given)(given).detach(), expected, atol=1e-5)
    each = torch.func.vmap(lambda one: module(one[None])[0])(given)
    assert torch.allclose(each.detach(), expected, atol=1e-5)
    slopes = torch.func.jacrev(lambda one: module(one[None])[0])(given[0])
    assert torch.allclose(slopes[3], gradient(module, given[:1], 3)[0], atol=1e-6)


def gradient(module: nn.Module, given: Tensor, target: int) -> Tensor:
    leaf = given.clone().requires_grad_()
    return torch.autograd.grad(module(leaf)[:, target].sum(), leaf)[0]


@pytest.mark.slow
def test_torch_export_takes_it_with_any_number_of_pictures(model: Classifier) -> None:
    shapes = ({0: torch.export.Dim.DYNAMIC},)
    program = torch.export.export(model.as_module(), (pixels(2),), dynamic_shapes=shapes)
    assert torch.allclose(program.module()(pixels(5)), model(pixels(5)), atol=1e-5)


# What the peers say


@pytest.mark.slow
def test_captum_takes_it_and_agrees(model: Classifier, targets: Tensor) -> None:
    with quiet():
        from captum import attr

        module = model.as_module()
        saliency = attr.Saliency(module).attribute(pixels(), target=targets)
        guided = attr.GuidedBackprop(module).attribute(pixels(), target=targets)
        integrated = attr.IntegratedGradients(module).attribute(
            pixels(), torch.zeros(2, 3, SIZE, SIZE), target=targets, n_steps=20, method="gausslegendre"
        )
        noisy = attr.NoiseTunnel(attr.Saliency(module)).attribute(
            pixels(), nt_type="smoothgrad", nt_samples=2, target=targets
        )
    ours = {each: vizlib.saliency(model, pixels(), each, targets) for each in ("gradient", "guided")}
    theirs = {"gradient": saliency.abs().amax(1), "guided": guided.abs().amax(1)}
    for name, map_ in ours.items():
        torch.testing.assert_close(map_.abs(), theirs[name], rtol=1e-4, atol=1e-7)
    lines = vizlib.saliency(model, pixels(), "integrated_gradients", targets, steps=20, baseline="black")
    torch.testing.assert_close(lines, integrated.sum(1), rtol=1e-3, atol=1e-6)
    assert noisy.shape == (2, 3, SIZE, SIZE)
    assert torch.equal(module(pixels()), model(pixels()))  # their hooks are gone


@pytest.mark.slow
def test_foolbox_takes_it_and_what_it_finds_fools_the_model(model: Classifier, targets: Tensor) -> None:
    with quiet():
        import foolbox

        attacked = foolbox.PyTorchModel(model.as_module(), bounds=(0, 1))
        attack = foolbox.attacks.LinfPGD(steps=20)
        _, found, success = attack(attacked, pixels(), targets, epsilons=16 / 255)
    assert success.all()
    assert (model.predict(found).argmax(1) != targets).all()
    assert float((found - pixels()).abs().max()) <= 16 / 255 + 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("path", ["layer3", "layer4", "layer4.0.conv1"])
def test_pytorch_grad_cam_takes_it_and_agrees(model: Classifier, targets: Tensor, path: str) -> None:
    module = model.as_module()
    with quiet():
        from pytorch_grad_cam import GradCAM
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

        wanted = [ClassifierOutputTarget(each) for each in targets.tolist()]
        with GradCAM(module, [module.network.get_submodule(path)]) as cam:
            cam(pixels(), wanted)
            own = cam.activations_and_grads
            coarse = cam.get_cam_image(
                pixels(), cam.target_layers[0], wanted, own.activations[0].numpy(), own.gradients[0].numpy(), False
            )
    large = nn.functional.interpolate(torch.tensor(coarse)[:, None].relu(), (SIZE, SIZE), mode="bilinear")[:, 0]
    assert large.any()
    found = vizlib.saliency(model, pixels(), "grad_cam", targets, layer=path)
    torch.testing.assert_close(found, large, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("dynamo", [False, True])
def test_onnx_gives_the_same_logits_for_any_number_of_pictures(model: Classifier, tmp_path: Path, dynamo: bool) -> None:
    file = str(tmp_path / "model.onnx")
    axes: dict[str, Any] = {"dynamic_axes": {"pixels": {0: "count"}, "logits": {0: "count"}}}
    if dynamo:
        axes = {"dynamic_shapes": ({0: torch.export.Dim.DYNAMIC},), "verbose": False}
    with quiet():
        import onnxruntime

        names = {"input_names": ["pixels"], "output_names": ["logits"]}
        torch.onnx.export(model.as_module(), (pixels(),), file, dynamo=dynamo, **names, **axes)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        for count in (1, 5):
            (found,) = session.run(None, {"pixels": pixels(count).numpy()})
            torch.testing.assert_close(torch.tensor(found), model(pixels(count)).detach(), rtol=0, atol=1e-5)
