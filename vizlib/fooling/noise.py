"""From noise to a class: Nguyen, Yosinski and Clune, "Deep Neural Networks are Easily Fooled" (2014, arXiv 1412.1897).

Gradient ascent begins with noise or plain gray and goes on until the network is nearly certain of a class that no
person sees there. The result says after how many steps the class came first, and when it had 99 % and 99.9 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
import torch
from PIL import Image

from vizlib.fooling.attack import Attack
from vizlib.fooling.case import Case
from vizlib.fooling.result import HIGHEST, Attempt
from vizlib.fooling.scoring import lengths, rounded, unit
from vizlib.method import Knob
from vizlib.models import Classifier
from vizlib.render import Image8

_MILESTONES: Final = (HIGHEST, 0.99, 0.999)


@dataclass(frozen=True)
class Knobs:
    start: Annotated[
        str,
        Knob(
            "start from",
            help="Neither shows anything to a person.",
            choices=("noise", "gray"),
            meanings=("Random pixels around gray.", "The same gray everywhere."),
        ),
    ] = "noise"
    contrast: Annotated[
        float,
        Knob(
            "noise (gray levels of 255)",
            1.0,
            100.0,
            1.0,
            "The standard deviation of each value.",
            only=("start", "noise"),
        ),
    ] = 40.0
    step_size: Annotated[
        float,
        Knob("step size (gray levels of 255)", 1.0, 1000.0, 1.0, "The root of the sum of a step's squared changes."),
    ] = 100.0
    confidence: Annotated[
        float, Knob("probability at which to stop", 0.5, 0.9999, 0.0001, "Of the target, in the saved file.")
    ] = 0.999
    steps: Annotated[int, Knob("steps at most", 1, 2000, 1, "The attack gives up after these.", limited=True)] = 500


def begin(model: Classifier, knobs: Knobs, seed: int) -> Image8:
    """The picture (H, W, 3) to start from, in place of a given one: as large as the network resizes pictures."""
    height, width = model.input_size
    resized, _ = model.before_crop(Image.new("RGB", (width, height)))
    shape = resized.height, resized.width, 3
    if knobs.start == "gray":
        return np.full(shape, 128, np.uint8)
    gray = model.preprocessing.channels == 1
    drawn = np.random.default_rng(seed).normal(128, knobs.contrast, (*shape[:2], 1 if gray else 3))
    return np.ascontiguousarray(np.broadcast_to(np.clip(np.rint(drawn), 0, 255), shape).astype(np.uint8))


def run(case: Case, knobs: Knobs) -> Iterator[Attempt]:
    """One frame per step, until the rounded picture reaches the last goal."""
    criterion, start = case.criterion, case.start()
    values, goal = start, case.goals[-1]
    for step in range(1, knobs.steps + 1):
        _, gradient = criterion.pull(values, lambda own, z: own.hardest(own.margin(z, goal)))
        values = (values + unit(gradient) * (knobs.step_size / 255)).clamp(0, 1)
        with torch.no_grad():
            logits = criterion.logits(rounded(values))
        criterion.record(step, logits, float(lengths(rounded(values) - start)[0]))
        case.offer(rounded(values), logits)
        passed = [each for each, _ in case.milestones]
        case.milestones += [(each, step) for each in case.goals if each in case.finds and each not in passed]
        done = goal in case.finds
        yield case.attempt(step, step if done else knobs.steps, values)
        if done:
            return


METHOD = Attack(
    key="noise",
    label="From noise to class",
    paper="Nguyen, Yosinski and Clune 2014, arXiv 1412.1897",
    idea="Begins with noise or plain gray instead of a picture. A few steps along the gradient make the network "
    "certain of a class, although there is still nothing to see.",
    run=run,
    knobs=Knobs,
    unit="pixel values in [0, 1]",
    aliases=("fooling images",),
    begin=begin,
    confidence=lambda knobs: float(knobs.confidence),
    traced=lambda knobs: _MILESTONES,
)
