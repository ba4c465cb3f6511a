"""Whatever is asked of a wrapped network: the caller's own module stays as it was, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE, trained
from vizlib.models import Classifier

NAMES = ["ant", "bee", "cat", "dog"]


def pixels() -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def explained(method: str) -> Callable[[Classifier], Any]:
    return lambda model: vizlib.saliency(model, pixels(), method, "cat")


CALLS: dict[str, Callable[[Classifier], Any]] = {
    "call": lambda model: model(pixels().requires_grad_()).sum().backward(),
    "predict": lambda model: model.predict(pixels()),
    "top": lambda model: model.top(pixels()[:1]),
    "list_layers": vizlib.list_layers,
    "activations": lambda model: vizlib.activations(model, pixels(), ["conv1", "fc"]),
    **{each: explained(each) for each in vizlib.saliency_methods()},
    "maximize": lambda model: list(vizlib.maximize(model, 1, steps=2)),
    "fool": lambda model: vizlib.fool(model, pixels()[:1], 3, "pgd", steps=2),
    "sweep": lambda model: vizlib.sweep(model, [vizlib.to_image(pixels())[0]], "resize", [12, 20]),
    "twin": lambda model: model.twin().network.fc.bias.zero_(),
    "as_module": lambda model: model.as_module()(pixels().requires_grad_()).sum().backward(),
    "fingerprint": lambda model: model.fingerprint,
}


class Everything:
    """A module in the middle of its training, and a snapshot of all that belongs to it."""

    def __init__(self) -> None:
        self.network = trained()
        self.network(pixels()).sum().backward()
        self.network.drop.eval()
        self.network.fc.bias.requires_grad_(False)
        self.calls: list[int] = []
        self.handles = [
            self.network.layer2.register_forward_hook(lambda module, inputs, output: None),
            self.network.register_forward_pre_hook(self.count),
            self.network.fc.register_full_backward_hook(lambda module, into, out: None),
        ]

    def count(self, module: nn.Module, inputs: Any) -> None:
        self.calls.append(len(inputs[0]))

    def snapshot(self) -> list[Any]:
        found: list[Any] = [list(self.calls)]
        for path, each in self.network.named_modules():
            hooks = [(*each._forward_hooks,), (*each._forward_pre_hooks,), (*each._backward_hooks,)]
            found.append((path, each.training, hooks, sorted(set(vars(each)))))
        for path, each in self.network.named_parameters():
            values = (bits(each), each._version, each.requires_grad, each.data_ptr(), each.device, each.dtype)
            found.append((path, *values, None if each.grad is None else bits(each.grad)))
        return [*found, *((path, bits(each), each._version) for path, each in self.network.named_buffers())]


def bits(value: Tensor) -> bytes:
    return value.detach().numpy().tobytes()


def flags() -> list[Any]:
    return [
        torch.get_rng_state().numpy().tobytes(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_float32_matmul_precision(),
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.allow_tf32,
        *(list(getattr(nn.modules.module, f"_global_{kind}_hooks")) for kind in ("forward", "forward_pre", "backward")),
    ]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_leaves_the_callers_module_and_torchs_state_as_they_were(call: str) -> None:
    own = Everything()
    before, state = own.snapshot(), flags()
    CALLS[call](vizlib.wrap(own.network, class_names=NAMES, size=SIDE))
    assert own.snapshot() == before
    assert flags() == state


@given(calls=st.lists(st.sampled_from(sorted(CALLS)), min_size=2, max_size=5))
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_so_do_several_calls_one_after_another(calls: list[str]) -> None:
    own = Everything()
    before, state = own.snapshot(), flags()
    model = vizlib.wrap(own.network, class_names=NAMES, size=SIDE)
    for call in calls:
        CALLS[call](model)
    assert own.snapshot() == before
    assert flags() == state


def test_training_goes_on_as_if_nothing_had_been_asked() -> None:
    def step(network: nn.Module, seed: int) -> Tensor:
        torch.manual_seed(seed)
        network(pixels()).square().sum().backward()
        with torch.no_grad():
            for each in network.parameters():
                each -= 0.1 * each.grad
                each.grad = None
        return torch.cat([each.detach().flatten() for each in (*network.parameters(), *network.buffers())])

    with torch.random.fork_rng():
        asked, alone = trained(), trained()
        for seed in range(3):
            vizlib.saliency(vizlib.wrap(asked, size=SIDE), pixels(), "guided")
            assert torch.equal(step(asked, seed), step(alone, seed))
