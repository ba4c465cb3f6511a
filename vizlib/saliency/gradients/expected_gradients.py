"""Expected gradients: Erion et al., "Improving performance of deep learning models with axiomatic attribution priors
and expected gradients" (2019), arXiv 1906.10670. Captum's GradientShap is the same with random draws.

Integrated gradients needs one picture that stands for seeing nothing. Here every reference picture is the start of a
path in turn, and the map is the mean over all of them: what makes this picture's score different from that of others.
It sums to score(picture) - mean score(references), up to the error of the sampling, and is signed.

    value = mean over samples of sum over c of (picture - reference) * d score / d pixel c at reference + t * (picture -
    reference), t from 0 to 1

Every reference counts the same. Positions t on the paths are random but stratified: each reference's own, and all of
them together, are spread evenly over the path, so that fewer are needed than independent draws would take. References
are the drawn scenes unless others are given; if there are more than samples, as many as there are samples are used.
`noise` is added to the picture, as GradientSHAP does. All pictures get the same positions and noise from the seed.

The network needs gradients to the pixels. The cost is a pass forward and back for each sample, and a forward pass for
the picture and each reference. The figures: "score_change" is score(picture) - mean score(references), and
"completeness_error" is what the map's sum lacks of it, both (N,) in the score's unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from torch import Tensor

from vizlib.method import Knob
from vizlib.models import Classifier, usual_batches
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients.completeness import Completeness
from vizlib.saliency.query import Query, Version, mean_gradients, score
from vizlib.saliency.references import COUNT

_AT_ONCE = 4  # on the CPU, where more are no faster and need more memory
_SUM = Completeness(  # places are random, so the error is larger than that of integrated gradients
    "the score is {} above the mean score of the references",
    0.2,
    "the mean difference between the score and that of a reference",
    "take more samples",
)


@dataclass(frozen=True)
class Knobs:
    samples: Annotated[
        int,
        Knob("samples", 1, 1000, 1, "Places on the paths. More make the sum more exact and take longer.", limited=True),
    ] = 100
    noise: Annotated[
        float,
        Knob("noise (share of the picture's value range)", 0.0, 1.0, 0.01, "Added to the picture, as in GradientSHAP."),
    ] = 0.0
    seed: Annotated[int, Knob("seed", 0, 99_999, 1, "Another seed draws other places and other noise.")] = 0


@dataclass(frozen=True)
class _Place:
    """A place on the path from a reference to the picture, and the weight of its gradient."""

    reference: int
    share: float  # of the path, from 0 at the reference to 1 at the picture
    weight: float


@dataclass(frozen=True, eq=False)
class _Sample(Version):
    way: Tensor  # (3, H, W), from the reference to the picture


def places(samples: int, references: int, generator: torch.Generator) -> list[_Place]:
    """Places on the paths, round after round of the references, so that an unfinished map knows all of them."""
    used = min(samples, references)
    order = torch.randperm(references, generator=generator)[:used].tolist()
    counts = [samples // used + (each < samples % used) for each in range(used)]
    most = counts[0]
    strata = [torch.randperm(count, generator=generator).tolist() for count in counts]
    finer = torch.stack([torch.randperm(used, generator=generator) for _ in range(most)])
    within = ((finer + torch.rand(most, used, generator=generator)) / used).tolist()
    found = []
    for turn in range(most):
        for each, count in enumerate(counts):
            if turn < count:
                stratum = strata[each][turn]
                found.append(_Place(order[each], (stratum + within[stratum][each]) / count, 1 / count))
    return found


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """mean over references and places of sum over c of (picture - reference) * gradient, signed, every few places."""
    references = _references(query)
    generator = torch.Generator().manual_seed(knobs.seed)
    chosen = places(knobs.samples, len(references), generator)
    used = references[sorted({each.reference for each in chosen})]
    words = f"compared with {len(used)} of {len(references)} reference pictures"
    count = knobs.samples * len(query.pixels)
    samples = _samples(query, references, chosen, knobs.noise, generator)
    for step, total, mean in mean_gradients(classifier, query, samples, count, _share, _AT_ONCE):
        estimate = Estimate(step, total + 1, mean[:, 0].cpu(), words)
        yield estimate
    changes = _changes(classifier, query, used)  # takes as long as two steps do, so the map is shown before
    finished = replace(estimate, step=total + 1)
    yield _SUM.measured(finished, changes.mean(1), changes.abs().mean(1))


def _references(query: Query) -> Tensor:
    assert query.references is not None  # METHOD asks for them
    return query.references


def _samples(
    query: Query, references: Tensor, chosen: list[_Place], noise: float, generator: torch.Generator
) -> Iterator[_Sample]:
    ranges = query.pixels.amax((1, 2, 3)) - query.pixels.amin((1, 2, 3))
    for place in chosen:
        start = references[place.reference]
        grain = torch.randn(start.shape, generator=generator).to(start) if noise else torch.zeros_like(start)
        for row, picture in enumerate(query.pixels):
            way = picture + noise * ranges[row] * grain - start
            yield _Sample(row, place.weight, start + place.share * way, way)


def _share(sample: _Sample, gradient: Tensor) -> Tensor:
    """(1, H, W)"""
    return (sample.way * gradient).sum(0, keepdim=True)


@torch.no_grad()
def _changes(classifier: Classifier, query: Query, references: Tensor) -> Tensor:
    """score(picture) - score(reference), (N, references), on the CPU."""
    batches = usual_batches(classifier, "score change", query.size)

    def scores(row: int) -> Tensor:
        seen = torch.cat([query.pixels[row, None], references])
        found = batches(len(seen), lambda some: score(classifier, seen[some], query, torch.full_like(_of(some), row)))
        return torch.cat(found).cpu()

    found = torch.stack([scores(row) for row in range(len(query.pixels))])
    return found[:, :1] - found[:, 1:]


def _of(some: slice) -> Tensor:
    return torch.arange(some.start, some.stop)


def _passes(knobs: Knobs, maps: int) -> Passes:
    """With the drawn scenes as references."""
    return Passes(knobs.samples + 1 + min(knobs.samples, COUNT), knobs.samples)


def _always(knobs: Knobs) -> bool:
    return True


METHOD = MapMethod(
    key="expected_gradients",
    label="Expected gradients",
    paper="Erion et al. 2019, arXiv 1906.10670",
    idea="Integrated gradients from many reference pictures instead of one baseline. Each pixel's share of what makes "
    "this picture's score different from the mean score of the others; negative shares are evidence against it.",
    shows="Each pixel's share of the difference to the mean score of other pictures.",
    run=run,
    passes=_passes,
    knobs=Knobs,
    unit="logit",
    aliases=("gradient shap", "eg"),
    signed=True,
    references=_always,
)
