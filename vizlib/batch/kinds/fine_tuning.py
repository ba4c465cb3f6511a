"""Sweeps of fine-tunings: seeds x settings x pictures per class, as the page of trainings has them. A task is a run."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Annotated, Any, Final

import torch

from vizlib.batch.kinds.kind import Kind
from vizlib.batch.reading import Names, Seeds, Some, texts, wholes
from vizlib.batch.sets import Drawn, Folder, opened, parts_of, sets
from vizlib.batch.task import Task, task
from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.training import PictureSet, Tuning, TuningSettings, divided, fine_tune

Load = str | tuple[str, str]
SIDE: Final = 64  # px, of the pictures in training, where nobody chooses
USUAL: Final[Mapping[str, Any]] = {  # the settings of the page; the size follows the network
    "steps": 60,
    "rate": 0.01,
    "body_rate": 0.3,
    "optimizer": "adamw",
    "batch": 32,
    "freeze_norm": None,
    "augment": True,
    "patience": None,
}


@dataclass(frozen=True)
class Sweep:
    """Fine-tuning has "networks" and "pictures", and may have "per_class", "train", "load", "seed" and "settings".

    A setting that is a list is a list of values, each of which is tried with each of the others.
    """

    networks: Names
    pictures: Annotated[tuple[Drawn | Folder, ...], sets]
    per_class: Annotated[tuple[int, ...] | None, wholes(1, 1000)] = None  # None: those of a drawn set, or all
    train: Annotated[tuple[str, ...], texts] = ("scratch", "head", "all")
    seed: Seeds = (0,)
    settings: Some = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Training:
    """One run: what learns, with which weights it begins, and on how many pictures of each class.

    Attributes:
        what: "head", "all", "scratch" or a layer's path, as `fine_tune` takes it.
        load: which weights are loaded, as `fine_tune` takes it.
        seed: of everything.
        per_class: how many pictures of each class train; None for all.
        settings: the others of `fine_tune`.
    """

    what: str
    load: Load
    seed: int
    per_class: int | None
    settings: Mapping[str, Any]

    def recipe(self, model: Classifier, pictures: Mapping[str, Any]) -> dict[str, Any]:
        """Trains the network again. pictures: the set's part of a recipe."""
        own = {"what": "fine-tuning", "train": self.what, "load": self.load, "seed": self.seed}
        source = {"network": model.name, "weights": model.fingerprint, "per_class": self.per_class}
        return source | {"pictures": dict(pictures)} | own | dict(self.settings)

    def start(self, model: Classifier, data: PictureSet, resume: bytes | None = None) -> Generator[Tuning, None, None]:
        """The run, from its beginning or from a checkpoint. data: as `some_of` gives it."""
        given = {**self.settings, "resume": resume}
        yield from fine_tune(model, data, what=self.what, load=self.load, seed=self.seed, **given)


def some_of(data: PictureSet, per_class: int | None, seed: int) -> PictureSet:
    """At most `per_class` pictures of each class for training, chosen by the seed, and those that are held out."""
    whole, tests = divided(data)
    return replace(whole if per_class is None else whole.few(per_class, seed), tests=tests)


_NO_SETTINGS: Final = {"what", "train", "load", "seed", "per_class", "network", "weights", "pictures"}


def training_of(recipe: Mapping[str, Any]) -> Training:
    """The run of a recipe, which may have been read from JSON."""
    load = recipe["load"] if isinstance(recipe["load"], str) else (recipe["load"][0], recipe["load"][1])
    settings = {name: each for name, each in recipe.items() if name not in _NO_SETTINGS}
    return Training(recipe["train"], load, recipe["seed"], recipe["per_class"], settings)


def side_of(model: Classifier, side: int | None) -> int | None:
    """The side of the pictures in training; None for the network's own size, where that is no larger or it needs it."""
    return None if side is None or max(model.input_size) <= side or not takes(model, side) else side


def takes(model: Classifier, side: int) -> bool:
    """Whether the network takes squares of that side. It is asked once."""
    key = f"takes {side}"
    if key not in model.memo:
        try:
            model.predict(torch.full((1, 3, side, side), 0.5))
            model.memo[key] = True
        except VizError:
            model.memo[key] = False
    return bool(model.memo[key])


def _tasks(asked: Sweep, model: Classifier, device: str) -> Iterator[Task]:
    usual = {**USUAL, "size": side_of(model, SIDE)}
    for wanted in asked.pictures:
        own = wanted.per_class if isinstance(wanted, Drawn) else None
        parts, place = parts_of(wanted, 0)
        for what, count, settings in product(
            asked.train, asked.per_class or (own,), _grid({**usual, **asked.settings})
        ):
            TuningSettings(what=what, **settings).checked()
            for seed in asked.seed:
                run = Training(what, "none" if what == "scratch" else "all", seed, count, settings)
                yield task("fine-tuning", model.name, device, run.recipe(model, parts), **place)


def _grid(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every combination of the values of the settings."""
    values = [each if isinstance(each, list) else [each] for each in settings.values()]
    yield from (dict(zip(settings, each, strict=True)) for each in product(*values))


def _run(model: Classifier, task: Task) -> Generator[Tuning, None, None]:
    run, parts = training_of(task.recipe), task.recipe["pictures"]
    seeded = parts | {"seed": run.seed} if "set" in parts and run.seed else parts
    return run.start(model, some_of(opened(seeded, task.more), run.per_class, run.seed))


KIND = Kind("fine-tuning", Sweep, _tasks, _run, (Tuning,))
