"""A network with hooks is computed as it is, and a hook that comes or goes is seen at the next call."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.nn.utils import parametrizations

import vizlib
from tests.networks import SIDE, Own, trained
from vizlib.models import Classifier, folded, foreign

Handle = Callable[[], None]


@pytest.fixture
def scenes() -> Classifier:
    return vizlib.load_model("bundled/scenes", device="cpu").twin()


@pytest.fixture
def own() -> Classifier:
    return vizlib.wrap(trained(), size=SIDE)


def maximized(model: Classifier) -> Tensor:
    *_, last = vizlib.maximize(model, 1, steps=3, size=(SIDE, SIDE))
    return last.pixels


def half_dead(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
    return output * (torch.arange(output.shape[1]) % 2)[None, :, None, None]


def put_hook(model: Classifier) -> Handle:
    return model.network.layer2.register_forward_hook(half_dead).remove


def put_early_hook(model: Classifier) -> Handle:
    return model.network.layer2.register_forward_pre_hook(lambda module, inputs: inputs[0] / 2).remove


def put_gradient_hook(model: Classifier) -> Handle:
    def flipped(module: nn.Module, into: Any, out: Any) -> Any:
        return (-into[0],)

    return model.network.fc.register_full_backward_hook(flipped).remove


def put_hook_on_the_norm(model: Classifier) -> Handle:
    norm = next(each for each in model.network.modules() if isinstance(each, nn.BatchNorm2d))
    return norm.register_forward_hook(half_dead).remove


def put_hook_everywhere(model: Classifier) -> Handle:
    def halved(module: nn.Module, inputs: Any, output: Any) -> Any:
        return output / 2 if isinstance(module, nn.Conv2d) else None

    return register_module_forward_hook(halved).remove


def put_forward(model: Classifier) -> Handle:
    layer = model.network.layer2
    layer.forward = types.MethodType(lambda self, x: type(self).forward(self, x) * 0.5, layer)
    return lambda: delattr(layer, "forward")


PUT = [put_hook, put_early_hook, put_gradient_hook, put_hook_on_the_norm, put_hook_everywhere, put_forward]


@pytest.mark.parametrize("put", PUT)
def test_what_others_put_on_it_is_seen_and_gone_again(own: Classifier, put: Callable[[Classifier], Handle]) -> None:
    clean, fingerprint = maximized(own), own.fingerprint
    assert folded(own)[0] is not own
    remove = put(own)
    assert own.fingerprint != fingerprint
    assert folded(own) == (own, frozenset())
    assert not torch.equal(maximized(own), clean)
    remove()
    assert own.fingerprint == fingerprint
    assert torch.equal(maximized(own), clean)


def test_a_hook_that_was_there_first_is_forgotten_when_it_goes(scenes: Classifier) -> None:
    fresh = scenes.twin()
    remove = put_hook(scenes)
    hooked = maximized(scenes)
    remove()
    assert torch.equal(maximized(scenes), maximized(fresh))
    assert not torch.equal(hooked, maximized(fresh))


@pytest.mark.slow
def test_a_fooling_image_found_after_a_hook_is_gone_is_that_of_the_clean_network(scenes: Classifier) -> None:
    picture = vizlib.to_image(torch.full((1, 3, *scenes.input_size), 0.5))[0]
    expected = vizlib.fool(scenes.twin(), picture, 4, steps=12).png
    remove = put_hook(scenes)
    hooked = vizlib.fool(scenes, picture, 4, steps=12)
    remove()
    assert vizlib.fool(scenes, picture, 4, steps=12).png == expected != hooked.png


def test_the_engines_own_hooks_do_not_count(own: Classifier) -> None:
    fingerprint = own.fingerprint
    with own.tap("layer2", "conv1"):
        assert not foreign(own.network)
        assert own.fingerprint == fingerprint
    handle = own.network.layer2.register_forward_hook(partial(half_dead))
    assert len(foreign(own.network)) == 1
    handle.remove()


def test_the_same_hook_put_twice_is_two_hooks(own: Classifier) -> None:
    seen = set()
    for _ in range(2):
        remove = put_hook(own)
        seen.add(own.fingerprint)
        remove()
    assert len(seen) == 2


def test_parametrizations_are_not_folded() -> None:
    network = trained()
    parametrizations.weight_norm(network.conv1)
    model = vizlib.wrap(network, size=SIDE)
    assert folded(model)[0] is model


def test_a_norm_that_was_set_to_training_is_not_folded(own: Classifier) -> None:
    own.network.bn1.train()
    assert folded(own)[0] is own


def test_a_compiled_network_is_not_folded(own: Classifier) -> None:
    own.network.compile(backend="eager")
    assert folded(own)[0] is own


class Scaled(Own):
    """Scales its channels by a number that neither its weights nor its text show."""

    factor = 1.0

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x * self.factor)


def test_a_number_that_no_fingerprint_sees_is_seen_by_folding() -> None:
    model = vizlib.wrap(trained(Scaled), size=SIDE)
    once = maximized(model)
    model.network.factor = 0.25
    fresh = model.twin()
    assert not torch.equal(maximized(model), once)
    assert torch.equal(maximized(model), maximized(fresh))


def test_norms_without_statistics_are_not_folded() -> None:
    network = trained()
    network.bn1 = nn.BatchNorm2d(6, track_running_stats=False)
    network.layer2[1] = nn.BatchNorm2d(8, track_running_stats=False)
    model = vizlib.wrap(network, size=SIDE)
    assert folded(model)[0] is model


def test_a_convolution_of_ones_own_that_is_called_conv2d_is_not_folded() -> None:
    class Conv2d(nn.Conv2d):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) * (self.weight.detach().abs().sum() > 0) + x.sum(1, keepdim=True)

    network = trained()
    network.conv1 = Conv2d(3, 6, 3, padding=1)
    assert "conv1" not in folded(vizlib.wrap(network, size=SIDE))[1]


# Other facts that are kept


def test_the_layers_are_listed_again_after_the_network_was_rebuilt(own: Classifier) -> None:
    before = [each.path for each in vizlib.list_layers(own)]
    own.network.layer2.append(nn.Conv2d(8, 8, 3, stride=2, padding=1))
    after = {each.path: each.shape for each in vizlib.list_layers(own)}
    assert "layer2.3" not in before
    assert after["layer2.3"] == (8, SIDE // 2, SIDE // 2)


def test_the_shapes_are_those_that_a_hook_leaves(own: Classifier) -> None:
    before = {each.path: each.shape for each in vizlib.list_layers(own)}
    handle = own.network.conv1.register_forward_hook(lambda module, inputs, output: output[..., ::2, ::2])
    during = {each.path: each.shape for each in vizlib.list_layers(own)}
    handle.remove()
    after = {each.path: each.shape for each in vizlib.list_layers(own)}
    assert before == after
    assert during["act"] == (6, SIDE // 2, SIDE // 2)
