"""Features of layers, from which the page "What can be reused?" fits its classifiers. A task is one set of pictures."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from vizlib.batch.kinds.kind import Kind, layers_of
from vizlib.batch.reading import Layers, Names, Seeds, one_of, switch
from vizlib.batch.sets import Drawn, Folder, opened, parts_of, sets
from vizlib.batch.task import Task, task
from vizlib.models import Classifier
from vizlib.training import GRIDS, POOLS, Features, Pictures, PictureSet, divided, extracting, untrained


@dataclass(frozen=True)
class FeatureSets:
    """Features have "networks" and "pictures", and may have "layers", "pool", "grid", "seed" and "control"."""

    networks: Names
    pictures: Annotated[tuple[Drawn | Folder, ...], sets]
    layers: Layers = ("main",)
    pool: Annotated[str, one_of(*POOLS)] = "average"
    grid: Annotated[int | None, one_of(*GRIDS)] = 1
    seed: Seeds = (0,)
    control: Annotated[bool, switch] = False  # whether the same architecture with random weights looks at them too


@dataclass(frozen=True)
class Taking:
    """How features are taken.

    Attributes:
        layers: their paths, from the input up.
        pool: "average" or "maximum".
        grid: places a side; None for all.
        seed: of the division of the pictures, and of random weights.
        random: whether the network's weights are random.
    """

    layers: Sequence[str]
    pool: str
    grid: int | None
    seed: int
    random: bool = False


def recipe(model: Classifier, pictures: Mapping[str, Any], how: Taking) -> dict[str, Any]:
    """Takes the features again. pictures: the set's part of a recipe."""
    network = {"network": model.name, "weights": model.fingerprint, "random": how.random}
    rest = {"layers": list(how.layers), "pool": how.pool, "grid": how.grid}
    return network | {"what": "features", "pictures": dict(pictures), "seed": how.seed} | rest


def both_sides(
    looking: Classifier, sides: tuple[PictureSet, PictureSet], how: Taking
) -> Generator[Features, None, None]:
    """The features of the pictures for training, then of those that are held out. looking: with the right weights."""
    yield from extracting(looking, _joined(*sides), how.layers, how.pool, how.grid)


def divided_features(found: Features, count: int) -> tuple[Features, Features]:
    """The features of the first `count` pictures, those for training, and of the others, which are held out."""
    return _part(found, slice(count)), _part(found, slice(count, None))


def _part(found: Features, some: slice) -> Features:
    values, labels = {path: each[some] for path, each in found.values.items()}, found.labels[some]
    return replace(found, step=len(labels), total=len(labels), values=values, labels=labels)


def _joined(training: PictureSet, tests: PictureSet) -> PictureSet:
    return replace(
        training,
        pictures=Pictures(training.pictures) + tests.pictures,
        labels=np.concatenate([training.labels, tests.labels]),
        titles=training.titles + tests.titles,
        groups=np.arange(len(training) + len(tests)),
        tests=None,
    )


def _tasks(asked: FeatureSets, model: Classifier, device: str) -> Iterator[Task]:
    layers = layers_of(model, asked.layers)
    for wanted in asked.pictures:
        for seed in asked.seed:
            parts, place = parts_of(wanted, seed)
            for random in (False, True) if asked.control else (False,):
                how = Taking(layers, asked.pool, asked.grid, seed, random)
                yield task("features", model.name, device, recipe(model, parts, how), **place)


def _run(model: Classifier, task: Task) -> Generator[Features, None, None]:
    asked = task.recipe
    how = Taking(asked["layers"], asked["pool"], asked["grid"], asked["seed"], asked["random"])
    looking = untrained(model, how.seed) if how.random else model
    sides = divided(opened(asked["pictures"], task.more), seed=how.seed)
    return both_sides(looking, sides, how)


KIND = Kind("features", FeatureSets, _tasks, _run, (Features,))
