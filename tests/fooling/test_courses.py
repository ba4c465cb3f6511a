"""The attacks that courses teach: each step is that of a straightforward loop, written from the course's description.

Every loop here works as its course does: on a bare module, in normalized space where the course is there, with seeded
random weights. None of them uses the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from tests.networks import SIDE, InPlace
from vizlib.fooling import classic, perturb, perturbing
from vizlib.fooling.aim import aimed
from vizlib.fooling.engine import case_of
from vizlib.fooling.reading import reading_of
from vizlib.layers import class_logit
from vizlib.models import Classifier, in_own_context

MEAN, STD = (0.4, 0.5, 0.3), (0.2, 0.25, 0.3)
STEPS = 20
CLOSE = {"atol": 1e-5, "rtol": 0.0}


@pytest.fixture(scope="module")
def course(device: str) -> Classifier:
    """Seeded random weights, with a mean and a std as courses' networks have them."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = InPlace(mean=MEAN, std=STD)
    return Classifier(network, "course", torch.device(device))


@pytest.fixture(scope="module")
def pixels(device: str) -> Tensor:
    """Two pictures (2, 3, 16, 16) at whole levels, black and white among them."""
    drawn = torch.randint(0, 256, (2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(4))
    return (drawn.float() / 255).to(device)


def column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values).view(1, -1, 1, 1).to(like)


def normalized(pixels: Tensor) -> Tensor:
    return (pixels - column(MEAN, pixels)) / column(STD, pixels)


def gradient(network: nn.Module, values: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    values = values.detach().clone().requires_grad_()
    loss(network(values)).backward()
    found = values.grad
    assert found is not None
    return found


@in_own_context  # as `fool` is: within the engine, values may leave [0, 1] on the way
def steps_of(model: Classifier, picture: Any, target: int, **knobs: Any) -> list[Tensor]:
    """The unrounded pictures of "classic" after each step, (1, 3, H, W)."""
    case, _ = case_of(model, reading_of(model, picture), aimed(model, target))
    seen: list[Tensor] = []
    attempt = case.attempt

    def note(step: int, total: int, values: Tensor, goal: float | None = None) -> Any:
        seen.append(values)
        return attempt(step, total, values, goal)

    case.attempt = note  # type: ignore[method-assign]
    list(classic.run(case, classic.Knobs(lead=20.0, steps=STEPS, **knobs)))
    return seen


# CS231n and RDFIA: x += rate * g / ||g||, in normalized space


@pytest.mark.parametrize("rate", [1.0, pytest.param(0.1, marks=pytest.mark.slow)])
def test_gradient_ascent_in_normalized_space_is_cs231ns_loop(course: Classifier, pixels: Tensor, rate: float) -> None:
    start, target = pixels[:1], int(course(pixels[:1]).argmin())
    x = normalized(start)
    ours = steps_of(course, start, target, space="normalized", rate=rate)
    assert len(ours) == STEPS
    for values in ours:
        g = gradient(course.network, x, lambda scores: scores[0, target])
        x = x + rate * g / g.norm()
        torch.testing.assert_close(normalized(values), x, **CLOSE)


@pytest.mark.slow
def test_a_gray_network_takes_the_same_loop_on_luma(digits: Classifier, digit: np.ndarray) -> None:
    how = digits.preprocessing
    mean, std = how.mean[0], how.std[0]
    x = (digits.prepare(digit)[:, :1] - mean) / std
    for values in steps_of(digits, digit, 3, space="normalized", rate=0.5):
        g = gradient(digits.network, x, lambda scores: scores[0, 3])
        x = x + 0.5 * g / g.norm()
        torch.testing.assert_close((values - mean) / std, x.expand(1, 3, -1, -1), atol=3e-5, rtol=0.0)


# Kolter and Madry: SGD on delta, clamped


@pytest.mark.slow
def test_pgd_with_the_plain_gradient_is_kolter_and_madrys_untargeted_loop(course: Classifier, pixels: Tensor) -> None:
    frames = list(perturbing(course, pixels[:1], None, "pgd", **plain_gradient(0.1)))
    label = course(pixels[:1]).argmax(1)
    delta = torch.zeros_like(pixels[:1])
    for frame in frames:
        torch.testing.assert_close(frame.values, pixels[:1] + delta, **CLOSE)
        g = gradient(
            course.network, normalized(pixels[:1] + delta), lambda scores: -cross_entropy(scores, label)
        ) / column(STD, delta)
        delta = (delta - 0.1 * g).clamp(-2 / 255, 2 / 255)
    assert len(frames) == STEPS + 1
    assert 0 < float((delta.abs() < 1.9 / 255).float().mean()) < 1  # some values are clamped, others are not


@pytest.mark.slow
@pytest.mark.parametrize("as_a_sum", [False, True])
def test_pgd_with_the_logit_difference_is_their_targeted_loop(
    course: Classifier, pixels: Tensor, as_a_sum: bool
) -> None:
    start = pixels[:1]
    source, target = int(course(start).argmax()), int(course(start).argmin())
    sought: Any = class_logit(target) - class_logit(source) if as_a_sum else target
    frames = list(perturbing(course, start, sought, "pgd", objective="logit difference", **plain_gradient(5e-3)))
    delta, hog, airliner = torch.zeros_like(start), torch.tensor([source]), torch.tensor([target])

    def loss(scores: Tensor) -> Tensor:
        return -cross_entropy(scores, hog.to(scores.device)) + cross_entropy(scores, airliner.to(scores.device))

    for frame in frames:
        torch.testing.assert_close(frame.values, start + delta, **CLOSE)
        g = gradient(course.network, normalized(start + delta), loss) / column(STD, delta)
        delta = (delta - 5e-3 * g).clamp(-2 / 255, 2 / 255)


def plain_gradient(rate: float) -> dict[str, Any]:
    return {
        "norm": "L-infinity",
        "levels": 2.0,
        "step": "plain gradient",
        "rate": rate,
        "steps": STEPS,
        "random_start": False,
    }


# PyTorch's tutorial and NTU's homework


@pytest.mark.parametrize("epsilon", [0.05, 0.2])
def test_fgsm_is_pytorchs_tutorial(course: Classifier, pixels: Tensor, epsilon: float) -> None:
    label = course(pixels).argmax(1)
    g = gradient(course.network, normalized(pixels), lambda scores: cross_entropy(scores, label))
    wanted = (pixels + epsilon * g.sign()).clamp(0, 1)
    found = perturb(course, pixels, None, "fgsm", epsilon=255 * epsilon)
    torch.testing.assert_close(found, wanted, **CLOSE)


@pytest.mark.slow
def test_ifgsm_is_ntus_homework(course: Classifier, pixels: Tensor) -> None:
    start = 0.1 + 0.8 * pixels  # their loop does not clip to [0, 1], the paper's does: nothing here comes so far
    label, x = course(start).argmax(1), normalized(start)
    epsilon, alpha = (each / 255 / column(STD, start) for each in (8, 0.8))
    adversarial = x
    for frame in perturbing(course, start, None, "ifgsm"):
        torch.testing.assert_close(normalized(frame.values), adversarial, **CLOSE)
        g = gradient(course.network, adversarial, lambda scores: cross_entropy(scores, label))
        adversarial = (adversarial + alpha * g.sign()).clamp(x - epsilon, x + epsilon)
    assert frame.step == STEPS + 1


def test_towards_a_class_fgsm_lowers_that_classs_loss(course: Classifier, pixels: Tensor) -> None:
    target = course(pixels).argmin(1)
    g = gradient(course.network, normalized(pixels), lambda scores: cross_entropy(scores, target))
    wanted = (pixels - 4 / 255 * g.sign()).clamp(0, 1)
    torch.testing.assert_close(perturb(course, pixels, target, "fgsm", epsilon=4.0), wanted, **CLOSE)


# A linear network, whose answers are known


@pytest.fixture(scope="module")
def two(by_hand: Callable[..., Classifier]) -> Classifier:
    """Two classes; their logits' difference has the weights w."""
    return by_hand(0.1 * torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(5)))


def margin_and_norm(model: Classifier, pixels: Tensor) -> tuple[Tensor, float]:
    """The lead of each picture's own class, and the L1 norm of w."""
    weight: Any = model.network.conv.weight
    return (model(pixels) @ torch.tensor([1.0, -1.0]).to(pixels)).abs(), float((weight[0] - weight[1]).abs().sum())


@pytest.mark.parametrize("method", ["fgsm", "ifgsm"])
def test_on_a_linear_network_the_lead_falls_by_epsilon_times_the_l1_norm(
    two: Classifier, pixels: Tensor, method: str
) -> None:
    inside = 0.3 + 0.4 * pixels
    lead, norm = margin_and_norm(two, inside)
    label = two(inside).argmax(1)
    found = two(perturb(two, inside, None, method, epsilon=1.0, **({"alpha": 0.25} if method == "ifgsm" else {})))
    after = found.gather(1, label[:, None])[:, 0] - found.gather(1, 1 - label[:, None])[:, 0]
    torch.testing.assert_close(after, lead - norm / 255, atol=1e-4, rtol=0.0)


def test_the_epsilon_that_fgsm_needs_is_the_lead_over_the_l1_norm(two: Classifier, pixels: Tensor) -> None:
    inside = (0.3 + 0.4 * pixels)[:1]
    lead, norm = margin_and_norm(two, inside)
    needed = 255 * float(lead[0]) / norm
    label = int(two(inside).argmax())
    for epsilon, fooled in ((0.99 * needed, False), (1.01 * needed, True)):
        found = perturb(two, inside, None, "fgsm", epsilon=max(0.25, epsilon))
        assert (int(two(found).argmax()) != label) is fooled, (needed, epsilon)
