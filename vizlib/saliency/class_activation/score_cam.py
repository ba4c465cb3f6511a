"""Score-CAM: Wang et al., "Score-CAM: score-weighted visual explanations" (2019), arXiv 1910.01279.

No gradient is used. Each map of the layer is enlarged to the picture, scaled to [0, 1] and laid over it as a mask; the
score of the masked picture says how much the visible part is evidence for the class. The maps are weighted by the
softmax of these scores over the channels: relu(sum over channels of weight * map), in the unit of the maps themselves.

What a mask hides becomes the mean color of the training data, which the network reads as zeros. That is what the
authors' code and pytorch-grad-cam do with normalized pictures. A map that is the same everywhere hides the picture as a
whole, so it gets the score of the hidden picture and costs no pass of its own. If no mask changes that score, all
weights are 0. Masks are enlarged like all maps here, and like those of the authors' code. pytorch-grad-cam places the
corners of a mask differently (`align_corners`), so its maps differ by a few percent.

It assumes nothing of the network, but asks it about pictures that it was not trained for. It costs one pass forward for
each map of the layer, one for the hidden picture, and one for the maps themselves. All but the last run on a copy with
folded norms (`vizlib.models.folding`), whose answers differ by rounding only. The figures are those of Grad-CAM.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.layers import to_maps
from vizlib.method import NoKnobs
from vizlib.models import Classifier, usual_batches
from vizlib.records import Layer, Size
from vizlib.saliency.class_activation.reading import answer, at_layer, enlarged, layer_of
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.integrated_gradients import baseline_of
from vizlib.saliency.looks import Looks, Shown
from vizlib.saliency.query import Query


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """relu(sum over channels of softmax(score of the masked picture) * map), an Estimate for every batch of masks."""
    layer = layer_of(classifier, query)
    maps = _maps(classifier, query, layer)
    scores = torch.full(maps.shape[:2], -torch.inf, device=maps.device)
    asked = _asked(maps)
    hidden, orders = baseline_of(classifier, query.pixels, "mean"), list(map(_order, maps, asked))
    looks = Looks(classifier, query)
    for step in looks.steps([len(each) for each in orders]):
        row, some = step.row, orders[step.row][step.which.start : step.which.stop]
        shown = Shown(query.pixels[row], hidden[row], _masks(maps[row, some], query.size))
        scores[row, some] = looks.scores(row, len(some), shown).to(scores)
        yield answer(classifier, query, layer, _weighted(maps, asked, scores), steps=(step.number, step.total))


@torch.no_grad()
def _maps(classifier: Classifier, query: Query, layer: Layer) -> Tensor:
    """The layer's maps for the query's pictures, and one map of zeros, which hides all: (N, C + 1, h, w)."""

    def part(some: slice) -> Tensor:
        _, output = at_layer(classifier, query, layer, torch.arange(some.start, some.stop))
        return F.pad(to_maps(output.detach(), layer), (0, 0, 0, 0, 0, 1))

    batches = usual_batches(classifier, f"gradient at {layer.path}", query.size)
    return torch.cat(batches(len(query.pixels), part))


def _asked(maps: Tensor) -> Tensor:
    """Which of the maps (N, C + 1, h, w) are laid over the picture: what differs from place to place, and the last."""
    asked = maps.amax((2, 3)) > maps.amin((2, 3))
    asked[:, -1] = True
    return asked


def _order(maps: Tensor, asked: Tensor) -> Tensor:
    """The order in which a picture's maps (C + 1, h, w) are laid over it, those of them that are asked about.

    First the one that hides all, then the largest maps, so that an early estimate says the most.
    """
    largest = maps.amax((1, 2))
    largest[-1] = torch.inf
    order = largest.argsort(descending=True, stable=True)
    return order[asked[order]]


def _masks(maps: Tensor, size: Size) -> Tensor:
    """The maps (B, h, w) as masks (B, H, W), each from 0 to 1."""
    masks = enlarged(maps, size)
    masks -= masks.amin((1, 2), keepdim=True)
    masks /= masks.amax((1, 2), keepdim=True).clamp(min=1e-12)
    return masks


def _weighted(maps: Tensor, asked: Tensor, scores: Tensor) -> Tensor:
    """The sums (N, h, w) of the maps (N, C + 1, h, w).

    asked, scores: (N, C + 1). A score that is not known yet is minus infinity; a map that is not asked about hides all.
    """
    hidden = scores[:, -1:]
    known = torch.where(asked, scores, hidden)
    changed = (known.isfinite() & (known != hidden)).any(1, keepdim=True)
    weights = known[:, :-1].softmax(1).nan_to_num(0) * changed  # not a number: this picture has no score yet
    return torch.einsum("nc,nchw->nhw", weights, maps[:, :-1])


def _passes(knobs: NoKnobs, maps: int) -> Passes:
    return Passes(2 + maps)


METHOD = MapMethod(
    key="score_cam",
    label="Score-CAM",
    paper="Wang et al. 2019, arXiv 1910.01279",
    idea="Each feature map is laid over the picture as a mask. How high is the score of what can still be seen? "
    "The maps are added up, each weighted by the answer; no gradient is needed.",
    group="class activation",
    shows="Which maps of a layer leave enough of the picture visible for the class, and where they are high.",
    run=run,
    passes=_passes,
    unit="value of the layer's maps",
    needs_layer=True,
)
