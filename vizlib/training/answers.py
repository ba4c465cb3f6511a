"""The logits of a network in training, for the pictures of a step and for those that it is checked on.

Where only the classifier learns, nothing below it changes, so the features of each picture are computed once. A varied
picture is then one of VIEWS views, which are drawn once too: as the network sees it later, and with random crops.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import torch
from torch import Tensor, nn

from vizlib.models import Classifier
from vizlib.models.batches import at_most
from vizlib.training.augmentation import Shown
from vizlib.training.trainee import Trainee
from vizlib.weights import Stream

VIEWS: Final = 4
_BFLOAT16: Final = 8, 0  # from this compute capability, CUDA devices multiply bfloat16 at full speed


class Answers:
    """Asks the trainee; only `of_step` leaves gradients.

    source: whose device and normalization hold. augment: whether the pictures of a step are varied.
    """

    def __init__(self, trainee: Trainee, source: Classifier, augment: bool, seed: int, head_only: bool) -> None:
        self._trainee, self._augment = trainee, augment
        self._place, self._normalize = source.device, source.normalize
        self._crops, self._chance = Stream(seed), Stream(seed, source.device)
        self._draws = True  # whether the network draws random numbers, as dropout does: the first step tells
        self._features = Kept(trainee, self._pixels, seed) if head_only and _is_last(trainee, source) else None

    def state(self, sets: Sequence[Shown]) -> dict[str, Any]:
        """All that changes with the steps, for a checkpoint. sets: all that are asked for, in an order of their own."""
        streams = {"crops": self._crops.state(), "chance": self._chance.state(), "draws": self._draws}
        return {**streams, "features": self._features.state(sets) if self._features else {}}

    def restore(self, state: Mapping[str, Any], sets: Sequence[Shown]) -> None:
        """Goes on from there."""
        self._crops.restore(state["crops"])
        self._chance.restore(state["chance"])
        self._draws = state["draws"]
        if self._features:
            self._features.restore(state["features"], sets)

    def of_step(self, shown: Shown, numbers: Sequence[int]) -> Tensor:
        """Logits (N, K) of pictures that are varied if there is augmentation."""
        if self._features:
            return self._features.logits(shown, numbers, VIEWS if self._augment else 1)
        values = self._pixels(shown, numbers, self._augment)
        with self._chance.lent() if self._draws else nullcontext(), _lowered(self._place):
            logits = self._trainee.logits(values)
        self._draws = self._draws and self._chance.used
        return logits.float()

    def of_check(self, shown: Shown) -> Generator[Tensor, None, None]:
        """Logits of all pictures as the network sees them later, some pictures after others."""
        at_once = at_most(self._place, self._trainee.how.size)
        for first in range(0, len(shown), at_once):
            yield self.checked(shown, range(first, min(first + at_once, len(shown))))

    @torch.no_grad()
    def checked(self, shown: Shown, numbers: Sequence[int]) -> Tensor:
        """Logits (N, K) of some pictures as the network sees them later."""
        if self._features:
            return self._features.logits(shown, numbers, 1)
        self._trainee.network.eval()
        logits = self._trainee.logits(self._pixels(shown, numbers, False))
        self._trainee.learns()
        return logits

    def _pixels(self, shown: Shown, numbers: Sequence[int], varied: bool) -> Tensor:
        """The network's input."""
        if not varied:
            return self._normalize(shown.plain(numbers))
        with self._crops.lent():
            pixels = shown.varied(numbers)
        return self._normalize(pixels)


class Kept:
    """The features that the classifier gets, of each view of each picture; computed when they are first asked for."""

    def __init__(self, trainee: Trainee, pixels: Callable[[Shown, Sequence[int], bool], Tensor], seed: int) -> None:
        self._trainee, self._pixels = trainee, pixels
        self._known: dict[tuple[Shown, int, int], Tensor] = {}
        self._choice = torch.Generator().manual_seed(seed)

    def logits(self, shown: Shown, numbers: Sequence[int], views: int) -> Tensor:
        """Logits (N, K), each of one of so many views."""
        chosen = (
            torch.randint(views, (len(numbers),), generator=self._choice).tolist() if views > 1 else [0] * len(numbers)
        )
        keys = [(shown, number, view) for number, view in zip(numbers, chosen, strict=True)]
        missing = [key for key in dict.fromkeys(keys) if key not in self._known]
        for varied in (False, True):
            self._compute(shown, [key for key in missing if bool(key[2]) is varied], varied)
        return _of_head(self._trainee, torch.stack([self._known[key] for key in keys]))

    def state(self, sets: Sequence[Shown]) -> dict[str, Any]:
        """The features so far, because those of varied pictures cannot be drawn again."""
        keys = [(sets.index(shown), number, view) for shown, number, view in self._known]
        features = torch.stack([*self._known.values()]) if keys else torch.zeros(0)
        return {"choice": self._choice.get_state(), "keys": torch.tensor(keys), "features": features}

    def restore(self, state: Mapping[str, Any], sets: Sequence[Shown]) -> None:
        """Goes on from there."""
        self._choice.set_state(state["choice"])
        place = next(self._trainee.network.parameters()).device
        for (which, number, view), each in zip(state["keys"].tolist(), state["features"].to(place), strict=True):
            self._known[sets[which], number, view] = each

    @torch.no_grad()
    def _compute(self, shown: Shown, keys: list[tuple[Shown, int, int]], varied: bool) -> None:
        if keys:
            found, _ = _both(self._trainee, self._pixels(shown, [number for _, number, _ in keys], varied))
            self._known.update(zip(keys, found, strict=True))


def _both(trainee: Trainee, values: Tensor) -> tuple[Tensor, Tensor]:
    """What the classifier gets for the network's input, and what the network answers."""
    seen: list[Tensor] = []
    head = trainee.network.get_submodule(trainee.heads[0])
    handle = head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach().clone()))
    try:
        trainee.network.eval()
        answer = trainee.logits(values)
    finally:
        handle.remove()
        trainee.learns()
    return seen[0], answer


def _of_head(trainee: Trainee, features: Tensor) -> Tensor:
    logits: Tensor = trainee.network.get_submodule(trainee.heads[0])(features)
    return logits.flatten(1)


@torch.no_grad()
def _is_last(trainee: Trainee, source: Classifier) -> bool:
    """Whether the classifier's output is the network's, so that its features are all that is needed."""
    if len(trainee.heads) > 1:
        return False
    noise = torch.rand(2, 3, *trainee.how.size, generator=torch.Generator().manual_seed(0))
    features, answer = _both(trainee, source.normalize(noise))
    return torch.equal(_of_head(trainee, features), answer)


def _lowered(place: torch.device) -> AbstractContextManager[Any]:
    """bfloat16 for the products of a step where the device is fast at it."""
    fast = place.type == "cuda" and torch.cuda.get_device_capability(place) >= _BFLOAT16
    return torch.autocast("cuda", torch.bfloat16) if fast else nullcontext()


def gradient_norms(layers: Mapping[str, list[nn.Parameter]]) -> list[float]:
    """The L2 norm of each layer's gradient; 0 for one that took no part in the loss."""
    known = [(at, each.grad) for at, some in enumerate(layers.values()) for each in some if each.grad is not None]
    norms = torch.stack(torch._foreach_norm([each for _, each in known])).tolist()
    squares = [0.0] * len(layers)
    for (at, _), norm in zip(known, norms, strict=True):
        squares[at] += norm**2
    return [each**0.5 for each in squares]
