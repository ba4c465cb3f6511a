"""Asking the network during an attack: logits, margins, goals and gradients, and how many gradients it took.

Logits are (N, ways, K): N files, each in every way that the network is shown it. A target must have the highest score
of all classes, and the probability that is the goal. To get away from a class, another one must have a higher score;
from an independent label, its own probability must fall below 50 %. A weighted sum of logits must be positive, and its
sigmoid must reach the goal: for the difference of two classes, the first one's share of their probability.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import log
from typing import Final

import torch
from torch import Tensor

from vizlib.fooling.result import HIGHEST, Moment
from vizlib.models import Batches, Classifier, device_problems

_SAFE: Final = 0.005  # share of the logits' spread by which the target must lead: other machines round differently
_LEAST: Final = torch.finfo(torch.float32).tiny  # so that a tie is no lead, where all logits are equal
_SURER: Final = 0.002  # logits by which a goal probability must be exceeded
_SHOWN: Final = 0.999999  # the largest probability that can be a goal
_AT_ONCE: Final = (16, 64)  # files per pass, elsewhere and on CUDA: more are hardly faster


@dataclass(eq=False)
class Criterion:
    """What an attack must reach on files of one size, asked of the network; counts the gradients and keeps a trace."""

    model: Classifier  # decides whether a file fools
    fast: Classifier  # the same network, faster; for steps
    look: Callable[[Tensor], Tensor]  # files (N, 3, H, W) -> pixels (N * ways, 3, h, w)
    source: Tensor  # (N,)
    target: Tensor | None  # (N,); None: away from the source, or a sum
    tie: Callable[[Tensor], Tensor] = lambda change: change
    gradients: int = 0
    lead: Tensor | float = 0.0  # (N, 1), logits by which the target must lead to be safe elsewhere
    trace: list[Moment] = field(default_factory=list)
    weights: Tensor | None = None  # (N, K), of a sum of logits that has to be positive

    @property
    def directed(self) -> bool:
        """Whether a target or a sum is sought, and not only any class but the source."""
        return self.target is not None or self.weights is not None

    def part(self, some: slice) -> Criterion:
        """The criterion of these files."""
        target, weights = (None if each is None else each[some] for each in (self.target, self.weights))
        lead = self.lead[some] if isinstance(self.lead, Tensor) else self.lead
        return replace(self, source=self.source[some], target=target, weights=weights, lead=lead)

    def logits(self, values: Tensor) -> Tensor:
        """The logits (N, ways, K) of files (N, 3, H, W) in [0, 1], in parts that fit into memory."""
        return torch.cat(self._batches(values, "answers")(len(values), lambda some: self.ask(values[some])))

    def ask(self, values: Tensor) -> Tensor:
        """The logits (N, ways, K) of files, in one pass."""
        pixels = self.look(values)
        return self.fast(pixels).unflatten(0, (len(values), -1))

    def _batches(self, values: Tensor, what: str) -> Batches:
        return Batches(self.fast, ("fooling", what, tuple(values.shape[1:])), _AT_ONCE[values.device.type == "cuda"])

    def settle(self, values: Tensor, target: Tensor | None, weights: Tensor | None) -> Tensor:
        """The logits of the originals; sets their classes, what is sought, and the lead that is needed."""
        with torch.no_grad():
            logits = self.logits(values)
        self.source, self.target, self.weights = logits[:, 0].argmax(1), target, weights
        spread = [max(_LEAST, _SAFE * float(each.std())) if each.shape[-1] > 1 else 0.0 for each in logits]
        self.lead = torch.tensor(spread, dtype=torch.float32, device=logits.device)[:, None]
        if weights is not None:
            self.lead = self.lead * weights.abs().sum(1, keepdim=True) / 2  # as for the difference of two classes
        return logits

    def lead_of(self, logits: Tensor) -> Tensor:
        """The lead (N, ways): the target's logit minus the best other's, or the best other's minus the source's.

        An independent label has left where its own logit is negative, so then the lead is the logit with its sign
        changed. The lead of a sum is its value.
        """
        if self.weights is not None:
            return (logits * self.weights[:, None]).sum(-1)
        own, rest = self._split(logits)
        if self.target is not None:
            return own - rest.amax(-1)
        return -own if self.model.outputs.sigmoid else rest.amax(-1) - own

    def margin(self, logits: Tensor, goal: float = HIGHEST) -> Tensor:
        """The margin (N, ways): by how many logits the goal is reached, negative where it is not."""
        if goal == HIGHEST:
            return self.lead_of(logits) - self.lead
        own, against = self._opposed(logits)
        wanted = min(goal, _SHOWN)
        return own - against - log(wanted / (1 - wanted)) - _SURER

    def reached(self, logits: Tensor, goal: float = HIGHEST) -> Tensor:
        """(N,) bool: whether the goal is reached in every way, and the target is first too."""
        both = torch.minimum(self.margin(logits, goal), self.margin(logits))
        return both.amin(1) >= 0

    def pull(self, values: Tensor, objective: Callable[[Criterion, Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """The logits (N, ways, K), and the gradient (N, 3, H, W) of objective(criterion, logits), (N,), summed.

        It works in parts that fit into memory: the criterion is that of a part.
        """
        batches = self._batches(values, "gradients")
        found = batches(len(values), lambda some: self.part(some)._pulled(values[some], objective))
        logits, gradient = (torch.cat(each) for each in zip(*found))
        self.gradients += logits.shape[0] * logits.shape[1]
        return logits, self.tie(gradient)

    def _pulled(self, values: Tensor, objective: Callable[[Criterion, Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        leaf = values.detach().requires_grad_()
        with torch.enable_grad(), device_problems(self.fast, leaf):
            logits = self.ask(leaf)
            (gradient,) = torch.autograd.grad(objective(self, logits).sum(), leaf)
        return logits.detach(), gradient

    def hardest(self, margins: Tensor) -> Tensor:
        """The smooth minimum (N,) of the margins (N, ways), so that every way has a gradient."""
        return margins[:, 0] if margins.shape[1] == 1 else -(-margins).logsumexp(1)

    def likelihood(self, logits: Tensor) -> Tensor:
        """(N,): the target's log-probability, or minus the source's, on average over the ways."""
        own, against = self._opposed(logits)
        chance = own - torch.logaddexp(own, against)
        return chance.mean(1) if self.directed else -chance.mean(1)

    def difference(self, logits: Tensor) -> Tensor:
        """(N,): the target's logit minus the original class's, on average over the ways; of a sum, its value.

        Without a target, the best other class takes the target's place.
        """
        if self.target is None:
            return self.lead_of(logits).mean(1)
        own, source = (at.view(-1, 1, 1).expand(*logits.shape[:2], 1) for at in (self.target, self.source))
        return (logits.gather(2, own) - logits.gather(2, source)).mean((1, 2))

    def probability(self, logits: Tensor) -> float:
        """The target's probability, or that of the best class but the source, for the first file in its worst way.

        For a sum, its sigmoid.
        """
        if self.weights is not None:
            return float(self.lead_of(logits)[0].min().sigmoid())
        shares = self.model.probabilities(logits[0])
        at = self._other(logits)[0]
        return float(shares.gather(-1, at[:, None]).min())

    def record(self, step: int, logits: Tensor, l2: float, zeroed: int = 0) -> None:
        """Adds the step to the trace; logits are those of the rounded file."""
        leads = self.lead_of(logits)[0]
        way = int(leads.argmin())
        logit = float(leads[way] if self.weights is not None else logits[0, way, self._other(logits)[0, way]])
        self.trace.append(Moment(step, logit, float(leads[way]), self.probability(logits), l2, zeroed))

    def _split(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The logit of the class in question (N, ways), and all others (N, ways, K), its own at minus infinity."""
        at = (self.source if self.target is None else self.target).view(-1, 1, 1).expand(*logits.shape[:2], 1)
        return logits.gather(2, at)[..., 0], logits.scatter(2, at, float("-inf"))

    def _opposed(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The logit of the class in question, and what it stands against, both (N, ways): their difference is its
        log-odds. Those of an independent target count no more than its lead, because it has to be first too. A sum
        stands against zero.
        """
        if self.weights is not None:
            return self.lead_of(logits), torch.zeros_like(logits[..., 0])
        own, rest = self._split(logits)
        if not self.model.outputs.sigmoid:
            return own, rest.logsumexp(-1)
        return own, torch.zeros_like(own) if self.target is None else rest.amax(-1).clamp_min(0)

    def _other(self, logits: Tensor) -> Tensor:
        """(N, ways): the target, or the best class that is not the source."""
        if self.target is not None:
            return self.target.view(-1, 1).expand(logits.shape[:2])
        return self._split(logits)[1].argmax(-1)


def joined(criteria: Sequence[Criterion]) -> Criterion:
    """One criterion for the files of several, which are shown to the network in the same ways."""
    first = criteria[0]
    if len(criteria) == 1:
        return first
    source = torch.cat([each.source for each in criteria])
    lead = torch.cat([torch.as_tensor(each.lead).to(source.device).view(1, 1) for each in criteria])
    target, weights = (
        None if getattr(first, name) is None else torch.cat([getattr(each, name) for each in criteria])
        for name in ("target", "weights")
    )
    return replace(first, source=source, target=target, weights=weights, lead=lead, gradients=0, trace=[])


def rounded(values: Tensor) -> Tensor:
    """Values in [0, 1] at the nearest of 256 levels."""
    return (values.clamp(0, 1) * 255).round() / 255


def lengths(change: Tensor) -> Tensor:
    """(N,): the L2 norm of each change (N, 3, H, W)."""
    return change.flatten(1).norm(dim=1)


def unit(gradient: Tensor) -> Tensor:
    """Each gradient (N, 3, H, W) with length 1; nothing where there is none."""
    return gradient / lengths(gradient).clamp_min(1e-20).view(-1, 1, 1, 1)
