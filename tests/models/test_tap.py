"""A tap keeps its promises, also when its block raises an error or other threads use the network."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable, UnknownName
from vizlib.models import Classifier, load_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def resnet() -> Classifier:
    return load_model("resnet18", weights="random", device="cpu", num_classes=5)


class Nasty(nn.Module):
    """A network with in-place operations on an identity's output and in a module that is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes = 4
        self.conv, self.relu, self.same, self.unused = (
            nn.Conv2d(3, 4, 3),
            nn.ReLU(inplace=True),
            nn.Identity(),
            nn.ReLU(),
        )
        self.late = nn.Conv2d(4, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        self.same(x)
        x.mul_(3)  # overwrites what the identity gave, too
        return self.relu(self.late(self.relu(x))).mean((2, 3))


@pytest.fixture
def nasty() -> Classifier:
    torch.manual_seed(0)
    return Classifier(Nasty(), "nasty", CPU)


@pytest.fixture
def pixels() -> Tensor:
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def leaves(network: nn.Module) -> dict[str, nn.Module]:
    return {path: each for path, each in network.named_modules() if path and not list(each.children())}


def reference(model: Classifier, pixels: Tensor) -> dict[str, Tensor]:
    """Every leaf's first output, from a copy of the network without in-place operations."""
    network = copy.deepcopy(model.network)
    found: dict[str, Tensor] = {}

    def copier(path: str) -> Callable[..., None]:
        def copy_output(module: nn.Module, inputs: Any, output: Tensor) -> None:
            found.setdefault(path, output.clone())

        return copy_output

    for path, each in leaves(network).items():
        if hasattr(each, "inplace"):
            each.inplace = False
        each.register_forward_hook(copier(path))
    with torch.no_grad():
        network(model.normalize(pixels))
    return found


def hooks(network: nn.Module) -> int:
    return sum(len(each._forward_hooks) + len(each._forward_pre_hooks) for each in network.modules())


@pytest.fixture(autouse=True)
def nothing_left_behind(resnet: Classifier) -> Iterator[None]:
    yield
    assert not hooks(resnet.network)
    assert not any(each.requires_grad or each.grad is not None for each in resnet.network.parameters())
    assert not any(each.training for each in resnet.network.modules())


# What is kept


def test_every_layer_of_resnet18_is_kept_as_it_was(resnet: Classifier, pixels: Tensor) -> None:
    expected = reference(resnet, pixels)
    with torch.no_grad(), resnet.tap(*expected) as seen:
        logits = resnet(pixels)
    assert len(seen) == len(expected) > 60
    assert [path for path in expected if not torch.equal(seen[path], expected[path])] == []
    assert torch.equal(logits, resnet(pixels))


def test_one_layer_alone_is_kept_as_it_was(resnet: Classifier, pixels: Tensor) -> None:
    for path, expected in list(reference(resnet, pixels).items())[::7]:
        with torch.no_grad(), resnet.tap(path) as seen:
            resnet(pixels)
        assert torch.equal(seen[path], expected), path


def test_what_an_identity_hands_on_is_kept_as_it_was(nasty: Classifier, pixels: Tensor) -> None:
    expected = reference(nasty, pixels)
    with torch.no_grad(), nasty.tap("conv", "relu", "same", "late") as seen:
        nasty(pixels)
    assert [path for path in seen if not torch.equal(seen[path], expected[path])] == []


def test_a_module_that_is_called_twice_shows_its_first_output(nasty: Classifier, pixels: Tensor) -> None:
    with torch.no_grad(), nasty.tap("relu") as seen:
        nasty(pixels)
    assert seen["relu"].shape == (2, 4, 30, 30)
    assert torch.equal(seen["relu"], reference(nasty, pixels)["relu"])


def test_a_tap_changes_no_logit(resnet: Classifier, pixels: Tensor) -> None:
    before = resnet(pixels)
    with resnet.tap(*leaves(resnet.network)):
        assert torch.equal(resnet(pixels), before)
    assert torch.equal(resnet(pixels), before)


def test_several_passes_in_one_block_show_the_last(resnet: Classifier, pixels: Tensor) -> None:
    other = 1 - pixels[:1]
    with torch.no_grad(), resnet.tap("layer1", "layer3") as seen:
        resnet(pixels)
        first = dict(seen)
        resnet(other)
        second = dict(seen)
        seen.run(pixels)
    assert second["layer1"].shape[0] == 1
    assert all(torch.equal(seen[path], first[path]) for path in ("layer1", "layer3"))


def test_gradients_flow_from_the_logits_to_what_was_seen(resnet: Classifier, pixels: Tensor) -> None:
    with resnet.tap("bn1", "layer2", "layer4.0.downsample.0") as seen:
        logits = resnet(pixels.requires_grad_())
    gradients = torch.autograd.grad(logits[:, 1].sum(), [*seen.values(), pixels])
    assert all(float(each.abs().sum()) > 0 for each in gradients)
    (expected,) = torch.autograd.grad(resnet(pixels)[:, 1].sum(), pixels)
    assert torch.allclose(gradients[-1], expected, rtol=1e-4, atol=1e-7)


def test_a_gradient_at_a_layer_agrees_with_a_small_step_there(nasty: Classifier, pixels: Tensor) -> None:
    nasty.network.double()
    step = torch.randn(2, 4, 30, 30, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 1e-6
    nasty.normalize = lambda each: each.double()  # type: ignore[method-assign]
    with nasty.tap("conv") as seen:
        logits = nasty(pixels.double().requires_grad_())
    (gradient,) = torch.autograd.grad(logits[:, 2].sum(), seen["conv"])
    handle = nasty.network.get_submodule("conv").register_forward_hook(lambda module, inputs, output: output + step)
    moved = nasty(pixels)
    handle.remove()
    assert torch.allclose((gradient * step).sum(), (moved - logits)[:, 2].sum(), rtol=1e-3)


# How far a pass goes


def test_a_run_stops_at_the_deepest_layer_asked_for(resnet: Classifier, pixels: Tensor) -> None:
    ran: list[str] = []
    handles = [
        each.register_forward_pre_hook(lambda module, inputs, path=path: ran.append(path))
        for path, each in leaves(resnet.network).items()
    ]
    try:
        with torch.no_grad(), resnet.tap("layer2.0.conv1", "bn1") as seen:
            seen.run(pixels)
            assert ran[-1] == "layer2.0.conv1"
            assert not any(path.startswith(("layer3", "layer4", "fc")) for path in ran)
            ran.clear()
            resnet(pixels)
            assert ran[-1] == "fc"
    finally:
        for handle in handles:
            handle.remove()
    assert set(seen) == {"layer2.0.conv1", "bn1"}


def test_a_layer_that_takes_no_part_is_told_in_a_sentence(nasty: Classifier, pixels: Tensor) -> None:
    with nasty.tap("unused", "conv") as seen:
        seen.run(pixels)
        assert "conv" in seen
        with pytest.raises(NotShowable, match="unused took no part"):
            seen["unused"]
        with pytest.raises(KeyError):
            seen["relu"]


def test_a_layer_that_gives_several_tensors_is_told_in_a_sentence() -> None:
    hrnet = load_model("hrnet_w18_small", weights="random", device="cpu")
    with pytest.raises(NotShowable, match="stage2 gives several tensors"), hrnet.tap("stage2") as seen:
        seen.run(torch.rand(1, 3, 64, 64))
    assert not hooks(hrnet.network)


def test_an_unknown_path_is_answered_with_close_names_and_hooks_nothing(resnet: Classifier) -> None:
    with pytest.raises(UnknownName, match=r"layer1\.0\.conv1"), resnet.tap("conv1", "layer1.0.conv"):
        pytest.fail("the block must not run")


# Nothing is left behind


def test_hooks_go_also_when_the_block_raises(resnet: Classifier, pixels: Tensor) -> None:
    with pytest.raises(ZeroDivisionError), resnet.tap("layer1"):
        float(resnet(pixels).sum()) / 0
    assert not hooks(resnet.network)
    free: list[bool] = []

    def try_lock() -> None:
        free.append(resnet.lock.acquire(blocking=False))
        resnet.lock.release()

    other = threading.Thread(target=try_lock)
    other.start()
    other.join()
    assert free == [True]


def test_a_pass_that_fails_leaves_the_next_one_whole(resnet: Classifier, pixels: Tensor) -> None:
    with torch.no_grad(), resnet.tap("layer1") as seen:
        with pytest.raises(NotShowable):
            seen.run(pixels[:, :, :, :0])
        assert resnet(pixels).shape == (2, 5)  # a stop left on would end the pass at layer1


def test_taps_can_be_nested(resnet: Classifier, pixels: Tensor) -> None:
    expected = reference(resnet, pixels)
    with torch.no_grad(), resnet.tap("bn1", "layer3.0.conv1") as outer:
        with resnet.tap("bn1", "layer1.0.conv1") as inner:
            inner.run(pixels)
            assert set(inner) == {"bn1", "layer1.0.conv1"}
            assert set(outer) == {"bn1"}
        outer.run(pixels)
    assert torch.equal(inner["bn1"], expected["bn1"])
    assert all(torch.equal(outer[path], expected[path]) for path in ("bn1", "layer3.0.conv1"))


def test_a_tap_in_one_thread_holds_the_others_back(resnet: Classifier, pixels: Tensor) -> None:
    answered = threading.Event()
    other = threading.Thread(target=lambda: (resnet.predict(pixels), answered.set()))
    with torch.no_grad(), resnet.tap("layer1") as seen:
        seen.run(pixels)
        kept = seen["layer1"]
        other.start()
        assert not answered.wait(0.3)
        assert seen["layer1"] is kept
    assert answered.wait(30)
    other.join()


def prediction(model: Classifier, pixels: Tensor) -> Tensor:
    return model.predict(pixels)


def gradient(model: Classifier, pixels: Tensor) -> Tensor:
    pixels = pixels.clone().requires_grad_()
    return torch.autograd.grad(model(pixels)[0, 3], pixels)[0]


def early_layer(model: Classifier, pixels: Tensor) -> Tensor:
    with torch.no_grad(), model.tap("bn1") as seen:
        seen.run(pixels)
    return seen["bn1"]


def late_layers(model: Classifier, pixels: Tensor) -> Tensor:
    with torch.no_grad(), model.tap("layer3.0.bn1", "layer1") as seen:
        seen.run(pixels)
    return torch.cat([each.flatten() for each in seen.values()])


def gradient_at_a_layer(model: Classifier, pixels: Tensor) -> Tensor:
    with model.tap("layer2") as seen:
        logits = model(pixels.clone().requires_grad_())
    return torch.autograd.grad(logits[0, 1], seen["layer2"])[0]


@pytest.mark.slow
def test_two_threads_on_one_network_get_what_one_alone_gets(resnet: Classifier) -> None:
    pictures = [torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]
    kinds = [prediction, gradient, early_layer, late_layers, gradient_at_a_layer]
    calls = [(kind, pictures[index % 4]) for index in range(20) for kind in kinds]
    serial = [kind(resnet, pixels) for kind, pixels in calls]
    before = resnet.fingerprint
    with ThreadPoolExecutor(2) as threads:  # 100 calls each, one in the opposite order
        orders = (calls, calls[::-1])
        forwards, backwards = threads.map(lambda order: [kind(resnet, pixels) for kind, pixels in order], orders)
    assert all(torch.equal(a, b) for a, b in zip(forwards, serial, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(backwards, serial[::-1], strict=True))
    assert not hooks(resnet.network)
    assert resnet.fingerprint == before
