"""RISE: Petsiuk, Das, Saenko, "Randomized input sampling for explanation" (2018), arXiv 1806.07421.

The picture is shown through random soft masks, and a pixel's value says how much higher the score is on average where
the mask keeps the pixel:

    value(p) = E[score | p is kept] - E[score] = Cov(score(masked picture), mask(p)) / keep,

in logits, estimated without bias from `masks` of them. The paper leaves E[score] out, and sums score * mask. In
expectation that adds the same number to all pixels, and the order of the pixels is the same. But the number differs
from class to class, a sum of few masks turns it into noise (pixels that happen to be kept more often get more of it),
and it hides the sign: here a pixel is negative where the score is lower with it than without. The paper's score is a
probability, and here it is the logit, which does not saturate. What is hidden gets the mean color of the training data,
as in the authors' code, where masks are multiplied with normalized pixels.

Masks are grids of `cells` x `cells`, each kept with the probability `keep`, enlarged to one cell more than the picture
and cut out at a random place. All pictures get the same masks, drawn from the seed. Nothing is assumed of the network,
which need not have gradients. It costs one forward pass for each mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.method import Knob
from vizlib.models import Classifier
from vizlib.records import Size
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.integrated_gradients import baseline_of
from vizlib.saliency.looks import Looks, Shown
from vizlib.saliency.query import Query


@dataclass(frozen=True)
class Knobs:
    masks: Annotated[
        int,
        Knob(
            "random masks", 10, 8000, 10, "More masks take longer, and the map depends less on the seed.", limited=True
        ),
    ] = 1000
    cells: Annotated[
        int, Knob("cells on each side of a mask", 2, 30, 1, "More cells show more detail and need more masks.")
    ] = 7
    keep: Annotated[
        float, Knob("share of the picture that is kept", 0.05, 0.95, 0.05, "The probability of each cell.")
    ] = 0.5
    seed: Annotated[int, Knob("seed", 0, 99_999, 1, "Another seed draws other masks.")] = 0


class Masks:
    """The masks for pictures of `size` (H, W), made when they are needed: only their grids and places are kept.

    A mask is (ramp of rows) @ grid @ (ramp of columns), which is the bilinear enlargement, cut out where it begins.
    """

    def __init__(self, knobs: Knobs, size: Size, device: torch.device) -> None:
        generator = torch.Generator().manual_seed(knobs.seed)
        grids = torch.rand(knobs.masks, knobs.cells, knobs.cells, generator=generator) < knobs.keep
        self._grids = grids.to(device, torch.float32)
        self._ramps = [_ramp(side, knobs.cells).to(device) for side in size]  # (places, side, cells)
        self._places = [torch.randint(len(each), (knobs.masks,), generator=generator) for each in self._ramps]

    def __getitem__(self, which: range) -> Tensor:
        """(masks, H, W), from 0 for hidden to 1 for kept."""
        some = slice(which.start, which.stop)
        rows, columns = (ramp[places[some]] for ramp, places in zip(self._ramps, self._places))
        return rows @ self._grids[some] @ columns.mT


def _ramp(side: int, cells: int) -> Tensor:
    """(places, side, cells): how much of each cell is at each pixel, for each place where a mask may begin."""
    cell = -(-side // cells)
    large = F.interpolate(torch.eye(cells)[None], size=(cells + 1) * cell, mode="linear", align_corners=False)[0]
    return large.unfold(1, side, 1)[:, :cell].permute(1, 2, 0).contiguous()


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """Cov(score, mask) / keep over random masks, signed, an Estimate every few masks."""
    masks, fill = Masks(knobs, query.size, classifier.device), baseline_of(classifier, query.pixels, "mean")
    looks, moments = Looks(classifier, query), [_Moments(query.size) for _ in query.pixels]
    for step in looks.steps([knobs.masks] * len(moments)):
        some = masks[step.which]
        shown = Shown(query.pixels[step.row], fill[step.row], some)
        moments[step.row].add(looks.scores(step.row, len(some), shown), some)
        values = torch.stack([each.covariance() for each in moments]) / knobs.keep
        yield Estimate(step.number, step.total, values)


class _Moments:
    """Sums over the masks of one picture so far, from which the covariance of scores and masks follows.

    Scores are counted from the first one: their differences are small, and are not lost in the rounding of large sums.
    """

    def __init__(self, size: Size) -> None:
        self._count, self._first, self._scores = 0, 0.0, 0.0
        self._masks, self._products = torch.zeros(2, *size, dtype=torch.float64)

    def add(self, scores: Tensor, masks: Tensor) -> None:
        """scores: (masks,), on the CPU. masks: (masks, H, W)."""
        self._first = self._first if self._count else float(scores[0])
        scores = scores - self._first
        self._count += len(masks)
        self._scores += float(scores.double().sum())
        self._masks += masks.sum(0).cpu()
        self._products += torch.tensordot(scores.to(masks), masks, 1).cpu()

    def covariance(self) -> Tensor:
        """(H, W), float32, without bias; zero as long as there are less than two masks."""
        means = self._masks * (self._scores / max(1, self._count))
        return ((self._products - means) / max(1, self._count - 1)).float()


def _passes(knobs: Knobs, maps: int) -> Passes:
    return Passes(knobs.masks)


METHOD = MapMethod(
    key="rise",
    label="RISE",
    paper="Petsiuk et al. 2018, arXiv 1806.07421",
    idea="The picture is shown through many random masks. A pixel matters if the score is higher when the mask keeps "
    "it; where the score is lower with it, it is evidence against it.",
    group="perturbation",
    shows="How much higher the score is when a random mask keeps the pixel.",
    run=run,
    passes=_passes,
    knobs=Knobs,
    unit="logit",
    signed=True,
)
