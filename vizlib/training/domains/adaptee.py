"""A network in training with two heads: its own for the classes, and one for the domain at one of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import torch
from torch import Tensor, nn

from vizlib.errors import NotShowable, UnknownName
from vizlib.models import Classifier
from vizlib.training.answers import Answers
from vizlib.training.domains.pictures import Pair
from vizlib.training.domains.reversal import reversed_gradient
from vizlib.training.trainee import Trainee
from vizlib.weights import Stream

_UNITS: Final = 100  # of the domain head, as in Ganin and Lempitsky's network for MNIST
_MOST: Final = 4096  # numbers that the domain head is given; more are averaged over their places


class Adaptee:
    """The network, the domain head, and the answers of both.

    at: the path of the layer whose output the domain head gets; "features": where Ganin and Lempitsky have it in their
        network, and what the classifier gets in any other.
    """

    def __init__(self, trainee: Trainee, model: Classifier, at: str, seed: int) -> None:
        self.network, self.device, self.size = trainee.network, model.device, trainee.how.size
        self.answers = Answers(trainee, model, False, seed, False)
        own = getattr(self.network, "domain_at", "") if at == "features" else at
        self._path, self._before = own or trainee.heads[0], not own
        if self._path not in dict(self.network.named_modules()):
            raise UnknownName.among("layer", self._path, dict(self.network.named_modules()))
        self.count = self._features(model.normalize(torch.full((1, 3, *trainee.how.size), 0.5)))
        with Stream(seed + 1).lent():
            head = nn.Sequential(nn.Linear(self.count, _UNITS), nn.ReLU(), nn.Linear(_UNITS, 1))
        self.head = head.to(model.device)
        self.network.to(memory_format=torch.channels_last)  # a third faster on the CPU

    def parameters(self) -> list[nn.Parameter]:
        """All that learns."""
        return [*(each for each in self.network.parameters() if each.requires_grad), *self.head.parameters()]

    @torch.no_grad()
    def _features(self, values: Tensor) -> int:
        with self._watched() as seen:
            self.network.eval()(values)
        if not seen:
            raise NotShowable(f"{self._path} takes no part in the answer.", "Choose another layer.")
        return seen[0].shape[1]

    def of_step(
        self, pair: Pair, batch: tuple[Sequence[int], Sequence[int]], factor: float, learns: str
    ) -> tuple[Tensor, Tensor]:
        """Logits of the classes (2N, K) and of the domain (2N,), of N pictures of the source and N of the target.

        learns: of which pictures the classes' logits leave gradients: "source", "target" or "both". The gradient of the
        domain's logits reaches the network multiplied by -factor; with 0 nothing reaches it, and nothing is computed.
        """
        source, target = pair.numbers(batch)
        parts = [(source, learns == "source"), (target, learns == "target")]
        if factor or learns == "both":
            parts = [([*source, *target], True)]
        with self._watched() as seen:
            logits = torch.cat([self._logits(pair, numbers, learned) for numbers, learned in parts])
        features = torch.cat(seen)
        given = reversed_gradient(features, factor) if factor else features.detach()
        return logits, self.head(given).squeeze(1)

    def _logits(self, pair: Pair, numbers: Sequence[int], learned: bool) -> Tensor:
        with nullcontext() if learned else torch.no_grad():
            return self.answers.of_step(pair.shown, numbers)

    @torch.no_grad()
    def of_check(self, pair: Pair, numbers: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the classes (N, K), of the domain (N,) and features (N, D) as they are in use, on the CPU."""
        with self._watched() as seen:
            logits = self.answers.checked(pair.shown, numbers)
        return logits.float().cpu(), self.head(seen[0]).squeeze(1).cpu(), seen[0].cpu()

    @contextmanager
    def _watched(self) -> Iterator[list[Tensor]]:
        """Within the block the list gets the layer's features (N, D) at each pass."""
        seen: list[Tensor] = []
        part = self.network.get_submodule(self._path)
        if self._before:
            handle = part.register_forward_pre_hook(lambda module, given: seen.append(_flat(given[0])))
        else:
            handle = part.register_forward_hook(lambda module, given, found: seen.append(_flat(found)))
        try:
            yield seen
        finally:
            handle.remove()


def _flat(found: Any) -> Tensor:
    """Vectors (N, D), float32: maps as they are, or the mean over their places; tokens as their mean."""
    if not isinstance(found, Tensor) or found.ndim < 2:
        raise NotShowable(
            "This layer gives no features of each picture.", "Choose a layer that vizlib.list_layers names."
        )
    values = found.float()
    if values.ndim == 4:
        values = values.mean((2, 3)) if values[0].numel() > _MOST else values.flatten(1)
    elif values.ndim == 3:
        values = values.mean(1)
    return values.clone()  # the next layer may write over its input
