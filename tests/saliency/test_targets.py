"""What a map can be about: classes, units, sums and differences of them, functions; and one of these per picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.networks import SIDE, InPlace, Linear, seeded
from tests.saliency.asking import compared
from vizlib.errors import NotShowable, VizError
from vizlib.layers import channel, class_logit, custom, direction, neuron, whole_layer
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.saliency import MENU, explain, saliency, saliency_methods

every_method = pytest.mark.parametrize("method", saliency_methods())
A, B = class_logit(1), class_logit(3)
FEW: dict[str, dict[str, Any]] = {
    "smoothgrad": {"samples": 5},
    "integrated_gradients": {"steps": 5},
    "expected_gradients": {"samples": 40},
    "rise": {"masks": 50},
}


@pytest.fixture
def model(device: str) -> Classifier:
    return seeded(partial(InPlace, mean=(0.4,) * 3, std=(0.2,) * 3), device)


def noise(count: int = 1, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def maps(model: Classifier, method: str, target: Any, count: int = 1, **more: Any) -> Tensor:
    """The maps, of Grad-CAM at a layer below every unit that is asked about here."""
    more = {**FEW.get(method, {}), **compared(method), **more}
    return explain(model, noise(count), method, target, layer=_layer(method), **more).values


def _layer(method: str) -> str | None:
    return "conv2" if MENU[method].needs_layer else None


def rows_of_logits(logits: Tensor) -> Tensor:
    return logits[:, 1] - logits[:, 3]


# Differences: "tabby rather than tiger cat"


def test_the_gradient_of_a_difference_on_a_linear_network_is_the_difference_of_the_weights(device: str) -> None:
    linear = seeded(partial(Linear, 8), device)
    weights = linear.network.conv.weight.cpu()
    found = saliency(linear, noise(side=8), target=class_logit("class 0") - 2 * class_logit(3))
    assert torch.equal(found[0], (weights[0] - 2 * weights[3]).abs().amax(0))
    shares = saliency(linear, noise(side=8), "integrated_gradients", A - B, steps=2)
    torch.testing.assert_close(shares[0], ((weights[1] - weights[3]) * noise(side=8)[0]).sum(0))


GOALS = [
    (A - B, lambda logits, seen: logits[:, 1] - logits[:, 3]),
    ((A + B) / 2 - channel("conv1", 4), lambda logits, seen: logits[:, [1, 3]].mean(1) - seen["conv1"][:, 4].mean()),
    (neuron("conv2", 2, (3, 4)) - B, lambda logits, seen: seen["conv2"][:, 2, 3, 4] - logits[:, 3]),
    (direction("conv3", [1.0, -2.0] * 4), lambda logits, seen: (seen["conv3"].mean((2, 3)) @ logits.new([1, -2] * 4))),
    (whole_layer("conv3"), lambda logits, seen: seen["conv3"].square().mean((1, 2, 3))),
    (custom(lambda late, early: late[:, 0, 0, 0] * early.mean((1, 2, 3)), "conv3", "conv1"),
     lambda logits, seen: seen["conv3"][:, 0, 0, 0] * seen["conv1"].mean((1, 2, 3))),
]  # fmt: skip


@pytest.mark.parametrize(("goal", "formula"), GOALS, ids=[str(goal) for goal, _ in GOALS])
def test_the_gradient_of_an_objective_is_what_autograd_says(model: Classifier, goal: Any, formula: Any) -> None:
    leaf = noise().to(model.device).requires_grad_()
    with model.tap("conv1", "conv2", "conv3") as seen:
        logits = model(leaf)
    (gradient,) = torch.autograd.grad(formula(logits, seen).sum(), leaf)
    found = saliency(model, noise(), "gradient", goal)
    torch.testing.assert_close(found, gradient.abs().amax(1).cpu(), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(("method", "knobs"), [("integrated_gradients", {}), ("grad_cam", {"keep_negative": True})])
def test_a_linear_methods_map_of_a_difference_is_the_difference_of_the_maps(
    model: Classifier, method: str, knobs: dict[str, Any]
) -> None:
    both = maps(model, method, A - 2 * B, **knobs)
    torch.testing.assert_close(
        both, maps(model, method, A, **knobs) - 2 * maps(model, method, B, **knobs), rtol=1e-4, atol=1e-6
    )
    rectified = maps(model, method, A - B)
    assert (rectified.amin() >= 0) == (method == "grad_cam")


def test_what_a_difference_gains_is_the_sum_of_its_integrated_gradients(model: Classifier) -> None:
    estimate = explain(model, noise(), "integrated_gradients", A - B, steps=200)
    pair = torch.cat([noise(), torch.zeros_like(noise())]).to(model.device)
    gain, none = rows_of_logits(model(pair)).tolist()
    assert float(estimate.values.sum()) == pytest.approx(gain - none, rel=0.02)
    assert f"the score changes by {gain - none:.3f}" in estimate.note


# Every method takes every target, also one per picture


@every_method
@pytest.mark.parametrize("same", ["class 1", A, custom(lambda logits: logits[:, 1])], ids=["name", "logit", "function"])
def test_a_class_its_name_its_logit_and_a_function_that_returns_it_have_one_map(
    model: Classifier, method: str, same: Any
) -> None:
    torch.testing.assert_close(maps(model, method, same, 2), maps(model, method, 1, 2))


@every_method
def test_each_picture_may_have_a_target_of_its_own_kind(model: Classifier, method: str) -> None:
    targets = [3, "class 1", Unit("conv3", 2), Unit("conv3", 2, (3, 4)), A - B, rows_of_logits]
    mixed = maps(model, method, targets, len(targets))
    for row, target in enumerate(targets):
        wanted = maps(model, method, target, len(targets))[row]
        torch.testing.assert_close(mixed[row], wanted, rtol=1e-4, atol=1e-7)


@every_method
def test_several_units_are_one_batch(model: Classifier, method: str) -> None:
    units = [Unit("conv3", each) for each in range(4)]
    knobs: dict[str, Any] = {"layer": _layer(method), **FEW.get(method, {}), **compared(method)}
    found = saliency(model, noise().expand(4, -1, -1, -1), method, units, **knobs)
    for row, unit in enumerate(units):
        torch.testing.assert_close(found[row], saliency(model, noise(), method, unit, **knobs)[0], rtol=1e-4, atol=1e-7)


def test_pictures_with_different_targets_share_one_pass_that_goes_no_further_than_needed(model: Classifier) -> None:
    calls: dict[str, int] = {"conv1": 0, "conv3": 0, "fc": 0}

    def counted(target: Any) -> list[int]:
        calls.update(dict.fromkeys(calls, 0))
        saliency(model, noise(3), "gradient", target)
        return list(calls.values())

    def count(path: str) -> Callable[..., None]:
        return lambda *_: calls.update({path: calls[path] + 1})

    handles = [model.module(path).register_forward_hook(count(path)) for path in calls]
    try:
        saliency(model, noise(), target=Unit("conv1", 0))  # the layers are listed once
        assert counted([1, 2, 3]) == [1, 1, 1]
        assert counted([1, Unit("conv3", 2), A - channel("conv1", 1)]) == [1, 1, 1]
        assert counted([Unit("conv3", 2), neuron("conv1", 1), Unit("conv1", 2)]) == [1, 1, 0]
        assert counted(Unit("conv1", 2)) == [1, 0, 0]
    finally:
        for handle in handles:
            handle.remove()


@pytest.mark.parametrize("method", ["gradient", "guided", "smoothgrad", "lrp"])
def test_a_method_goes_on_in_parts_where_memory_holds_few_pictures(model: Classifier, method: str) -> None:
    asked: list[int] = []

    def small(module: Any, inputs: Any) -> None:
        asked.append(len(inputs[0]))
        if len(inputs[0]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    wanted = maps(model, method, [1, 2, 3, 4, 1, 2], 6)
    handle = model.network.register_forward_pre_hook(small)
    try:
        torch.testing.assert_close(maps(model, method, [1, 2, 3, 4, 1, 2], 6), wanted)
        assert any(count > 3 for count in asked)
        asked.clear()
        torch.testing.assert_close(maps(model, method, rows_of_logits, 5), maps(model, method, A - B, 5))
        assert not any(count > 3 for count in asked)  # the limit is remembered
    finally:
        handle.remove()


# Grad-CAM reads one layer, the objective perhaps others


def test_grad_cam_counts_only_what_depends_on_its_layer(model: Classifier) -> None:
    """A term of an earlier layer does not depend on the maps of a later one, so it adds nothing."""
    knobs = {"layer": "conv3", "keep_negative": True}
    one = saliency(model, noise(), "grad_cam", A - 3 * channel("conv1", 2), **knobs)
    torch.testing.assert_close(one, saliency(model, noise(), "grad_cam", A, **knobs))
    with pytest.raises(NotShowable, match="The score does not depend on conv3") as refusal:
        saliency(model, noise(), "grad_cam", channel("conv1", 2) - neuron("conv2", 1), **knobs)
    assert refusal.value.remedy == "Choose an earlier layer."


def test_grad_cam_of_a_channel_of_its_own_layer_is_that_channels_map(model: Classifier) -> None:
    with model.tap("conv3") as seen, torch.no_grad():
        model(noise().to(model.device))
    wanted = seen["conv3"][:, 2].cpu() / 64  # the mean over 8 x 8 places
    found = saliency(model, noise(), "grad_cam", channel("conv3", 2), layer="conv3", keep_negative=True)
    large = torch.nn.functional.interpolate(wanted[:, None], size=SIDE, mode="bilinear")[:, 0]
    torch.testing.assert_close(found, large)


# What leads nowhere


def test_a_network_that_detaches_its_values_gets_a_sentence(model: Classifier) -> None:
    handle = model.module("conv3").register_forward_hook(lambda module, inputs, output: output.detach())
    try:
        with pytest.raises(VizError, match="No gradient leads from the output of InPlace back") as refusal:
            saliency(model, noise())
    finally:
        handle.remove()
    assert refusal.value.remedy


def test_a_map_of_nothing_says_so(model: Classifier) -> None:
    estimate = explain(model, noise(), target=A - A)
    assert not estimate.values.any()
    assert "the score seems not to depend on the picture at all (it is 0 for this picture" in estimate.doubt
