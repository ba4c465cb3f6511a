"""Adversarial training: Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (1706.06083).

Before each step of the optimizer, the pictures of the batch are changed so that the loss rises: a few steps along its
gradient (projected gradient descent, PGD), each put back into a ball around the original. The network then learns from
the changed pictures. The ball is one of L2, and pixels are in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

Answers = Callable[[Tensor], Tensor]  # pixels (N, C, H, W) -> logits (N, K)


@dataclass(frozen=True)
class Pgd:
    """How pictures are attacked.

    Attributes:
        radius: of the ball (L2), pixels in [0, 1].
        steps: gradients of one attack. Together, the steps are 1.5 times as long as the radius, or 2.5 times where
            there are more than four, so that each point of the ball can be reached.
    """

    radius: float
    steps: int

    @property
    def length(self) -> float:
        """The length of a step."""
        return self.radius * (1.5 if self.steps <= 4 else 2.5) / self.steps

    def start(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """A change for each picture in a random direction, at a distance that is drawn evenly up to the radius."""
        direction = unit(torch.randn(like.shape, generator=generator))
        return direction * (self.radius * torch.rand(len(like), 1, 1, 1, generator=generator))


def attacked(answers: Answers, pixels: Tensor, labels: Tensor, pgd: Pgd, generator: torch.Generator) -> Tensor:
    """Pixels (N, C, H, W) in [0, 1] at which the loss is higher, none further from those given than the radius."""
    change = pgd.start(pixels, generator)
    for _ in range(pgd.steps):
        moved = (pixels + change).clamp(0, 1)
        change = inside(moved - pixels + pgd.length * unit(rise(answers, moved, labels)), pgd.radius)
    return (pixels + change).clamp(0, 1)


def rise(answers: Answers, pixels: Tensor, labels: Tensor) -> Tensor:
    """The gradient of each picture's cross-entropy: the direction in which its loss rises fastest."""
    moved = pixels.detach().requires_grad_()
    loss = cross_entropy(answers(moved), labels, reduction="sum")
    return torch.autograd.grad(loss, moved)[0]


def unit(changes: Tensor) -> Tensor:
    """Each picture's change, of length 1 (a change of nothing stays nothing)."""
    return changes / _lengths(changes).clamp_min(1e-12)


def inside(changes: Tensor, radius: float) -> Tensor:
    """Each picture's change, shortened to the radius where it is longer."""
    return changes * (radius / _lengths(changes).clamp_min(1e-12)).clamp_max(1)


def _lengths(changes: Tensor) -> Tensor:
    return changes.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def withstood(answers: Answers, pixels: Tensor, labels: Tensor, pgd: Pgd, restarts: int, seed: int) -> Tensor:
    """Which pictures are answered rightly (N,) bool, as they are and after each of so many attacks."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        right = answers(pixels).argmax(1) == labels
    for _ in range(restarts):
        left = right.nonzero().flatten()
        moved = attacked(answers, pixels[left], labels[left], pgd, generator)
        with torch.no_grad():
            right[left] = answers(moved).argmax(1) == labels[left]
    return right
