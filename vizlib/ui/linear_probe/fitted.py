"""The classifier of one layer with one C, and what it makes of the held-out pictures of one set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizlib.models import Classifier
from vizlib.runs import Recipe
from vizlib.training import Features, PictureSet, Probe


@dataclass(frozen=True, eq=False)
class Fitted:
    """A probe of one layer with one C."""

    recipe: Mapping[str, Any]
    data: PictureSet  # the pictures that are held out
    probe: Probe
    features: Features  # of these pictures, at all layers that were asked for
    body: Classifier

    @cached_property
    def key(self) -> str:
        """64 hexadecimal digits of the recipe."""
        return Recipe(self.recipe).key

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The class that each picture is taken for, (N,)."""
        return self.probe.predictions[0, 0]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which pictures are right, (N,)."""
        found: NDArray[np.bool_] = self.predictions == self.data.labels
        return found

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How many pictures of each class (row) are taken for each class (column)."""
        return self.probe.confusion(self.probe.layers[0])

    @property
    def wrong(self) -> list[int]:
        """The numbers of the wrong pictures, the surest first."""
        return self.probe.wrong(self.probe.layers[0])

    @cached_property
    def model(self) -> Classifier:
        """The network with this classifier in place of its own."""
        return self.probe.model(self.probe.layers[0], body=self.body)

    def classes_of(self, number: int) -> tuple[int, int]:
        """The class that a picture is taken for, and its own."""
        return int(self.predictions[number]), int(self.data.labels[number])

    def said(self, number: int) -> str:
        """What became of a picture, in words."""
        taken, true = (self.data.classes[each] for each in self.classes_of(number))
        title = self.data.titles[number]
        return f"{true} ({title})" if taken == true else f"{true} ({title}), taken for {taken}"
