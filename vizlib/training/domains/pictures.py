"""The pictures of both domains as one row, the source's first, with the labels that may be learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from vizlib.records import Preprocessing
from vizlib.training.augmentation import Shown
from vizlib.training.data import Pictures, PictureSet
from vizlib.training.domains.task import Task

NONE = -1  # in place of a label


@dataclass(frozen=True, eq=False)
class Pair:
    """Pictures of the source, then those of the target.

    Attributes:
        shown: all of them. labels: (N,), the true ones. counts: of the source's and of the target's.
        pseudo: for each of the target, the class that the network took it for, or -1.
    """

    shown: Shown
    labels: Tensor
    counts: tuple[int, int]
    pseudo: Tensor

    @property
    def has_pseudo(self) -> bool:
        """Whether there are pseudo-labels."""
        return bool((self.pseudo != NONE).any())

    def domains(self, each: int) -> Tensor:
        """The answers of a domain head that is right, for so many pictures of each domain: 0 and 1."""
        return torch.tensor([0.0, 1.0], device=self.labels.device).repeat_interleave(each)

    def numbers(self, batch: tuple[Sequence[int], Sequence[int]]) -> tuple[list[int], list[int]]:
        """Where the pictures with these numbers, within their domains, are in the row."""
        source, target = batch
        return list(source), [self.counts[0] + each for each in target]

    def preparing(self, batch: tuple[Sequence[int], Sequence[int]]) -> Iterator[None]:
        """Draws and resizes them, with a pause whenever that has taken a while."""
        return self.shown.preparing([*chain(*self.numbers(batch))])

    def labels_of(self, batch: tuple[Sequence[int], Sequence[int]], of: str) -> Tensor:
        """The labels to learn from, (2N,), -1 for none: the true ones of one domain, and any pseudo-labels."""
        source, target = self.numbers(batch)
        if of == "target":
            known = torch.cat([torch.full((len(source),), NONE, device=self.labels.device), self.labels[target]])
        else:
            known = torch.cat([self.labels[source], self.pseudo[list(batch[1])]])
        return known


def pairs(task: Task, how: Preprocessing) -> tuple[Pair, Pair]:
    """The pictures for training, and those that are held out."""
    device, domains = task.model.device, (task.source, task.target)
    training = _pair([each.training for each in domains], how, device)
    return training, _pair([each.tests for each in domains], how, torch.device("cpu"))


def _pair(sets: list[PictureSet], how: Preprocessing, device: torch.device) -> Pair:
    source, target = sets
    labels = torch.cat([torch.from_numpy(each.labels) for each in sets]).to(device)
    pseudo = torch.full((len(target),), NONE, device=device)
    return Pair(Shown(Pictures(source.pictures) + target.pictures, how), labels, (len(source), len(target)), pseudo)
