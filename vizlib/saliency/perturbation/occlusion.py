"""Occlusion: Zeiler, Fergus, "Visualizing and understanding convolutional networks" (2013), arXiv 1311.2901.

A window slides over the picture and hides what is under it; the score falls where it hid evidence for it. A pixel's
value is the mean fall of the score over all windows that cover the pixel, as in Captum's Occlusion, in logits: negative
where the score rises without it. The paper draws a coarse map instead, one value for each place of the window.

Windows begin at the upper left corner, `stride` apart; the last ones are cut off at the edge. By default a window is a
seventh of the picture's shorter side (32 of 224 px), and the stride is half of it. What stands in the window is a
picture of its own: gray as in the paper, black, a strongly blurred copy, or the mean color of the training data, and a
window may add edges that the network answers to. Nothing is assumed of the network, which need not have gradients.

It costs one forward pass for each window and one for the whole picture: 170 at 224 px.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.method import Knob
from vizlib.models import Classifier
from vizlib.records import Size
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.integrated_gradients import baseline_of
from vizlib.saliency.looks import Looks
from vizlib.saliency.query import Query

_USUAL: Size = (224, 224)


@dataclass(frozen=True)
class Knobs:
    window: Annotated[
        int,
        Knob(
            "window (px, 0: a seventh of the picture)",
            0,
            512,
            1,
            "The side of the hidden square. Small ones show detail and hide too little to matter.",
        ),
    ] = 0
    stride: Annotated[
        int,
        Knob(
            "stride (px, 0: half the window)",
            0,
            512,
            1,
            "How far the window moves, at most its own side. Half of it takes four times as long.",
        ),
    ] = 0
    fill: Annotated[
        str,
        Knob(
            "fill (what hides the picture)",
            choices=("gray", "black", "blurred", "mean"),
            meanings=(
                "Gray, halfway between black and white.",
                "Black.",
                "The picture itself, strongly blurred.",
                "The mean color of the training data, which the network reads as zeros.",
            ),
        ),
    ] = "gray"


Window = tuple[slice, slice]  # rows, columns


def windows_of(size: Size, knobs: Knobs) -> list[Window]:
    """The windows over pictures of `size` (H, W), in an order that soon covers all of it."""
    window, stride = _measures(size, knobs)
    rows, columns = ([slice(at, min(at + window, side)) for at in _starts(side, window, stride)] for side in size)
    found = [(row, column) for row in rows for column in columns]
    golden = (5**0.5 - 1) / 2
    return [found[each] for each in sorted(range(len(found)), key=lambda number: number * golden % 1)]


def _measures(size: Size, knobs: Knobs) -> tuple[int, int]:
    """Window and stride in px."""
    window = knobs.window or max(1, round(min(size) / 7))
    stride = knobs.stride or max(1, window // 2)
    if stride > window:
        what = f"The window of {window} px moves {stride} px at a time and leaves pixels out."
        raise VizError(what, "Give a stride of at most the window's side.")
    return window, stride


def _starts(side: int, window: int, stride: int) -> range:
    """Where windows begin: from the first pixel on, until one reaches the last."""
    return range(0, max(0, side - window) + stride, stride)


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """mean over the windows at a pixel of score(picture) - score(picture with the window hidden), every few windows."""
    windows, fill = windows_of(query.size, knobs), baseline_of(classifier, query.pixels, knobs.fill)
    looks = Looks(classifier, query)
    whole = [looks.scores(row, 1, query.pixels[row, None].__getitem__) for row in range(len(query.pixels))]
    sums, counts = torch.zeros(2, len(whole), *query.size)
    words = _words(query.size, knobs, len(windows))
    for step in looks.steps([len(windows)] * len(whole)):
        some = [windows[each] for each in step.which]
        scores = looks.scores(step.row, len(some), _Hidden(query.pixels[step.row], fill[step.row], some))
        for window, fall in zip(some, whole[step.row] - scores):
            sums[step.row][window] += fall
            counts[step.row][window] += 1
        yield Estimate(step.number, step.total, sums / counts.clamp(min=1), words)


@dataclass(frozen=True, eq=False)
class _Hidden:
    """Copies (B, 3, H, W) of a picture, each with one of the windows filled."""

    picture: Tensor  # (3, H, W), as `fill`
    fill: Tensor
    windows: list[Window]

    def __call__(self, some: slice) -> Tensor:
        windows = self.windows[some]
        copies = self.picture.repeat(len(windows), 1, 1, 1)
        for copy, (rows, columns) in zip(copies, windows):
            copy[:, rows, columns] = self.fill[:, rows, columns]
        return copies


def _words(size: Size, knobs: Knobs, count: int) -> str:
    window, stride = _measures(size, knobs)
    return f"{count} windows of {window} x {window} px, {stride} px apart, filled with {_FILLS[knobs.fill]}"


_FILLS = {"gray": "gray", "black": "black", "blurred": "the blurred picture", "mean": "the mean color"}


def _passes(knobs: Knobs, maps: int) -> Passes:
    """For a picture of 224 px."""
    return Passes(len(windows_of(_USUAL, knobs)) + 1)


METHOD = MapMethod(
    key="occlusion",
    label="Occlusion",
    paper="Zeiler & Fergus 2013, arXiv 1311.2901",
    idea="A gray window slides over the picture. Where the score falls, the window hid evidence for it; "
    "where the score rises, it hid evidence against it.",
    group="perturbation",
    shows="How much the score falls when a window hides the pixel.",
    run=run,
    passes=_passes,
    knobs=Knobs,
    unit="logit",
    aliases=("sliding window",),
    signed=True,
)
