"""What is trained: the ways that are compared, each with its recipe."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from vizlib.batch.kinds.fine_tuning import Load as Load
from vizlib.batch.kinds.fine_tuning import Training, some_of, training_of
from vizlib.models import Classifier
from vizlib.training import PictureSet, Tuning
from vizlib.ui.shared import live, networks, picture_set, trained
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen


@dataclass(frozen=True)
class Way:
    """One way to train a network: what learns, and with which weights it begins."""

    name: str  # on screen
    what: str  # as `fine_tune` takes it: "head", "all", "scratch" or a layer's path
    load: Load = "all"

    @property
    def words(self) -> str:
        """The name in the middle of a sentence."""
        return self.name[:1].lower() + self.name[1:]


SCRATCH = Way("From scratch", "scratch", "none")
HEAD = Way("Head only", "head")
ALL = Way("All layers", "all")


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs on the same pictures that differ in the way or in the seed only.

    Attributes:
        pictures: chosen on the page.
        per_class: how many pictures of each class train; None for all.
        ways: what is compared.
        seeds: each of them runs every way.
        settings: of all runs, as `fine_tune` takes them.
        known: whether the network was trained on these very classes, so that it keeps its classifier.
    """

    pictures: Choice
    per_class: int | None
    ways: Sequence[Way]
    seeds: Sequence[int]
    settings: dict[str, Any] = field(repr=False)
    known: bool = False

    def runs(self, here: Chosen) -> list[live.Run[Tuning]]:
        """The runs, all seeds of a way after another."""
        return [
            live.Run(self.recipe(here, way, seed), partial(self.train, here.model, way, seed))
            for way in self.ways
            for seed in self.seeds
        ]

    def recipe(self, here: Chosen, way: Way, seed: int) -> dict[str, Any]:
        """Trains the network again."""
        return self._training(way, seed).recipe(here.model, self.pictures.parts)

    def _training(self, way: Way, seed: int) -> Training:
        return Training(way.what, way.load, seed, self.per_class, self.settings)

    def data(self, seed: int) -> PictureSet:
        """The pictures of a run. Another seed takes other training pictures, and the same ones are held out."""
        return some_of(picture_set.seeded(self.pictures, seed).data, self.per_class, seed)

    def train(
        self, model: Classifier, way: Way, seed: int, resume: bytes | None = None
    ) -> Generator[Tuning, None, None]:
        """One of the runs, from its beginning or from a checkpoint."""
        yield from self._training(way, seed).start(model, self.data(seed), resume)

    def private(self, here: Chosen) -> bool:
        """Whether nothing about the runs may be kept on disk."""
        return self.pictures.private or trained.private(here.model.name)

    def place(self, here: Chosen) -> live.Place:
        """Where the runs compute."""
        return live.Place(str(here.model.device), not self.private(here))


def again(parts: Mapping[str, Any], resume: bytes | None, device: str) -> Generator[Tuning, None, None]:
    """The run of a recipe, without a page: a kept run after a restart of the server."""
    model, pictures = networks.again(parts, device), picture_set.again(parts["pictures"])
    run = training_of(parts)
    yield from run.start(model, some_of(picture_set.seeded(pictures, run.seed).data, run.per_class, run.seed), resume)
