"""SmoothGrad: Smilkov et al., "Removing noise by adding noise" (2017), arXiv 1706.03825.

Gradients jump from one pixel to the next; their mean over noisy copies of the picture is smoother. The signed gradients
are averaged, and the largest magnitude over the color channels is taken at the end.

`kind` chooses what is averaged: the gradients, as in the paper; their squares (SmoothGrad squared: Hooker et al., "A
benchmark for interpretability methods in deep neural networks", 2018, arXiv 1806.10758), which keeps what changes its
sign; or their variance, mean of squares less square of mean (VarGrad: Adebayo et al., "Local explanation methods for
deep neural networks lack sensitivity to parameter values", 2018, arXiv 1810.03307), which shows only what changes. The
unit of both is the square of the gradient's.

The table "SmoothGrad: two seeds" in benchmarks/RESULTS.md shows how well the maps of two seeds agree. Captum's
NoiseTunnel around its Saliency averages magnitudes instead, unless it is given `abs=False`. Its "smoothgrad_sq" and
"vargrad" are `kind="squares"` and `kind="variance"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from vizlib.method import Knob
from vizlib.models import Classifier
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, Version, as_it_is, mean_gradients, strongest

_SQUARED = "in squares of the gradient's unit"


@dataclass(frozen=True)
class Knobs:
    samples: Annotated[
        int,
        Knob(
            "noisy copies",
            1,
            500,
            1,
            "More copies take longer, and the map depends less on the seed. On photographs, the maps of two seeds "
            "correlate by about 0.7 with 50 copies and by almost 0.9 with 200 (MobileNetV2).",
        ),
    ] = 50
    noise: Annotated[
        float,
        Knob(
            "noise (share of the picture's value range)",
            0.0,
            1.0,
            0.01,
            "The standard deviation. 0 gives the plain gradient, too much hides the picture; try 0.1 to 0.2.",
        ),
    ] = 0.15
    seed: Annotated[int, Knob("seed", 0, 99_999, 1, "Another seed draws other noise.")] = 0
    kind: Annotated[
        str,
        Knob(
            "what is averaged over the copies",
            choices=("gradients", "squares", "variance"),
            meanings=(
                "The gradients, as in the paper: what has the same sign in all copies remains.",
                "The squares of the gradients (SmoothGrad squared): what is strong in the copies, of whatever sign.",
                "The variance of the gradients (VarGrad): what changes from copy to copy.",
            ),
            help="Squares and variance are in squares of the gradient's unit.",
            later=True,
        ),
    ] = "gradients"


def noisy_copies(query: Query, knobs: Knobs) -> Iterator[Version]:
    """`samples` noisy copies of every picture, picture by picture within each sample.

    All pictures of a sample get the same noise, each scaled by its own range of values, so that a picture's map does
    not depend on the other pictures. Drawn on the CPU, so that a seed means the same noise on every device.
    """
    generator = torch.Generator().manual_seed(knobs.seed)
    ranges = query.pixels.amax((1, 2, 3)) - query.pixels.amin((1, 2, 3))
    for _ in range(knobs.samples):
        noise = torch.randn(query.pixels.shape[1:], generator=generator).to(query.pixels.device)
        for row, picture in enumerate(query.pixels):
            yield Version(row, 1.0, picture + knobs.noise * ranges[row] * noise)


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """max over c of |mean over noisy copies of d score / d pixel c|, or of `kind`, an Estimate every few copies."""
    count = knobs.samples * len(query.pixels)
    read, finished, words = _KINDS[knobs.kind]
    for step, total, mean in mean_gradients(classifier, query, noisy_copies(query, knobs), count, read):
        yield Estimate(step, total, strongest(finished(mean)), words)


def _squares(version: Version, gradient: Tensor) -> Tensor:
    return gradient.square()


def _both(version: Version, gradient: Tensor) -> Tensor:
    return torch.cat([gradient, gradient.square()])


def _unchanged(mean: Tensor) -> Tensor:
    return mean


def _variance(means: Tensor) -> Tensor:
    mean, squares = means.chunk(2, 1)
    return (squares - mean.square()).clamp(min=0)


_KINDS: Mapping[str, tuple[Callable[[Version, Tensor], Tensor], Callable[[Tensor], Tensor], str]] = {
    "gradients": (as_it_is, _unchanged, ""),
    "squares": (_squares, _unchanged, _SQUARED),
    "variance": (_both, _variance, _SQUARED),
}


def _passes(knobs: Knobs, maps: int) -> Passes:
    return Passes(knobs.samples, knobs.samples)


METHOD = MapMethod(
    key="smoothgrad",
    label="SmoothGrad",
    paper="Smilkov et al. 2017, arXiv 1706.03825",
    idea="A single gradient flickers from pixel to pixel. "
    "Averaged over many slightly noisy copies of the picture, only what the network depends on in all of them remains.",
    shows="The gradient, averaged over noisy copies of the picture.",
    run=run,
    passes=_passes,
    knobs=Knobs,
    unit="logit per unit of pixel value",
    aliases=("smooth gradient", "noise tunnel"),
)
