"""Asking the network during an attack: logits, margins, goals and gradients, and how many gradients it took.

Logits are (N, ways, K): N files, each in every way that the network is shown it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from typing import Final

import torch
from torch import Tensor

from vizlib.fooling.result import HIGHEST, Moment
from vizlib.models import Classifier, device_problems

_SAFE: Final = 0.005  # share of the logits' spread by which the target must lead: other machines round differently
_LEAST: Final = torch.finfo(torch.float32).tiny  # so that a tie is no lead, where all logits are equal
_SURER: Final = 0.002  # logits by which a goal probability must be exceeded
_SHOWN: Final = 0.999999  # the largest probability that can be a goal


@dataclass(eq=False)
class Criterion:
    """What an attack must reach on files of one size, asked of the network; counts the gradients and keeps a trace."""

    model: Classifier  # decides whether a file fools
    fast: Classifier  # the same network, faster; for steps
    look: Callable[[Tensor], Tensor]  # files (N, 3, H, W) -> pixels (N * ways, 3, h, w)
    source: Tensor  # (N,)
    target: Tensor | None  # (N,); None: away from the source
    tie: Callable[[Tensor], Tensor] = lambda change: change
    gradients: int = 0
    lead: float = 0.0  # logits by which the target must lead to be safe elsewhere
    trace: list[Moment] = field(default_factory=list)

    def logits(self, values: Tensor) -> Tensor:
        """The logits (N, ways, K) of files (N, 3, H, W) in [0, 1]."""
        pixels = self.look(values)
        return self.fast(pixels).unflatten(0, (len(values), -1))

    def settle(self, values: Tensor) -> Tensor:
        """The logits of the originals; sets the lead that is needed."""
        with torch.no_grad():
            logits = self.logits(values)
        self.lead = max(_LEAST, _SAFE * float(logits.std())) if logits.shape[-1] > 1 else 0.0
        return logits

    def lead_of(self, logits: Tensor) -> Tensor:
        """The lead (N, ways): the target's logit minus the best other's, or the best other's minus the source's."""
        own, rest = self._split(logits)
        return (own - rest.amax(-1)) if self.target is not None else rest.amax(-1) - own

    def margin(self, logits: Tensor, goal: float = HIGHEST) -> Tensor:
        """The margin (N, ways): by how many logits the goal is reached, negative where it is not."""
        if goal == HIGHEST:
            return self.lead_of(logits) - self.lead
        own, rest = self._split(logits)
        wanted = min(goal, _SHOWN)
        return own - rest.logsumexp(-1) - log(wanted / (1 - wanted)) - _SURER

    def reached(self, logits: Tensor, goal: float = HIGHEST) -> Tensor:
        """(N,) bool: whether the goal is reached in every way, and the target is first too."""
        both = torch.minimum(self.margin(logits, goal), self.margin(logits))
        return both.amin(1) >= 0

    def pull(self, values: Tensor, objective: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """The logits (N, ways, K), and the gradient (N, 3, H, W) of objective(logits), (N,), summed."""
        leaf = values.detach().requires_grad_()
        with torch.enable_grad(), device_problems(self.fast, leaf):
            logits = self.logits(leaf)
            (gradient,) = torch.autograd.grad(objective(logits).sum(), leaf)
        self.gradients += logits.shape[0] * logits.shape[1]
        return logits.detach(), self.tie(gradient)

    def hardest(self, margins: Tensor) -> Tensor:
        """The smooth minimum (N,) of the margins (N, ways), so that every way has a gradient."""
        return margins[:, 0] if margins.shape[1] == 1 else -(-margins).logsumexp(1)

    def likelihood(self, logits: Tensor) -> Tensor:
        """(N,): the target's log-probability, or minus the source's, on average over the ways."""
        own, rest = self._split(logits)
        chance = own - torch.logaddexp(own, rest.logsumexp(-1))
        return chance.mean(1) if self.target is not None else -chance.mean(1)

    def probability(self, logits: Tensor) -> float:
        """The target's probability, or that of the best class but the source, for the first file in its worst way."""
        shares = logits[0].softmax(-1)
        at = self._other(logits)[0]
        return float(shares.gather(-1, at[:, None]).min())

    def record(self, step: int, logits: Tensor, l2: float, zeroed: int = 0) -> None:
        """Adds the step to the trace; logits are those of the rounded file."""
        leads = self.lead_of(logits)[0]
        way = int(leads.argmin())
        logit = float(logits[0, way, self._other(logits)[0, way]])
        self.trace.append(Moment(step, logit, float(leads[way]), self.probability(logits), l2, zeroed))

    def _split(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The logit of the class in question (N, ways), and all others (N, ways, K), its own at minus infinity."""
        at = (self.source if self.target is None else self.target).view(-1, 1, 1).expand(*logits.shape[:2], 1)
        return logits.gather(2, at)[..., 0], logits.scatter(2, at, float("-inf"))

    def _other(self, logits: Tensor) -> Tensor:
        """(N, ways): the target, or the best class that is not the source."""
        if self.target is not None:
            return self.target.view(-1, 1).expand(logits.shape[:2])
        return self._split(logits)[1].argmax(-1)


def rounded(values: Tensor) -> Tensor:
    """Values in [0, 1] at the nearest of 256 levels."""
    return (values.clamp(0, 1) * 255).round() / 255


def lengths(change: Tensor) -> Tensor:
    """(N,): the L2 norm of each change (N, 3, H, W)."""
    return change.flatten(1).norm(dim=1)


def unit(gradient: Tensor) -> Tensor:
    """Each gradient (N, 3, H, W) with length 1; nothing where there is none."""
    return gradient / lengths(gradient).clamp_min(1e-20).view(-1, 1, 1, 1)
