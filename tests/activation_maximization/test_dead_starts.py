"""Units without a gradient at the start get a redirected gradient or another start; if none helps, a note says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib import maximize
from vizlib.activation_maximization import Frame, Settings, channel, class_logit, neuron
from vizlib.activation_maximization.passes.redirect import Redirected
from vizlib.activation_maximization.passes.scoring import Scorer
from vizlib.models import Classifier

SIDE = 16
ALIVE, ASLEEP, NEVER, OTHER = range(4)  # the channels of Sleepy's convolution
HOPELESS = "It gives the same value for every start that was tried, so there is nothing to climb."
SHORT = "Its gradient was zero in each of the {} steps. With more than 16, other starts are tried."
FRESH = "The usual start gave no gradient: it began from a drawn scene."


class Sleepy(nn.Module):
    """A convolution and an activation: one active channel, one far below zero, one without weights, and another one."""

    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.num_classes = 4
        self.pretrained_cfg = {"input_size": (3, SIDE, SIDE), "num_classes": 4, "mean": (0.0,) * 3, "std": (1.0,) * 3}
        self.conv, self.act, self.fc = nn.Conv2d(3, 4, 3), act, nn.Linear(4, 4)
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            self.conv.weight.copy_(0.1 * torch.randn(4, 3, 3, 3, generator=generator))
            self.conv.weight[ASLEEP] = torch.tensor([1.0, -1.0, -1.0]).view(3, 1, 1)  # red, and neither green nor blue
            self.conv.weight[NEVER] = 0.0
            self.conv.bias.fill_(3.0)
            self.conv.bias[ASLEEP] = -2.0  # on gray it gets -6.5, on red 7
            self.conv.bias[NEVER] = -1.0
            self.fc.weight.copy_(torch.eye(4))
            self.fc.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.act(self.conv(x)).mean((2, 3)))


class Saturated(Sleepy):
    """The same, but the sleeping channel is far above six, where ReLU6 has no gradient."""

    def __init__(self, act: nn.Module) -> None:
        super().__init__(act)
        with torch.no_grad():
            self.conv.bias[ASLEEP] = 14.5  # on gray it gets 10, on green and blue -3.5


class Stepped(nn.Module):
    """A logit that rises in steps, whose gradient is zero at every picture."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes = 1
        self.pretrained_cfg = {"input_size": (3, SIDE, SIDE), "num_classes": 1, "mean": (0.0,) * 3, "std": (1.0,) * 3}

    def forward(self, x: Tensor) -> Tensor:
        return (50 * x.mean((1, 2, 3))).round()[:, None]


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu in place": lambda: nn.ReLU(inplace=True),
    "relu6": nn.ReLU6,
    "relu6 in place": lambda: nn.ReLU6(inplace=True),
    "hardswish": nn.Hardswish,
    "hardswish in place": lambda: nn.Hardswish(inplace=True),
}


def sleepy(act: str = "relu", kind: type[Sleepy] = Sleepy) -> Classifier:
    return Classifier(kind(ACTIVATIONS[act]()), "sleepy", torch.device("cpu"))


def last(model: Classifier, goal: Any, **more: Any) -> Frame:
    given = {**asdict(Settings()), "transforms": "none", "parameterization": "pixels", **more}
    *_, frame = maximize(model, goal, **{"steps": 40, "size": SIDE, "start": "gray", **given})
    return frame


# The network of these tests


def test_a_sleeping_channel_has_no_gradient_on_gray_and_a_waking_one_has() -> None:
    for model in (sleepy(), sleepy("relu6", Saturated)):
        scorer = Scorer(model, [channel("act", ALIVE), channel("act", ASLEEP), channel("act", NEVER)], (SIDE, SIDE))
        gray = torch.full((3, 3, SIDE, SIDE), 0.5).requires_grad_()
        (gradient,) = torch.autograd.grad(scorer.values(gray, [0, 1, 2]).sum(), gray)
        assert [bool(each.any()) for each in gradient] == [True, False, False]


# The cure


@pytest.mark.slow
@pytest.mark.parametrize("act", list(ACTIVATIONS))
@pytest.mark.parametrize("goal", [channel("act", ASLEEP), neuron("act", ASLEEP), class_logit(ASLEEP)], ids=str)
def test_a_sleeping_unit_wakes_within_the_redirected_steps(act: str, goal: Any) -> None:
    frame = last(sleepy(act), goal, learning_rate=0.2)
    assert float(frame.scores) > 2
    assert frame.notes == ("",)
    middle = frame.pixels[0, :, 7:10, 7:10].mean((1, 2))  # inside this neuron's receptive field
    assert middle[0] > 0.9
    assert middle[1:].max() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("parameterization", ["fourier", "maco"])
def test_it_wakes_in_every_parameterization(parameterization: str) -> None:
    more = {"start": "noise", "parameterization": parameterization, "learning_rate": 0.1}
    assert float(last(sleepy(), channel("act", ASLEEP), **more).scores) > 0.1


def test_a_unit_that_is_saturated_above_can_be_brought_down() -> None:
    frame = last(sleepy("relu6", Saturated), -channel("act", ASLEEP), learning_rate=0.2)
    assert float(frame.scores) > -2  # it starts at about -6
    assert frame.notes == ("",)


def test_without_the_redirected_gradient_it_would_sleep_on(monkeypatch: pytest.MonkeyPatch) -> None:
    truly = Scorer.look
    monkeypatch.setattr(
        Scorer, "look", lambda self, pixels, glance, rows, redirect=False: truly(self, pixels, glance, rows)
    )
    first, *_, final = maximize(
        sleepy(), channel("act", ASLEEP), steps=15, size=SIDE, start="gray",
        **{**asdict(Settings()), "transforms": "none", "parameterization": "pixels"},
    )  # fmt: skip
    assert torch.equal(first.pixels, final.pixels)
    assert float(final.scores) == 0


def test_a_unit_that_wakes_too_slowly_starts_again_from_a_picture_that_excites_it() -> None:
    slow = last(sleepy(), [channel("act", ASLEEP), channel("act", ALIVE)], learning_rate=0.001)
    assert slow.notes == (FRESH, "")
    assert float(slow.scores[0]) > 0
    assert float((slow.pixels[0] - 0.5).abs().max()) > 0.3
    assert float((slow.pixels[1] - 0.5).abs().max()) < 0.05  # the other picture hardly changes


def test_a_unit_that_no_start_excites_is_reported() -> None:
    frame = last(sleepy(), [channel("act", NEVER), channel("act", ALIVE), channel("act", ASLEEP)], learning_rate=0.2)
    assert frame.notes == (HOPELESS, "", "")
    assert float(frame.scores[0]) == 0
    assert float(frame.scores[2]) > 2


def test_a_run_that_is_too_short_for_other_starts_says_so() -> None:
    frame = last(sleepy(), [channel("act", NEVER), channel("act", ALIVE)], steps=3)
    assert frame.notes == (SHORT.format(3), "")
    assert last(sleepy(), channel("act", NEVER), steps=17).notes == (HOPELESS,), "as the sentence promises"


def test_values_that_differ_without_a_gradient_are_not_said_to_be_the_same() -> None:
    model = Classifier(Stepped(), "stepped", torch.device("cpu"))
    frame = last(model, class_logit(0), steps=17)
    assert frame.notes == ("Its gradient is zero at every start that was tried, so there is nothing to climb.",)


def test_a_dead_start_is_reported_also_after_the_picture_has_grown() -> None:
    frames = list(
        maximize(
            sleepy(), [channel("act", NEVER), channel("act", ASLEEP)], steps=60, size=64, start="gray", grow=True,
            learning_rate=0.001, transforms="none", parameterization="pixels",
        )
    )  # fmt: skip
    assert frames[20].notes == (HOPELESS, FRESH)
    assert frames[-1].notes == (HOPELESS, FRESH)


def test_a_dead_start_is_reported_from_the_step_at_which_it_is_known() -> None:
    said = [frame.notes[0] for frame in maximize(sleepy(), channel("act", NEVER), steps=24, size=SIDE)]
    assert said[0] == ""
    assert said[-1] == HOPELESS
    assert said == sorted(said)


def test_a_picture_beside_dead_ones_is_the_same_as_alone() -> None:
    goals = [channel("act", ASLEEP), channel("act", ALIVE), channel("act", NEVER), channel("act", OTHER)]
    more = {"start": "noise", "transforms": "strong", "steps": 20}
    batch = last(sleepy(), goals, seed=[0] * 4, **more)
    for row in (1, 3):
        alone = last(sleepy(), goals[row], seed=0, **more)
        torch.testing.assert_close(batch.pixels[row], alone.pixels[0], rtol=0, atol=1e-5)
    assert batch.notes[1] == batch.notes[3] == ""


def test_a_living_run_is_never_redirected(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    truly = Scorer.look

    def look(self: Scorer, pixels: Tensor, glance: Any, rows: Any, redirect: bool = False) -> Any:
        asked.append(redirect)
        return truly(self, pixels, glance, rows, redirect)

    monkeypatch.setattr(Scorer, "look", look)
    last(sleepy(), channel("act", ALIVE), steps=20)
    assert asked == [False] * 20


@pytest.mark.slow
def test_a_restarted_run_makes_the_same_picture_again() -> None:
    one, other = (last(sleepy(), [channel("act", ASLEEP)] * 2, learning_rate=0.001) for _ in range(2))
    assert one.notes == (FRESH, FRESH)
    assert torch.equal(one.pixels, other.pixels)


# The redirected gradient itself


CALLS: dict[str, tuple[Callable[[Tensor], Tensor], float, float]] = {
    "F.relu": (F.relu, 0, float("inf")),
    "F.relu in place": (lambda x: F.relu(x, inplace=True), 0, float("inf")),
    "torch.relu": (torch.relu, 0, float("inf")),
    "relu_": (lambda x: x.relu_(), 0, float("inf")),
    "torch.relu_": (torch.relu_, 0, float("inf")),
    "F.relu6": (F.relu6, 0, 6),
    "F.relu6 in place": (lambda x: F.relu6(x, inplace=True), 0, 6),
    "F.hardtanh": (lambda x: F.hardtanh(x, 0.0, 6.0), 0, 6),
    "F.hardswish": (F.hardswish, -1.5, float("inf")),
    "F.hardswish in place": (lambda x: F.hardswish(x, inplace=True), -1.5, float("inf")),
}
every_call = pytest.mark.parametrize("call", list(CALLS))


def gradients(call: str, inputs: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Outputs and gradients of plain and of redirected passes."""
    found: list[Tensor] = []
    for mode in (False, True):
        leaf = inputs.clone().requires_grad_()
        if mode:
            with Redirected():
                outputs = CALLS[call][0](leaf * 1)
        else:
            outputs = CALLS[call][0](leaf * 1)
        found += [outputs.detach(), *torch.autograd.grad(outputs, leaf, upstream)]
    return found[0], found[1], found[2], found[3]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@every_call
def test_outputs_are_never_changed(call: str) -> None:
    plain, _, redirected, _ = gradients(call, 6 * normal(2, 3, 4, 4), normal(2, 3, 4, 4, seed=1))
    assert torch.equal(plain, redirected)


@every_call
def test_a_picture_with_any_gradient_keeps_the_true_one(call: str) -> None:
    inputs = 6 * normal(3, 3, 4, 4)
    inputs[1] = -100.0  # dead everywhere but at one place
    inputs[1, 2, 3, 3] = 1.0
    _, true, _, redirected = gradients(call, inputs, normal(3, 3, 4, 4, seed=1))
    assert true.flatten(1).any(1).all()
    assert torch.equal(redirected, true)


@every_call
def test_a_dead_picture_gets_what_pushes_its_inputs_back(call: str) -> None:
    _, low, high = CALLS[call]
    inputs, upstream = 6 * normal(3, 3, 4, 4), normal(3, 3, 4, 4, seed=1)
    inputs[1] = low - 1 - inputs[1].abs()
    if high < float("inf"):
        inputs[2] = high + 1 + inputs[2].abs()
    _, true, _, redirected = gradients(call, inputs, upstream)
    assert (true[1] * upstream[1]).max() <= 0
    assert torch.equal(redirected[0], true[0])
    assert torch.equal(redirected[1], upstream[1].clamp(min=0))
    assert torch.equal(redirected[2], upstream[2].clamp(max=0) if high < float("inf") else true[2])


def test_inside_a_network_only_the_dead_picture_differs() -> None:
    model = sleepy("relu in place")
    pixels = torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    pixels[0] = torch.tensor([0.9, 0.1, 0.1]).view(3, 1, 1)
    pixels[1] = 0.5
    found = []
    for mode in (False, True):
        leaf = pixels.clone().requires_grad_()
        if mode:
            with Redirected():
                value = model(leaf)[:, ASLEEP].sum()
        else:
            value = model(leaf)[:, ASLEEP].sum()
        found.append(torch.autograd.grad(value, leaf)[0])
    true, redirected = found
    assert true[0].any()
    torch.testing.assert_close(redirected[0], true[0])
    assert not true[1].any()
    # In the middle, all nine weights of the kernel contribute.
    weights = model.network.conv.weight[ASLEEP].sum((1, 2)) / 14**2
    torch.testing.assert_close(redirected[1, :, 8, 8], weights)


def test_other_calls_and_other_threads_are_left_alone() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def dead_gradient() -> Tensor:
        leaf = torch.full((1, 3), -1.0, requires_grad=True)
        return torch.autograd.grad(F.relu(leaf).sum(), leaf)[0]

    with Redirected(), ThreadPoolExecutor(1) as other:
        assert dead_gradient().all()
        assert not other.submit(dead_gradient).result().any()
        assert not F.relu(torch.tensor([-1.0])).any()
        leaf = torch.tensor([-1.0], requires_grad=True)
        assert torch.autograd.grad(F.silu(leaf).sum(), leaf)[0] == pytest.approx(0.0723, abs=1e-3)
    assert not dead_gradient().any()
