"""Integrated gradients: Sundararajan, Taly, Yan, "Axiomatic attribution for deep networks" (2017), arXiv 1703.01365.

The picture is approached on a straight line from a baseline, and each pixel's share of the change of the score is added
up. The map sums to score(picture) - score(baseline), up to the error of the integral (Gauss-Legendre, as in Captum).

The baseline is a name or a picture of one's own. "black", "gray" and "white" are plain, "blurred" keeps 8 x 8 colors of
the picture. "mean" is the mean color of the training data, which a network reads as zeros: scripts that give Captum
normalized pixels and no baseline have this one, and "black" is another. "references" is the mean of the reference
pictures, by default of drawn scenes: one blurred picture, where expected gradients starts at each of them. The maps of
different baselines differ a lot.

The figures: "score_change" is score(picture) - score(baseline), and "completeness_error" is what the map's sum lacks of
it (Captum's convergence delta with the other sign), both (N,) in the score's unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.errors import VizError
from vizlib.method import Knob
from vizlib.models import Classifier, check_range, in_own_context, usual_batches
from vizlib.pictures import Picture
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.completeness import Completeness
from vizlib.saliency.query import Query, Version, mean_gradients, score

_GRAYS = {"black": 0.0, "gray": 0.5, "white": 1.0}
REFERENCES = "references"  # the choice of a baseline that needs other pictures
_BLUR = 8  # the blurred baseline keeps 8 x 8 colors of the picture
_SUM = Completeness(  # 50 steps usually stay below this error
    "from baseline to picture the score changes by {}", 0.1, "the score's change", "take more steps"
)


@dataclass(frozen=True)
class Knobs:
    steps: Annotated[
        int,
        Knob("steps along the path", 1, 500, 1, "More steps make the sum more exact and take longer.", limited=True),
    ] = 50
    baseline: Annotated[
        Picture,
        Knob(
            "baseline (where the path starts)",
            choices=(*_GRAYS, "blurred", "mean", REFERENCES),
            meanings=(
                *(f"A picture that is {gray} everywhere." for gray in _GRAYS),
                "The picture itself, strongly blurred.",
                "The mean color of the training data, which the network reads as zeros.",
                "The mean of the reference pictures, by default of drawn scenes.",
            ),
            help="The picture that stands for seeing nothing. Pixels that equal the baseline get the value 0.",
            pictures=True,
        ),
    ] = "black"


@in_own_context
def baseline_of(classifier: Classifier, pixels: Tensor, baseline: Picture, references: Tensor | None = None) -> Tensor:
    """Where the path to pixels (N, 3, H, W) starts, of the same shape.

    baseline: a name, or a picture of one's own. references: (M, 3, H, W), for the baseline of that name.
    """
    if isinstance(baseline, str) and baseline == REFERENCES:
        return _mean_picture(references).expand_as(pixels)
    if not isinstance(baseline, str):
        return _own(classifier, pixels, baseline)
    if baseline == "mean":
        return _mean_color(classifier).expand_as(pixels)
    if baseline in _GRAYS:
        return torch.full_like(pixels, _GRAYS[baseline])
    few = F.adaptive_avg_pool2d(pixels, _BLUR)
    return F.interpolate(few, size=pixels.shape[2:], mode="bilinear", align_corners=False)


def _own(classifier: Classifier, pixels: Tensor, baseline: Picture) -> Tensor:
    """Tensors are pixels, one for all pictures or one for each; any other picture is prepared for the network."""
    given = baseline if isinstance(baseline, Tensor) else classifier.prepare(baseline)
    check_range(given)
    if given.shape[2:] != pixels.shape[2:] or len(given) not in (1, len(pixels)):
        what = f"The pictures have the shape {tuple(pixels.shape)} and the baseline {tuple(given.shape)}."
        raise VizError(what, "Give one baseline of the same height and width, or one for each picture.")
    return given.detach().to(pixels).expand_as(pixels)


def _mean_picture(references: Tensor | None) -> Tensor:
    """(1, 3, H, W)"""
    if references is None:
        raise VizError("There are no reference pictures whose mean could be the baseline.", "Give references.")
    return references.mean(0, keepdim=True)


def _mean_color(classifier: Classifier) -> Tensor:
    """The color (1, 3, 1, 1) that the network reads as zeros."""
    grays = torch.tensor([0.0, 1.0], device=classifier.device).view(2, 1, 1, 1).expand(2, 3, 1, 1)
    black, white = classifier.normalize(grays).split(1)
    return (black / (black - white)).expand(1, 3, 1, 1)


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """sum over c of (picture - baseline) * mean gradient along the path, signed, an Estimate every few steps."""
    start = baseline_of(classifier, query.pixels, knobs.baseline, query.references)
    way = query.pixels - start
    count = knobs.steps * len(way)
    for step, total, mean in mean_gradients(classifier, query, _path(start, way, knobs.steps), count):
        estimate = Estimate(step, total, (way * mean).sum(1).cpu())
        if step == total:
            change = _change(classifier, query, start)
            estimate = _SUM.measured(estimate, change, change.abs())
        yield estimate


def _path(start: Tensor, way: Tensor, steps: int) -> Iterator[Version]:
    """Points on the path, in an order that soon covers all of it, so that an unfinished map is a rough one."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    golden = (5**0.5 - 1) / 2
    for each in sorted(range(steps), key=lambda number: number * golden % 1):
        share, weight = (1 + float(nodes[each])) / 2, float(weights[each]) / 2
        for row in range(len(way)):
            yield Version(row, weight, start[row] + share * way[row])


@torch.no_grad()
def _change(classifier: Classifier, query: Query, start: Tensor) -> Tensor:
    """score(picture) - score(baseline), (N,), on the CPU."""

    def risen(some: slice) -> Tensor:
        rows = torch.arange(some.start, some.stop).repeat(2)
        after, before = score(classifier, torch.cat([query.pixels[some], start[some]]), query, rows).chunk(2)
        return after - before

    batches = usual_batches(classifier, "score change", query.size)
    return torch.cat(batches(len(start), risen)).cpu()


def _passes(knobs: Knobs, maps: int) -> Passes:
    return Passes(knobs.steps + 2, knobs.steps)  # two for the change of the score


def _compares(knobs: Knobs) -> bool:
    return isinstance(knobs.baseline, str) and knobs.baseline == REFERENCES


METHOD = MapMethod(
    key="integrated_gradients",
    label="Integrated gradients",
    paper="Sundararajan et al. 2017, arXiv 1703.01365",
    idea="Fade the picture in from a baseline and add up how much each pixel moved the score on the way. "
    "All shares together are what the score gained, up to the error of the sum; negative ones are evidence against it.",
    shows="Each pixel's share of what the score gains on the way from a baseline to the picture.",
    run=run,
    passes=_passes,
    knobs=Knobs,
    unit="logit",
    aliases=("ig", "integrated gradient"),
    signed=True,
    references=_compares,
)
