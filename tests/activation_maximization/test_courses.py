"""Steps equal those that courses teach: each is written down here once more, from its description, without the engine.

The random numbers of a run (its start and its shifts) are handed over, so that both sides begin alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.networks import Linear, plain
from vizlib import maximize
from vizlib.activation_maximization import COURSES, OPTIMIZERS, Settings, class_verdict, custom, spaces
from vizlib.activation_maximization.film import film
from vizlib.activation_maximization.spaces import blur, draw_shift
from vizlib.models import Classifier

SIDE, STEPS, TARGET = 24, 20, 2
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
Picture = Tensor  # (1, 3, SIDE, SIDE), in the space of the course
Shifts = list[tuple[int, int]]


class Smooth(nn.Module):
    """Two convolutions without kinks, so that rounding does not grow from step to step."""

    def __init__(self, **config: Any) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 4, plain(SIDE, 4, **config)
        self.conv1, self.act1 = nn.Conv2d(3, 8, 5, padding=2), nn.Tanh()
        self.conv2, self.act2 = nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Tanh()
        self.fc = nn.Linear(8 * 12 * 12, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.act2(self.conv2(self.act1(self.conv1(x)))).flatten(1))


def smooth(**config: Any) -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        network = Smooth(**config)
    return Classifier(network, "Smooth", "cpu")


def normal(seed: int = 0) -> Picture:
    return torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def gradient(score: Callable[[Tensor], Tensor], x: Picture) -> Tensor:
    leaf = x.clone().requires_grad_()
    score(leaf).backward()
    assert leaf.grad is not None
    return leaf.grad


@pytest.fixture
def shifts(monkeypatch: pytest.MonkeyPatch) -> Shifts:
    """The shifts (down, right) of the run, in its order."""
    drawn: Shifts = []

    def noted(*given: Any) -> tuple[int, int]:
        drawn.append(draw_shift(*given))
        return drawn[-1]

    monkeypatch.setattr(spaces, "draw_shift", noted)
    return drawn


def ours(model: Classifier, course: str, goal: Any = TARGET, **more: Any) -> list[Tensor]:
    """The pixels before the first step, after it, ... and after the last one; that before the last one is missing."""
    settings = {**COURSES[course].settings, **more}
    return [frame.pixels for frame in maximize(model, goal, STEPS, 0, **settings)]


def equal(found: list[Tensor], theirs: Iterator[Picture], shown: Callable[[Picture], Tensor]) -> None:
    wanted = [shown(each) for each in theirs]
    assert len(wanted) == STEPS + 1
    assert (wanted[-1] - wanted[0]).abs().max() > 0.05  # the picture has moved
    for one, other in zip(found, [*wanted[: STEPS - 1], wanted[-1]], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def per_channel(numbers: tuple[float, ...]) -> Tensor:
    return torch.tensor(numbers).view(1, 3, 1, 1)


# CS231n and RDFIA


def blurred(x: Picture, sigma: float) -> Picture:
    """One axis after the other, mirrored with the border's own pixels; the kernel ends at 4 sigma."""
    reach = int(4 * sigma + 0.5)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    array = x.numpy().astype(np.float64)
    for axis in (2, 3):
        wide = np.pad(array, [(reach, reach) if each == axis else (0, 0) for each in range(4)], mode="symmetric")
        parts = [np.take(wide, range(at, at + array.shape[axis]), axis) for at in range(2 * reach + 1)]
        array = sum(weight * part for weight, part in zip(kernel, parts))
    return torch.from_numpy(array).float()


def class_visualization(network: nn.Module, shifts: Shifts, rate: float, l2: float = 1e-3) -> Iterator[Picture]:
    """CS231n's create_class_visualization and RDFIA's: roll, step, roll back, clamp, and blur every tenth time."""
    low, high = -per_channel(MEAN) / per_channel(STD), (1 - per_channel(MEAN)) / per_channel(STD)
    x = normal()
    yield x
    for step, (down, right) in enumerate(shifts):
        x = x.roll((down, right), (2, 3))
        x = x + rate * gradient(lambda z: network(z)[0, TARGET] - l2 * (z * z).sum(), x)
        x = x.roll((-down, -right), (2, 3))
        x = torch.minimum(torch.maximum(x, low), high)
        if step % 10 == 0:
            x = blurred(x, 0.5)
        yield x


@pytest.mark.parametrize(("course", "rate"), [("cs231n", 25.0), ("rdfia", 5.0)])
def test_class_pictures_of_cs231n_and_rdfia_are_those_of_the_exercise(course: str, rate: float, shifts: Shifts) -> None:
    model = smooth(mean=MEAN, std=STD)
    found = ours(model, course)
    theirs = list(class_visualization(model.network, shifts, rate))
    assert len(set(shifts)) > STEPS / 2  # it was rolled
    free = (found[-1] > 0) & (found[-1] < 1)
    assert free.float().mean() > 0.3  # it is not black and white alone
    equal(found, iter(theirs), lambda x: (x * per_channel(STD) + per_channel(MEAN)).clamp(0, 1))


@pytest.mark.parametrize("sigma", [0.2, 0.5, 1.3, 4.0])
def test_the_courses_blur_is_that_of_scipy(sigma: float) -> None:
    ndimage = pytest.importorskip("scipy.ndimage", reason="scipy is not installed, which this compares with")
    x = normal()
    wanted = ndimage.gaussian_filter1d(ndimage.gaussian_filter1d(x.numpy(), sigma, axis=2), sigma, axis=3)
    torch.testing.assert_close(blur(x, torch.tensor([sigma])), torch.from_numpy(wanted), rtol=0, atol=1e-6)
    torch.testing.assert_close(blurred(x, sigma), torch.from_numpy(wanted), rtol=0, atol=1e-6)


# Keras, keras-vis, lectures


def filter_ascent(network: Smooth, x: Picture, unit: int, rate: float = 10.0) -> Iterator[Picture]:
    """Keras, "Visualizing what convnets learn": x + rate * g / ||g||, the mean of a filter without 2 px of border."""

    def score(z: Tensor) -> Tensor:
        return network.conv2(network.act1(network.conv1(z)))[0, unit, 2:-2, 2:-2].mean()

    yield x
    for _ in range(STEPS):
        slope = gradient(score, x)
        x = x + rate * slope / slope.square().sum().clamp(min=1e-12).sqrt()
        yield x


def test_filters_of_the_keras_example_are_those_of_its_loop() -> None:
    model = smooth(mean=(0.5,) * 3, std=(0.5,) * 3)  # its networks take -1 to 1
    start = (torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) - 0.5) * 0.25
    inner = custom(lambda maps: maps[:, 3, 2:-2, 2:-2].mean((1, 2)), "conv2")
    found = ours(model, "keras_filter", inner, start=0.5 + 0.5 * start)
    assert not bool(found[-1].amax() <= 1)  # nothing is clamped
    equal(found, filter_ascent(model.network, start, 3), lambda x: 0.5 + 0.5 * x)


def rmsprop(network: nn.Module, x: Picture) -> Iterator[Picture]:
    """keras-vis, Optimizer.minimize, in gray levels: x + g / sqrt(cache + 1e-7), g of length one, decay 0.95."""
    cache = torch.zeros_like(x)
    yield x
    for _ in range(STEPS):
        slope = gradient(lambda z: network(z / 255)[0, TARGET], x)
        slope = slope / slope.square().sum().sqrt()
        cache = 0.95 * cache + 0.05 * slope**2
        x = x + slope / (cache + 1e-7).sqrt()
        yield x


def test_pictures_of_keras_vis_are_those_of_its_rmsprop() -> None:
    model = smooth()
    found = ours(model, "keras_vis", learning_rate=1 / 255, tv=0.0)
    equal(found, rmsprop(model.network, 127.5 + 0.05 * 255 * normal()), lambda x: x / 255)


def ascent(network: nn.Module, x: Picture, rate: float, kept: float = 0.0) -> Iterator[Picture]:
    """x(i + 1) = x(i) + rate * grad h(x(i)); with momentum, that of the sum of all gradients, the older the smaller."""
    speed = torch.zeros_like(x)
    yield x
    for _ in range(STEPS):
        speed = kept * speed + gradient(lambda z: network(z)[0, TARGET], x)
        x = x + rate * speed
        yield x


@pytest.mark.parametrize(("optimizer", "kept"), [("ascent", 0.0), ("momentum", 0.9)])
def test_plain_ascent_is_the_algorithm_of_the_lecture(optimizer: str, kept: float) -> None:
    model = smooth()
    found = ours(model, "lecture", optimizer=optimizer)
    equal(found, ascent(model.network, 0.5 + 0.05 * normal(), 1.0, kept), lambda x: x)


# Known answers


@pytest.fixture(scope="module")
def dyadic() -> Classifier:
    """A linear network whose weights are eighths, so that sums of them are exact."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = Linear()
    network.conv.weight.data = (network.conv.weight * 100).round() / 8
    return Classifier(network, "Dyadic", "cpu")


def bare(**more: Any) -> Mapping[str, Any]:
    return {**COURSES["lecture"].settings, **more}


def moved(model: Classifier, goal: Any, steps: int, **more: Any) -> Tensor:
    *_, frame = maximize(model, goal, steps, 0, torch.full((1, 3, 16, 16), 0.5), **bare(**more))
    return frame.pixels - 0.5


def test_on_a_linear_network_plain_ascent_adds_the_weights_at_each_step_exactly(dyadic: Classifier) -> None:
    weight = dyadic.network.conv.weight[1:2]
    assert torch.equal(moved(dyadic, 1, 6, learning_rate=0.5), 6 * 0.5 * weight)
    assert torch.equal(moved(dyadic, 1, 6, learning_rate=0.5, clamp=True), (0.5 + 3 * weight).clamp(0, 1) - 0.5)


def test_a_step_of_the_normalized_gradient_has_the_length_of_the_rate(dyadic: Classifier) -> None:
    assert moved(dyadic, 1, 3, optimizer="normalized", learning_rate=2.0).norm() == pytest.approx(6.0, rel=1e-5)


def test_penalties_are_sums_over_the_picture_subtracted_from_the_score(dyadic: Classifier) -> None:
    weight = dyadic.network.conv.weight[1:2]
    torch.testing.assert_close(moved(dyadic, 1, 1, learning_rate=0.5, l2=0.25), 0.5 * (weight - 2 * 0.25 * 0.5))
    start = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    slope = gradient(lambda z: z.diff(dim=2).square().sum() + z.diff(dim=3).square().sum(), start)
    *_, frame = maximize(dyadic, 1, 1, 0, start, **bare(learning_rate=0.5, tv=3.0))
    torch.testing.assert_close(frame.pixels, start + 0.5 * (weight - 3 * slope))


def test_the_rolled_view_gives_its_gradient_back_where_it_belongs(dyadic: Classifier, shifts: Shifts) -> None:
    found = moved(dyadic, 1, 1, learning_rate=0.5, roll=7)
    ((down, right),) = shifts
    assert (down, right) != (0, 0)
    assert torch.equal(found, 0.5 * dyadic.network.conv.weight[1:2].roll((-down, -right), (2, 3)))


def test_shifts_go_from_nothing_to_the_whole_roll_in_both_directions() -> None:
    chance = torch.Generator().manual_seed(0)
    assert {draw_shift(chance, 2) for _ in range(200)} == {(down, right) for down in range(3) for right in range(3)}


def test_the_course_starts_from_noise_of_strength_one_in_the_networks_own_units() -> None:
    model = smooth(mean=MEAN, std=STD)
    first = next(iter(maximize(model, TARGET, 1, 0, **{**COURSES["rdfia"].settings, "clamp": False})))
    start = next(maximize(model, TARGET, 2, 0, **{**COURSES["rdfia"].settings, "clamp": False}))
    torch.testing.assert_close(start.pixels, normal() * per_channel(STD) + per_channel(MEAN))
    assert first.stretch


# What the loop promises holds for every optimizer


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_a_batch_with_rates_of_its_own_is_the_separate_runs(optimizer: str) -> None:
    model = smooth(mean=MEAN, std=STD)
    goals, rates, weights = [0, 1], [0.3, 0.02], [0.0, 0.01]
    given = {"parameterization": "normalized", "optimizer": optimizer, "transforms": "none", "roll": 5, "blur": 0.5}
    *_, both = maximize(model, goals, 6, [4, 4], learning_rate=rates, l2=weights, **given)
    for row, goal in enumerate(goals):
        *_, one = maximize(model, goal, 6, 4, learning_rate=rates[row], l2=weights[row], **given)
        torch.testing.assert_close(both.pixels[row : row + 1], one.pixels, rtol=0, atol=1e-5)
        assert both.penalties["l2"][row] == pytest.approx(float(one.penalties["l2"]), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize("parameterization", ["fourier", "raw"])
def test_every_optimizer_raises_the_score_in_every_space(optimizer: str, parameterization: str) -> None:
    rate = {"ascent": 0.5, "momentum": 0.1, "normalized": 0.5}.get(optimizer, 0.02)
    given = {"optimizer": optimizer, "parameterization": parameterization, "transforms": "none", "learning_rate": rate}
    first, *_, last = maximize(smooth(), 1, 8, **given)
    assert last.pixels.isfinite().all()
    assert last.scores > first.scores


def test_only_adam_takes_the_preset_of_the_family() -> None:
    steps = {"steps": 2, "parameterization": "raw", "learning_rate": 0.5}
    *_, one = maximize(smooth(), 1, **steps, optimizer="ascent")
    *_, other = maximize(smooth(), 1, **{**bare(clamp=True), **steps})
    assert torch.equal(one.pixels, other.pixels)


def test_a_run_may_grow_and_its_last_picture_is_the_answer() -> None:
    model = smooth()
    *frames, last = maximize(model, 1, 8, 0, size=32, **bare(grow=True))
    assert {each.pixels.shape[2] for each in [*frames, last]} == {32}
    assert last.stretch


def test_values_that_no_picture_can_have_are_measured_and_filmed_too() -> None:
    model = smooth()
    *_, reel = film(model, TARGET, maximize(model, TARGET, 4, 0, **bare(learning_rate=100.0)))
    assert reel.frame.pixels.amax() > 1
    with torch.no_grad():
        wanted = model.network(reel.frame.pixels).softmax(1)[0, TARGET]
    assert reel.stills[-1].probability == pytest.approx(float(wanted), rel=1e-5)
    assert (reel.film[-1].image.min(), reel.film[-1].image.max()) == (0, 255)
    assert class_verdict(model, reel.frame.pixels, TARGET)[0].probability == reel.stills[-1].probability


def test_every_course_gives_all_settings() -> None:
    names = set(Settings.__dataclass_fields__)
    assert all(set(each.settings) == names and each.steps and each.source for each in COURSES.values())
