"""Layer-wise relevance propagation: Bach et al., "On pixel-wise explanations for non-linear classifier decisions by
layer-wise relevance propagation" (2015), doi 10.1371/journal.pone.0130140.

The score itself is shared out. Layer by layer, back to the pixels, each value hands its relevance to the values that it
was computed from, in proportion to what they contributed. Relevance is neither made nor lost on the way, except that
biases take their share of it. The rules say what counts as a contribution:

- "epsilon": all of it, positive and negative. On a network of ReLUs the map is nearly the gradient times the input.
- "epsilon plus flat", which zennit calls EpsilonPlusFlat: for convolutions only what raises the output (Montavon et al.
  2015, arXiv 1512.02479), for other linear layers all of it, and in the layers that read the picture every pixel of
  the window the same (Lapuschkin et al. 2019, arXiv 1902.10178). It is the default: on drawn scenes 85 % of its map is
  on the object, of the other one's 60 % (`bundled/scenes`). But its biases only add, and in deep networks they take
  most of the score.

The map is signed, in logits: the relevance of the network's own input, summed over the color channels. This input is 0
where the picture has the mean color of the training data. Sums, means and concatenations share in proportion to their
terms; the largest of several values gets all; activations pass all. Batch normalization is folded into the layer before
it, without touching the network. Where none stands before it, as in DenseNet, it is a layer of its own with the epsilon
rule; zennit takes it for one without effect.

The network: convolutions, linear layers, activations, pooling, skips. Gates, attention and layer normalization have no
rule here; they get a sentence instead of a map. The cost: one pass forward, with two to four convolutions in place of
each one, and one pass back. The figures, (N,): "score", and "conserved", the map's sum as a share of it (0 where the
score is 0).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import torch
from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.method import Knob
from vizlib.models import Classifier, device_problems, usual_batches
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, score
from vizlib.saliency.relevance.graph import reaches_the_picture, without_rule
from vizlib.saliency.relevance.rules import FLAT, Rules

_PLUS_FLAT: Final = "epsilon plus flat"


@dataclass(frozen=True)
class Knobs:
    rules: Annotated[
        str,
        Knob(
            "rules (what counts as a contribution)",
            choices=(_PLUS_FLAT, "epsilon"),
            meanings=(
                "Convolutions share among the inputs that raise their output, and the first one evenly.",
                "Every layer shares among all of its inputs, positive and negative.",
            ),
            help="The mixed rules give smoother maps that are mostly positive. The epsilon rule keeps both signs.",
        ),
    ] = _PLUS_FLAT
    epsilon: Annotated[
        float,
        Knob(
            "epsilon (added to outputs that are divided by)",
            1e-9,
            1.0,
            0.0001,
            "A larger one takes relevance from weak outputs, so that less of it, and less noise, reaches the pixels.",
        ),
    ] = 1e-6


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """sum over c of the relevance of input c, in one pass; the note says how much of the score reached the pixels."""

    def relevance(some: slice) -> tuple[Tensor, Tensor]:
        return _relevance(classifier, query, torch.arange(some.start, some.stop), knobs)

    batches = usual_batches(classifier, f"lrp {knobs.rules}", query.size)
    maps, scores = map(torch.cat, zip(*batches(len(query.pixels), relevance), strict=True))
    sums = maps.sum((1, 2))
    conserved = (sums / scores).nan_to_num(0, 0, 0)
    worst = int((conserved - 1).abs().argmax())
    note = (
        f"the map sums to {float(sums[worst]):.3g}, and the score is {float(scores[worst]):.3g}: biases took the rest"
    )
    yield Estimate(1, 1, maps, note, figures={"score": scores, "conserved": conserved})


def _relevance(classifier: Classifier, query: Query, rows: Tensor, knobs: Knobs) -> tuple[Tensor, Tensor]:
    """The maps (B, H, W) of the query's pictures number `rows`, and their scores (B,), on the CPU."""
    pixels = query.pixels[rows[0] : rows[-1] + 1]
    rules = Rules(knobs.rules == _PLUS_FLAT, knobs.epsilon)
    with torch.enable_grad(), device_problems(classifier, pixels):
        leaf = pixels.detach().requires_grad_()
        scores = score(classifier, leaf, query, rows, rules)
        _check(classifier, scores, rules)
        (gradient,) = torch.autograd.grad(scores.sum(), leaf)
    return (gradient * _inputs(classifier, pixels, rules)).sum(1).cpu(), scores.detach().cpu()


def _check(classifier: Classifier, scores: Tensor, rules: Rules) -> None:
    """Raises NotShowable if relevance would pass an operation without a rule."""
    if word := without_rule(scores, rules.last):
        remedy = "Choose gradient_x_input or integrated_gradients, which need no rules."
        raise NotShowable(f"LRP has no rule for {word}, which is a part of {classifier.name}.", remedy)
    if rules.plus_flat and reaches_the_picture(scores, FLAT):
        what = f"{classifier.name} uses the picture again past the layers that read it, where no flat rule is defined."
        raise NotShowable(what, 'Choose rules="epsilon".')


def _inputs(classifier: Classifier, pixels: Tensor, rules: Rules) -> Tensor:
    """By what the gradient of pixels is multiplied to give the relevance of the network's own input.

    That input is (pixels - zero color) / unit. Below the flat rule the input's gradient is its relevance already.
    """
    black, white = classifier.normalize(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 1, 1)).split(1)
    unit = 1 / (white - black)
    return unit if rules.plus_flat else pixels + black * unit


METHOD = MapMethod(
    key="lrp",
    label="LRP",
    paper="Bach et al. 2015, doi 10.1371/journal.pone.0130140; Montavon et al. 2015, arXiv 1512.02479",
    idea="The score is handed back layer by layer: each value shares its relevance among the values that it was made "
    "of, in proportion to what they contributed. What arrives at a pixel is its part of the score.",
    group="relevance",
    shows="Each pixel's part of the score, handed back layer by layer.",
    run=run,
    knobs=Knobs,
    unit="logit",
    aliases=("layer-wise relevance propagation", "relevance"),
    signed=True,
)
