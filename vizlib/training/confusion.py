"""What a network answers to pictures with classes: how often it is right, and which classes it confuses."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vizlib.errors import NotShowable
from vizlib.models import Classifier, counterpart, in_own_context
from vizlib.records import brief
from vizlib.training.data import PictureSet

_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Confusion:
    """The classes that a network gave the first `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all: those whose class the network knows by name.
        classes: the classes of these pictures, as the picture set calls them.
        labels: (step,), each picture's class, an index into `classes`.
        answers: (step,), the network's answer, an index into `classes`, or their number for any other class.
    """

    step: int
    total: int
    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    answers: NDArray[np.int64]

    __repr__ = brief

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How many pictures of each class (row) get each answer (column; the last one is any other class)."""
        count = len(self.classes)
        table = np.zeros((count, count + 1), dtype=np.int64)
        np.add.at(table, (self.labels, self.answers), 1)
        return table

    @property
    def right(self) -> NDArray[np.float64]:
        """The share of each class's pictures that are answered rightly, (K,); NaN for a class without pictures."""
        table = self.confusion
        counts = np.bincount(self.labels, minlength=len(table))
        return np.where(counts > 0, table.diagonal() / np.maximum(counts, 1), np.nan)

    @property
    def accuracy(self) -> float:
        """The share of all pictures that are answered rightly."""
        return float((self.labels == self.answers).mean())


@in_own_context
def answering(model: Classifier, data: PictureSet) -> Generator[Confusion, None, None]:
    """The network's answers to the pictures whose class it knows by name, a frame after every few pictures.

    Raises NotShowable for a backbone, and for a network that knows none of the classes.
    """
    model.need_classes()
    known = [each for each in data.classes if counterpart(model.class_names, each) is not None]
    if not known:
        raise NotShowable(f"{model.name} knows none of the classes of {data.name}.", "Choose other pictures.")
    asked = data.only(known)
    place = np.full(len(model.class_names), len(known))
    for index, name in enumerate(known):
        place[counterpart(model.class_names, name)] = index
    found: list[int] = []
    for first in range(0, len(asked), _AT_ONCE):
        logits = model.predict(list(asked.pictures[first : first + _AT_ONCE]))
        found += place[logits.argmax(1).cpu().numpy()].tolist()
        yield Confusion(len(found), len(asked), tuple(known), asked.labels[: len(found)], np.array(found))
