"""Class pictures as the files that a visitor saves, and what networks answer for these files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib import maximize, to_image
from vizlib.activation_maximization import class_logit
from vizlib.models import Classifier, counterpart, to_pixels
from vizlib.training import interval

SURE = 0.99  # a probability
# One network of each family that was trained on the drawn scenes. The package has no room for the last two.
DRAWN = ("bundled/scenes_vgg", "bundled/scenes", "local/scenes_convnext", "local/scenes_vit")


@dataclass(frozen=True, eq=False)
class Made:
    """One picture of each target, by one seed.

    Attributes:
        targets: classes of the maker.
        images: the files, uint8 (N, H, W, 3).
        pixels: before rounding, (N, 3, H, W).
    """

    targets: tuple[int, ...]
    images: NDArray[np.uint8]
    pixels: Tensor


def use(trained: Path) -> None:
    """Takes local networks from this folder. Ends the program if one of DRAWN is not there."""
    for name in DRAWN:
        source, _, short = name.partition("/")
        if source == "local" and not (trained / short / "config.json").exists():
            raise SystemExit(f"{name} is missing. Train it: python -m vizlib.bundled.train {short} --out {trained}")
    os.environ["VIZLIB_WEIGHTS"] = str(trained)


def make(model: Classifier, targets: Sequence[int], steps: int, seed: int, **settings: Any) -> Made:
    """One picture of each target; the noise of each target is its own."""
    seeds = [100 * seed + each for each in range(len(targets))]
    *_, last = maximize(model, [class_logit(each) for each in targets], steps, seeds, **settings)
    return Made(tuple(targets), to_image(last.pixels), last.pixels)


@torch.no_grad()
def probabilities(made: Made, maker: Classifier, judge: Classifier) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The judge's probability of each picture's class, and the class's rank from 1; each (N,)."""
    names = [maker.class_names[each] for each in made.targets]
    known = [counterpart(judge.class_names, each) for each in names]
    files = torch.cat([to_pixels(image, judge) for image in made.images])
    shares = judge.predict(files).cpu()
    own = torch.stack([row[each] for row, each in zip(shares, known, strict=True)])
    return own.double().numpy(), ((shares > own[:, None]).sum(1) + 1).numpy()


def sure(made: Made, maker: Classifier) -> int:
    """How many of the files reach SURE on the network that they were made for."""
    return int((probabilities(made, maker, maker)[0] >= SURE).sum())


def first(made: Made, maker: Classifier, judge: Classifier) -> int:
    """Of how many files the judge's first answer is their class."""
    return int((probabilities(made, maker, judge)[1] == 1).sum())


def said(values: Sequence[float], digits: int = 1) -> str:
    """The mean over seeds with its 95 % interval (Student's t)."""
    array = np.asarray(values, np.float64)
    if len(array) == 1:
        return f"{array[0]:.{digits}f}"
    low, high = interval(array)
    return f"{array.mean():.{digits}f} ± {(high - low) / 2:.{digits}f}"


def colorfulness(made: Made) -> float:
    """Mean difference between the largest and the smallest color of a place, in pixel values: 0 is gray."""
    return float((made.pixels.amax(1) - made.pixels.amin(1)).mean())
