"""Adversarial training attacks as its formulas say: known answers on a linear network."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from vizlib.bundled.train import hardened
from vizlib.training.adversarial import Pgd, attacked, inside, rise, unit, withstood

SHAPE = (2, 3, 4, 4)
WEIGHTS = 0.02 * torch.randn(SHAPE[1:], generator=torch.Generator().manual_seed(1))
GRAY, FIRST = torch.full(SHAPE, 0.5), torch.zeros(2, dtype=torch.long)


def sure(pixels: Tensor) -> Tensor:
    """Two logits; the first class has lost by 50, so that its cross-entropy is linear in the pixels."""
    score = ((pixels - 0.5) * WEIGHTS).flatten(1).sum(1)
    return torch.stack([score - 50, torch.zeros_like(score)], 1)


def loss(pixels: Tensor) -> Tensor:
    return cross_entropy(sure(pixels), FIRST, reduction="none")


def draws() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_step_as_long_as_the_radius_raises_a_linear_loss_by_the_radius_times_the_weights_length() -> None:
    moved = GRAY + inside(0.3 * unit(rise(sure, GRAY, FIRST)), 0.3)
    assert (loss(moved) - loss(GRAY)).tolist() == pytest.approx([0.3 * float(WEIGHTS.norm())] * 2, rel=1e-5)


def test_the_whole_attack_does_so_from_the_picture_and_nearly_so_from_a_random_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = 0.3 * float(WEIGHTS.norm())
    drawn = loss(attacked(sure, GRAY, FIRST, Pgd(0.3, 10), draws())) - loss(GRAY)
    assert all(0.9 * most < each < most * 1.0001 for each in drawn.tolist())
    monkeypatch.setattr(Pgd, "start", lambda self, like, generator: torch.zeros_like(like))
    for steps in (2, 10):
        found = loss(attacked(sure, GRAY, FIRST, Pgd(0.3, steps), draws())) - loss(GRAY)
        assert found.tolist() == pytest.approx([most] * 2, rel=1e-5)


def test_no_attack_leaves_the_ball_or_the_range_of_pixels() -> None:
    bright = torch.rand(SHAPE, generator=torch.Generator().manual_seed(2)).round()  # each value is at an end
    for steps in (1, 2, 10):
        moved = attacked(sure, bright, FIRST, Pgd(0.4, steps), draws())
        assert float((moved - bright).flatten(1).norm(dim=1).max()) <= 0.4 + 1e-6
        assert float(moved.min()) >= 0
        assert float(moved.max()) <= 1
        assert not torch.equal(moved, bright)


@pytest.mark.parametrize(("radius", "withstands"), [(0.19, True), (0.25, False)])
def test_a_picture_withstands_what_is_shorter_than_its_distance_from_the_boundary(
    radius: float, withstands: bool
) -> None:
    def near(pixels: Tensor) -> Tensor:  # the boundary is 0.2 away
        score = ((pixels - 0.5) * WEIGHTS).flatten(1).sum(1) / WEIGHTS.norm() + 0.2
        return torch.stack([score, -score], 1)

    assert withstood(near, GRAY, FIRST, Pgd(radius, 10), 2, 0).tolist() == [withstands] * 2
    assert withstood(near, GRAY, FIRST + 1, Pgd(0.0, 1), 1, 0).tolist() == [False] * 2, "wrong without an attack"


def test_a_batch_is_attacked_as_the_network_answers_and_leaves_its_statistics_alone() -> None:
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(3), torch.nn.Flatten(), torch.nn.Linear(48, 2)).train()
    before = {key: each.clone() for key, each in network.state_dict().items()}
    moved = hardened(network, GRAY, FIRST, Pgd(0.3, 2), draws())
    assert network.training
    assert not torch.equal(moved, GRAY)
    assert all(torch.equal(each, before[key]) for key, each in network.state_dict().items())
    assert all(each.grad is None for each in network.parameters())
