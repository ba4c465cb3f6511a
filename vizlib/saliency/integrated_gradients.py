"""Integrated gradients: Sundararajan, Taly, Yan, "Axiomatic attribution for deep networks" (2017), arXiv 1703.01365.

The picture is approached on a straight line from a baseline, and each pixel's share of the change of the score is added
up. The map sums to score(picture) - score(baseline), up to the error of the integral (Gauss-Legendre, as in Captum).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.method import Knob, Method
from vizlib.models import Classifier
from vizlib.records import Estimate
from vizlib.saliency.query import AT_ONCE, Query, Version, mean_gradients, score

_GRAYS = {"black": 0.0, "gray": 0.5, "white": 1.0}
_BLUR = 8  # the blurred baseline keeps 8 x 8 colors of the picture


@dataclass(frozen=True)
class Knobs:
    steps: Annotated[
        int,
        Knob("steps along the path", 1, 500, 1, "More steps make the sum more exact and take longer.", limited=True),
    ] = 50
    baseline: Annotated[
        str,
        Knob(
            "baseline (where the path starts)",
            choices=(*_GRAYS, "blurred"),
            help="The picture that stands for seeing nothing. Pixels that equal the baseline get the value 0.",
        ),
    ] = "black"


def baseline_of(pixels: Tensor, name: str) -> Tensor:
    """Where the path to pixels (N, 3, H, W) starts, of the same shape."""
    if name in _GRAYS:
        return torch.full_like(pixels, _GRAYS[name])
    few = F.adaptive_avg_pool2d(pixels, _BLUR)
    return F.interpolate(few, size=pixels.shape[2:], mode="bilinear", align_corners=False)


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """sum over c of (picture - baseline) * mean gradient along the path, signed, an Estimate every few steps."""
    start = baseline_of(query.pixels, knobs.baseline)
    way = query.pixels - start
    count = knobs.steps * len(way)
    for step, total, mean in mean_gradients(classifier, query, _path(start, way, knobs.steps), count):
        values = (way * mean).sum(1).cpu()
        note = _completeness(classifier, query, start, values) if step == total else ""
        yield Estimate(step, total, values, note)


def _path(start: Tensor, way: Tensor, steps: int) -> Iterator[Version]:
    """Points on the path, in an order that soon covers all of it, so that an unfinished map is a rough one."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    golden = (5**0.5 - 1) / 2
    for each in sorted(range(steps), key=lambda number: number * golden % 1):
        share, weight = (1 + float(nodes[each])) / 2, float(weights[each]) / 2
        for row in range(len(way)):
            yield Version(row, weight, start[row] + share * way[row])


@torch.no_grad()
def _completeness(classifier: Classifier, query: Query, start: Tensor, values: Tensor) -> str:
    """How well completeness holds: the map's sum and the score's change, for the picture where they differ most."""
    rises = []
    for rows in torch.arange(len(start)).split(AT_ONCE // 2):
        some = slice(int(rows[0]), int(rows[-1]) + 1)
        both = torch.cat([query.pixels[some], start[some]])
        after, before = score(classifier, both, query, rows.repeat(2)).chunk(2)
        rises.append(after - before)
    sums, rise = values.sum((1, 2)), torch.cat(rises).cpu()
    worst = int((sums - rise).abs().argmax())
    change = f"from baseline to picture the score changes by {float(rise[worst]):.3f}"
    return f"the map sums to {float(sums[worst]):.3f}; {change}"


METHOD = Method(
    key="integrated_gradients",
    label="Integrated gradients",
    paper="Sundararajan et al. 2017, arXiv 1703.01365",
    idea="Fade the picture in from a baseline and add up how much each pixel moved the score on the way. "
    "All shares together are exactly what the score gained; negative ones spoke against it.",
    run=run,
    knobs=Knobs,
    unit="logit",
    aliases=("ig", "integrated gradient"),
    signed=True,
)
