"""The networks and pictures of these measurements, and how a mean over seeds is written."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vizlib import load_model, open_picture
from vizlib.models import Classifier
from vizlib.training import PictureSet, drawn, interval
from vizlib.weights import local_models

SIZE = (128, 128)  # px, of every picture that a network for 224 px sees here


@dataclass(frozen=True)
class Subject:
    """A network and the size of its pictures."""

    model: Classifier
    size: tuple[int, int] | None = None


def subjects(device: str) -> list[Subject]:
    """bundled/scenes, and mobilenetv2_100 where VIZLIB_WEIGHTS has it."""
    found = [Subject(load_model("bundled/scenes", device=device))]
    if any(each.startswith("local/mobilenetv2_100") for each in local_models()):
        found.append(Subject(load_model("mobilenetv2_100", device=device), SIZE))
    return found


def photographs(folder: Path) -> PictureSet | None:
    """The photographs of a folder with at least three of a class; the class is the second word of a file's name."""
    files = sorted(folder.glob("*.jpg"))
    counts = Counter(each.name.split("_")[1] for each in files)
    files = [each for each in files if counts[each.name.split("_")[1]] >= 3]
    classes = tuple(sorted({each.name.split("_")[1] for each in files}))
    if len(classes) < 2:
        return None
    labels = np.array([classes.index(each.name.split("_")[1]) for each in files])
    pictures = tuple(open_picture(each) for each in files)
    titles = tuple(each.name for each in files)
    return PictureSet("photographs of ImageNet's classes", classes, pictures, labels, titles, np.arange(len(files)))


def photograph_folder() -> Path:
    """The folder of photographs: VIZLIB_PHOTOGRAPHS, else images beside the folder of weights."""
    weights = Path(os.environ.get("VIZLIB_WEIGHTS", "../shared/weights"))
    return Path(os.environ.get("VIZLIB_PHOTOGRAPHS", weights.parent / "images"))


def few(name: str, per_class: int, seed: int, tests: int) -> PictureSet:
    return drawn(name, per_class, seed, tests=tests)


def said(values: Any) -> str:
    """The mean of shares over seeds with its 95 % interval, in %."""
    array = np.asarray(values, np.float64)
    if len(array) == 1:
        return f"{100 * array[0]:.0f}"
    low, high = 100 * interval(array)
    return f"{100 * array.mean():.0f} ± {(high - low) / 2:.0f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)
