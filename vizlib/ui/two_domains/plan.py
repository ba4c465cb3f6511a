"""What is trained: the ways that are compared, each with its recipe."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from vizlib.models import Classifier
from vizlib.training import Adaptation, adapt
from vizlib.ui.shared import live, networks, picture_set, trained
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.two_domains.pairs import Pair

SOURCE: Final = "Source only"
ADAPTED: Final = "Adapted"
PSEUDO: Final = "Pseudo-labels"
UPPER: Final = "Labeled targets"
_NO_SETTINGS: Final = {"what", "network", "weights", "source", "target", "seed"}  # of a recipe's parts


@dataclass(frozen=True, eq=False)
class Way:
    """One way to train the network: the settings of `adapt` in which it differs from the others."""

    name: str  # on screen
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The name in the middle of a sentence."""
        return self.name[:1].lower() + self.name[1:]

    @property
    def adapts(self) -> bool:
        """Whether its domain classifier changes the features."""
        return self.settings["factor"] != 0


SOURCE_ONLY: Final = Way(SOURCE, {"factor": 0.0})
LABELED: Final = Way(UPPER, {"factor": 0.0, "labels": "target"})


def pseudo(threshold: float) -> Way:
    """The network's own confident answers as labels of the target, without a domain classifier."""
    return Way(PSEUDO, {"factor": 0.0, "pseudo_labels": threshold})


@dataclass(frozen=True, eq=False)
class Plan:
    """Runs on the same pictures that differ in the way or in the seed only.

    Attributes:
        pair: the two domains.
        ways: what is compared, from the lower bound to the upper one.
        seeds: each of them runs every way.
        settings: of all runs, as `adapt` takes them.
        network: whose copy learns; None for Ganin and Lempitsky's own, from random weights.
    """

    pair: Pair
    ways: Sequence[Way]
    seeds: Sequence[int]
    settings: Mapping[str, Any] = field(repr=False)
    network: Classifier | None = None

    @property
    def total(self) -> int:
        """The steps of each run."""
        return int(self.settings["steps"])

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.pair.source.classes)

    @property
    def guesses(self) -> bool:
        """Whether a run with pseudo-labels is among them."""
        return any(each.name == PSEUDO for each in self.ways)

    def runs(self, here: Chosen) -> list[live.Run[Adaptation]]:
        """The runs, all seeds of a way after another."""
        return [
            live.Run(self.recipe(way, seed), partial(self.train, way, seed, str(here.model.device)))
            for way in self.ways
            for seed in self.seeds
        ]

    def recipe(self, way: Way, seed: int) -> dict[str, Any]:
        """Trains the network again."""
        network = {"network": self.network.name, "weights": self.network.fingerprint} if self.network else {}
        domains = {"source": self.pair.source.parts, "target": self.pair.target.parts}
        return {"what": "domain adaptation", **network, **domains, "seed": seed, **self.settings, **way.settings}

    def train(self, way: Way, seed: int, device: str, resume: bytes | None = None) -> Generator[Adaptation, None, None]:
        """One of the runs, from its beginning or from a checkpoint."""
        settings = {**self.settings, **way.settings, "resume": resume}
        source, target = (picture_set.seeded(each, seed).data for each in self.pair.both)
        yield from adapt(source, target, seed=seed, network=self.network, device=device, **settings)

    @property
    def private(self) -> bool:
        """Whether nothing about the runs may be kept on disk."""
        return self.pair.private or (self.network is not None and trained.private(self.network.name))

    def place(self, here: Chosen) -> live.Place:
        """Where the runs compute."""
        return live.Place(str(here.model.device), not self.private)


def again(parts: Mapping[str, Any], resume: bytes | None, device: str) -> Generator[Adaptation, None, None]:
    """The run of a recipe, without a page: a kept run after a restart of the server."""
    network = networks.again(parts, device) if "network" in parts else None
    pair = Pair(*(picture_set.again(parts[side]) for side in ("source", "target")))
    settings = {name: each for name, each in parts.items() if name not in _NO_SETTINGS}
    if isinstance(settings["factor"], list):  # a recipe is read from JSON
        settings["factor"] = tuple(settings["factor"])
    yield from Plan(pair, (), (), settings, network).train(Way(""), parts["seed"], device, resume)
