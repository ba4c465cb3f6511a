"""What the two networks of a GAN minimize, by the discriminator's logits for real pictures and for fakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from torch import Tensor
from torch.nn.functional import relu, softplus


class Loss(NamedTuple):
    """A pair of losses."""

    discriminator: Callable[[Tensor, Tensor, float], Tensor]  # logits of real ones and of fakes, target of the real
    generator: Callable[[Tensor], Tensor]  # logits of fakes


def _cross_entropy(real: Tensor, fake: Tensor, target: float) -> Tensor:
    """-log D(real) - log(1 - D(fake)); softplus(-z) is -log of the sigmoid of z."""
    right = target * softplus(-real) + (1 - target) * softplus(real)
    return right.mean() + softplus(fake).mean()


def _hinge(real: Tensor, fake: Tensor, _: float) -> Tensor:
    return relu(1 - real).mean() + relu(1 + fake).mean()


# Goodfellow et al. 2014 (arXiv 1406.2661) state the game as "minimax" and train with "non-saturating", whose gradient
# does not vanish where the discriminator is sure. "hinge": Lim and Ye 2017 (arXiv 1705.02894).
LOSSES: Final = {
    "non-saturating": Loss(_cross_entropy, lambda fake: softplus(-fake).mean()),
    "minimax": Loss(_cross_entropy, lambda fake: -softplus(fake).mean()),
    "hinge": Loss(_hinge, lambda fake: -fake.mean()),
}
