"""Early against late layers, same against foreign domain: linear probes of frozen features beside random weights.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.transfer probes
    python -m benchmarks.accuracy.transfer probes --quick     # a few pictures and one seed, to try it out

Each seed chooses other pictures for training and other random weights; the pictures that are held out are the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.transfer import sets
from benchmarks.accuracy.transfer.sets import Subject, said, table
from benchmarks.results import write_section
from vizlib import last, linear_probe
from vizlib.training import (
    Features,
    Linear,
    PictureSet,
    divided,
    extracting,
    learning_curve,
    probe_layers,
    probing,
    untrained,
)

CS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0)
COUNTS = (1, 2, 5, 10, 20)
WAYS = {  # what a row of the sweep is called, and how it is fitted
    "LinearSVC, standardized": Linear(),
    "LinearSVC, raw": Linear(scaling="none"),
    "LinearSVC, L2": Linear(scaling="l2"),
    "LinearSVC, standardized, PCA to 32": Linear(pca=32),
    "LogisticRegression, standardized": Linear("logistic"),
}


@dataclass(frozen=True)
class Budget:
    """How much is measured."""

    seeds: tuple[int, ...]
    per_class: dict[str, int]  # pictures for training, by the set's name
    tests: int
    cs: tuple[float, ...] = CS


FULL = Budget((0, 1, 2), {"scenes": 20, "insects": 20, "textures": 40, "real_digits": 40}, 40)
QUICK = Budget((0,), {"scenes": 3, "textures": 3}, 3, (1e-4, 1e-2, 1.0))


def early_against_late(subject: Subject, budget: Budget, folder: Path) -> str:
    """Accuracy by layer for each set, trained and with random weights."""
    layers = [each.path for each in probe_layers(subject.model)]
    rows = []
    for name, count in budget.per_class.items():
        data = [sets.few(name, count, seed, budget.tests) for seed in budget.seeds]
        rows += pair(subject, f"{data[0].name} ({count} per class)", data, budget)
    if subject.size and (found := sets.photographs(folder)):
        rows += pair(subject, f"{len(found)} {found.name}", [found] * len(budget.seeds), budget)
    return table(["pictures", "weights", *layers], rows)


def pair(subject: Subject, name: str, data: Sequence[PictureSet], budget: Budget) -> list[list[str]]:
    """Two rows of the table: the network's own weights, and random ones."""
    chance = f"{name}, chance {100 / len(data[0].classes):.0f}"
    trained = [accuracies(subject.model, each, subject.size, seed) for each, seed in zip(data, budget.seeds)]
    control = [untrained(subject.model, seed) for seed in budget.seeds]
    random = [accuracies(model, each, subject.size, s) for model, each, s in zip(control, data, budget.seeds)]
    return [[chance, "trained", *columns(trained)], ["", "random", *columns(random)]]


def accuracies(model: Any, data: PictureSet, size: Any, seed: int) -> Any:
    found = last(linear_probe(model, data, seed=seed, size=size))
    print(f"{model.name}, {data.name}, seed {seed}: {np.round(found.accuracy[:, 0], 2)} {found.note}", flush=True)
    return found.accuracy[:, 0]


def columns(runs: Sequence[Any]) -> list[str]:
    return [said(each) for each in np.array(runs).T]


@lru_cache(2)
def features(subject: Subject, layer: str, count: int, tests: int, most: int) -> tuple[Features, Features]:
    """Of a larger number of scenes, from which each seed chooses, and of those that are held out."""
    data = sets.few("scenes", most * count, 0, tests)
    kept, held_out = (last(extracting(subject.model, each, [layer], size=subject.size)) for each in divided(data))
    return kept, held_out


def c_sweep(subject: Subject, layer: str, budget: Budget) -> str:
    """Accuracy over C for each way of fitting."""
    count = budget.per_class["scenes"]
    kept, tests = features(subject, layer, count, budget.tests, len(budget.seeds))
    rows = []
    for name, how in WAYS.items():
        began = time.process_time()
        runs = [last(probing(kept.few(count, seed), tests, c=budget.cs, how=how)) for seed in budget.seeds]
        seconds = (time.process_time() - began) / len(budget.seeds)
        rows.append([name, *columns([each.accuracy[0] for each in runs]), f"{seconds:.1f}"])
    return table(["classifier and features", *[f"{each:g}" for each in budget.cs], "CPU-s"], rows)


def pictures_per_class(subject: Subject, layers: Iterable[str], budget: Budget) -> str:
    """Accuracy over the number of pictures per class, for a middle and a late layer."""
    rows = []
    counts = [each for each in COUNTS if each <= budget.per_class["scenes"]]
    for layer in layers:
        kept, tests = features(subject, layer, budget.per_class["scenes"], budget.tests, len(budget.seeds))
        found = last(learning_curve(kept, tests, layer, counts, budget.seeds))
        rows.append([layer, *[said(each) for each in found.accuracy]])
    return table(["layer", *[str(each) for each in counts]], rows)


def text_of(subject: Subject, budget: Budget, folder: Path) -> str:
    layers = [each.path for each in probe_layers(subject.model)]
    middle, late = layers[len(layers) // 2], layers[-1]
    began = time.process_time()
    parts = [
        f"### {subject.model.name}\n",
        "Held-out accuracy in %, by the layer whose features, averaged over all places, a LinearSVC (C 0.01, "
        "standardized) reads:\n",
        early_against_late(subject, budget, folder),
        f"\nOver C, drawn scenes, {middle}; the last column is the time of the whole row:\n",
        c_sweep(subject, middle, budget),
        "\nOver pictures per class, drawn scenes:\n",
        pictures_per_class(subject, (middle, late), budget),
        f"\n{time.process_time() - began:.0f} CPU-s.",
    ]
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description="Linear probes by layer, C and number of pictures.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--photographs", type=Path, default=sets.photograph_folder(), help="a folder of photographs")
    choice = parser.parse_args()
    budget = QUICK if choice.quick else FULL
    found = [text_of(each, budget, choice.photographs) for each in sets.subjects(choice.device)]
    head = (
        f"Means over {len(budget.seeds)} seeds with 95 % intervals (Student's t); {budget.tests} pictures of each "
        "class are held out. Random weights: `vizlib.training.untrained`.\n\n"
    )
    text = head + "\n\n".join(found)
    print(text)
    if not choice.quick:
        write_section("Linear probes: early against late", "python -m benchmarks.accuracy.transfer probes", text)


if __name__ == "__main__":
    main()
