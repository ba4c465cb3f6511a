"""Accuracy against epsilon under the attacks that courses teach: both twins on drawn scenes, and on photographs.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.under_attack --photographs ../shared/images

About 8 minutes on one core. No value of a picture changes by more than epsilon gray levels of 255; what counts is the
attacked file. Random signs of the same size are the control. The photographs, in a folder with a labels.csv, are
attacked on mobilenetv2_100 if its weights are there.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.accuracy.exercises import Material, photographs
from benchmarks.results import write_section
from vizlib import accuracy_under_attack, drawn, last, load_model
from vizlib.fooling import EPSILON_METHODS, EPSILONS, UnderAttack
from vizlib.models import Classifier
from vizlib.training import PictureSet

TWINS = ("bundled/scenes", "bundled/scenes_robust")
STEPS = 20  # of I-FGSM and PGD
PER_CLASS = 8


@dataclass(frozen=True, eq=False)
class Photographs:
    """Photographs with their classes, of the network's own."""

    classes: tuple[str, ...]
    pictures: Sequence[Image.Image]
    labels: NDArray[np.int64]


def told_apart(photos: Material) -> Photographs:
    """The photographs but for those of a name that two of ImageNet's classes have: crane."""
    names = list(photos.model.class_names)
    pairs = zip(photos.pictures or (), photos.labels or (), strict=True)
    kept = [(Image.open(file).convert("RGB"), label) for file, label in pairs if names.count(names[label]) == 1]
    known, labels = np.unique([label for _, label in kept], return_inverse=True)
    return Photographs(tuple(names[each] for each in known), [picture for picture, _ in kept], labels)


def measured(model: Classifier, data: PictureSet | Photographs) -> UnderAttack:
    found = last(accuracy_under_attack(model, data, EPSILONS, tuple(EPSILON_METHODS), steps=STEPS))
    print(found, found.right.tolist(), flush=True)
    return found


def rows(found: UnderAttack, pictures: str) -> list[str]:
    """A line of the table per attack: the share that is right at each epsilon, with its 95 % interval."""
    lines = []
    for method, label in EPSILON_METHODS.items():
        cells = [f"{each.share:.0%} ({each.interval[0]:.0%} to {each.interval[1]:.0%})" for each in found.rates(method)]
        lines.append(f"| {found.network} | {pictures} | {label} | {' | '.join(cells)} |")
    return lines


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, help="folder with labels.csv")
    choice = parser.parse_args(given)
    scenes = drawn("scenes", per_class=1, tests=PER_CLASS).tests
    assert scenes is not None
    lines = [line for name in TWINS for line in rows(measured(load_model(name, device="cpu"), scenes), "drawn scenes")]
    photos = photographs(choice.photographs) if choice.photographs else None
    if photos is not None:
        labeled = told_apart(photos)
        lines += rows(measured(photos.model, labeled), f"{len(labeled.labels)} photographs")
    head = f"| network | pictures | attack | {' | '.join(map(str, EPSILONS))} |\n{'|---' * (3 + len(EPSILONS))}|"
    words = (
        "Pictures that stay right when each value may change by epsilon (gray levels of 255, in the head), with "
        f"Wilson's 95 % interval. I-FGSM and PGD take {STEPS} steps. Neither has seen the {len(scenes)} scenes."
    )
    command = (
        "VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.under_attack --photographs ../shared/images"
    )
    write_section("Accuracy under the attacks that courses teach", command, "\n".join([words, "", head, *lines]))


if __name__ == "__main__":
    main()
