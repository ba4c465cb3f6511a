"""What is trained: the ways that are compared, each with its recipe."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from vizlib.models import Classifier
from vizlib.training import PictureSet, Tuning, divided, fine_tune
from vizlib.ui.shared import live, networks, picture_set, trained
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen

Load = str | tuple[str, str]
_NO_SETTINGS = {"what", "train", "load", "seed", "per_class", "network", "weights", "pictures"}  # of a recipe's parts


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
        own = {"what": "fine-tuning", "train": way.what, "load": way.load, "seed": seed, "per_class": self.per_class}
        source = {"network": here.model.name, "weights": here.model.fingerprint}
        return source | {"pictures": self.pictures.parts} | own | self.settings

    def data(self, seed: int) -> PictureSet:
        """The pictures of a run. Another seed takes other training pictures, and the same ones are held out."""
        chosen = _drawn_again(self.pictures, seed) if seed and "set" in self.pictures.parts else self.pictures
        whole, tests = divided(chosen.data)
        return replace(whole if self.per_class is None else whole.few(self.per_class, seed), tests=tests)

    def train(
        self, model: Classifier, way: Way, seed: int, resume: bytes | None = None
    ) -> Generator[Tuning, None, None]:
        """One of the runs, from its beginning or from a checkpoint."""
        given = {**self.settings, "resume": resume}
        yield from fine_tune(model, self.data(seed), what=way.what, load=way.load, seed=seed, **given)

    def private(self, here: Chosen) -> bool:
        """Whether nothing about the runs may be kept on disk."""
        return self.pictures.private or trained.private(here.model.name)

    def place(self, here: Chosen) -> live.Place:
        """Where the runs compute."""
        return live.Place(str(here.model.device), not self.private(here))


def _drawn_again(chosen: Choice, seed: int) -> Choice:
    parts = chosen.parts
    return picture_set.of_drawn(parts["set"], parts["per_class"], parts["tests"], seed)


def again(parts: Mapping[str, Any], resume: bytes | None, device: str) -> Generator[Tuning, None, None]:
    """The run of a recipe, without a page: a kept run after a restart of the server."""
    model, pictures = networks.again(parts, device), picture_set.again(parts["pictures"])
    load = parts["load"] if isinstance(parts["load"], str) else (parts["load"][0], parts["load"][1])
    way, seed = Way("", parts["train"], load), parts["seed"]
    plan = Plan(pictures, parts["per_class"], [way], [seed], {k: v for k, v in parts.items() if k not in _NO_SETTINGS})
    yield from plan.train(model, way, seed, resume)
