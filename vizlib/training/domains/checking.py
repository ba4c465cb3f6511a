"""What a domain adaptation asks its held-out pictures, and the pseudo-labels that it gives at the same time."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.models.batches import at_most
from vizlib.training.domains.adaptee import Adaptee
from vizlib.training.domains.losses import read
from vizlib.training.domains.pictures import NONE, Pair
from vizlib.training.domains.record import Check
from vizlib.training.domains.settings import AdaptSettings

CLOUD: Final = 200  # held-out pictures of each domain whose features are kept
PSEUDO_FROM: Final = 0.4  # share of the steps, from which on there are pseudo-labels
_PARTS: Final = 4  # a part is such a share of a usual pass, so that a page can answer in between

Told = tuple[Tensor, Tensor, Tensor]  # logits of the classes, of the domain, and features


class Checks:
    """Asks the network about both domains."""

    def __init__(self, adaptee: Adaptee, training: Pair, tests: Pair, settings: AdaptSettings) -> None:
        self._adaptee, self._training, self._tests, self._settings = adaptee, training, tests, settings
        source, target = tests.counts
        self._cloud = np.concatenate([_evenly(source), source + _evenly(target)])
        self._all = np.arange(source + target)
        self._is_target = self._all >= source

    def known(self) -> dict[str, Any]:
        """What frames say of the clouds."""
        labels = self._tests.labels.numpy()[self._cloud]
        return {"cloud_labels": labels, "cloud_domains": self._is_target[self._cloud]}

    def asking(self, step: int) -> Generator[None, None, tuple[Check, NDArray[np.float16]]]:
        """A pause after each part of the pictures. Returns what was found, and the features of the clouds.

        Before the first step only the pictures of the clouds are asked. The untrained network is near chance, and a
        chart has its first point sooner.
        """
        asked = self._all if step else self._cloud
        logits, domain, features = yield from self._asked(self._tests, asked)
        is_target = self._is_target[asked]
        right = (logits.argmax(1) == self._tests.labels[asked]).numpy()
        told = (read(domain, self._settings.mistake) > 0).numpy() == is_target
        source, target = (right[is_target == each].mean() for each in (False, True))
        domains = [told[is_target == each].mean() for each in (False, True)]
        pseudo = yield from self._guessed(step)
        check = Check(step, float(source), float(target), float(np.mean(domains)), *pseudo)
        return check, features[np.isin(asked, self._cloud)].to(torch.float16).numpy()

    def _guessed(self, step: int) -> Generator[None, None, tuple[float, float]]:
        """Gives the target's training pictures new pseudo-labels. Returns the share kept, and that of right ones."""
        settings, training = self._settings, self._training
        if settings.pseudo_labels is None or not PSEUDO_FROM * settings.steps <= step < settings.steps:
            return float("nan"), float("nan")
        logits, _, _ = yield from self._asked(training, np.arange(training.counts[1]) + training.counts[0])
        sure, label = logits.softmax(1).max(1)
        kept = sure > settings.pseudo_labels
        training.pseudo.copy_(torch.where(kept, label, NONE))
        right = (label == training.labels[training.counts[0] :].cpu())[kept]
        return float(kept.float().mean()), float(right.float().mean())

    def _asked(self, pair: Pair, which: NDArray[np.int64]) -> Generator[None, None, Told]:
        """The answers to the pictures with these numbers."""
        network, found = self._adaptee, list[Told]()
        at_once = max(1, at_most(network.device, network.size) // _PARTS)
        for start in range(0, len(which), at_once):
            numbers = which[start : start + at_once].tolist()
            if found:
                yield
            yield from pair.shown.preparing(numbers)
            found.append(network.of_check(pair, numbers))
        logits, domain, features = (torch.cat(each) for each in zip(*found, strict=True))
        return logits, domain, features


def _evenly(count: int) -> NDArray[np.int64]:
    """The numbers of at most 200 of so many pictures, from all classes alike."""
    return np.linspace(0, count - 1, min(count, CLOUD)).round().astype(np.int64)
