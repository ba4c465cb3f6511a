"""A domain adaptation, checked: two sets of pictures with the same classes, and a network for both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from vizlib.errors import VizError
from vizlib.models import Classifier, Outputs, load_model
from vizlib.training.data import PictureSet, divided
from vizlib.training.domains.settings import AdaptSettings
from vizlib.training.settings import TuningSettings
from vizlib.training.trainee import Trainee, trainee

NETWORK: Final = "dann_cnn"
_SMALL, _LARGE = 28, 32  # px: what Ganin and Lempitsky's network sees of small pictures, and of all others
_RANDOM: Final = "All weights began at random."


@dataclass(frozen=True, eq=False)
class Domain:
    """One of the two: its pictures for training and those that are held out."""

    training: PictureSet
    tests: PictureSet


@dataclass(frozen=True, eq=False)
class Task:
    """A domain adaptation, checked.

    model: the network to begin with. key: equal for equal pictures. fresh: whether its weights are random.
    """

    model: Classifier
    source: Domain
    target: Domain
    settings: AdaptSettings
    key: str
    fresh: bool

    def belongs(self) -> dict[str, str]:
        """What another run must have in common to go on from a checkpoint of this one."""
        return {**self.settings.said(), "network": self.model.fingerprint, "pictures": self.key}

    def known(self) -> dict[str, Any]:
        """What every frame says."""
        sets = [self.source.training, self.target.training, self.source.tests, self.target.tests]
        return {
            "counts": tuple(map(len, sets)),
            "classes": self.source.training.classes,
            "name": f"trained/{self.model.name.rpartition('/')[2]}",
            "device": str(self.model.device),
            "private": any(each.private for each in sets),
        }

    def started(self) -> Trainee:
        """A copy of the network, all of whose weights learn; batch normalization keeps its statistics.

        Statistics of both domains together would be those of neither, with which it is asked later.
        """
        settings = self.settings
        plain = TuningSettings("all", seed=settings.seed, freeze_norm=True, size=settings.size, batch=settings.batch)
        found = trainee(self.model, self.source.training.classes, plain)
        return replace(found, said=_RANDOM) if self.fresh else found


def checked(
    source: PictureSet, target: PictureSet, network: Classifier | None, settings: AdaptSettings, device: str
) -> Task:
    """The adaptation of a network from one set to the other. Raises VizError for what cannot be trained."""
    settings = settings.checked()
    if len(source.classes) < 2:
        raise VizError("The pictures are of one class.", "Give pictures of at least two classes.")
    if set(source.classes) != set(target.classes):
        others = sorted(set(source.classes) ^ set(target.classes))
        what = f"The two domains do not have the same classes: {', '.join(others)} only in one of them."
        raise VizError(what, "Give both the same classes; `only` of a set leaves classes out.")
    if target.classes != source.classes:
        target = target.only(source.classes)
    domains = [Domain(*divided(each, settings.held_out, settings.seed)) for each in (source, target)]
    least, fresh = min(len(each.training) for each in domains), network is None
    if network is None:
        size = settings.size or (_SMALL if max(source.pictures[0].size) <= _SMALL else _LARGE)
        settings = replace(settings, size=size if isinstance(size, tuple) else (size, size))
        network = _ganins(source.classes, settings, device)
    settings = replace(settings, batch=min(settings.batch, least))
    return Task(network, domains[0], domains[1], settings, f"{source.key} {target.key}", fresh)


def _ganins(classes: tuple[str, ...], settings: AdaptSettings, device: str) -> Classifier:
    """Ganin and Lempitsky's network with random weights."""
    made = load_model(NETWORK, "random", device, seed=settings.seed, num_classes=len(classes), width=settings.width)
    reading = Outputs(), list(classes)
    return Classifier(made.network, NETWORK, made.device, preprocessing=made.preprocessing, reading=reading)
