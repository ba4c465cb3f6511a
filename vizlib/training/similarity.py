"""How alike the features of two networks are, layer by layer: centered kernel alignment (CKA).

Kornblith et al. 2019, arXiv 1905.00414. The estimate from mini-batches with the unbiased HSIC is that of Nguyen, Raghu
and Kornblith 2021, arXiv 2010.15327 (equations 2 and 3), so that it does not depend on how many pictures a batch has.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers import list_layers
from vizlib.models import Classifier, in_own_context, path_of
from vizlib.pictures import Pictures
from vizlib.records import Layer, brief
from vizlib.training.pairs import check_pair, parts, several

_FEWEST = 4  # pictures of a batch: HSIC is not defined for fewer


@dataclass(frozen=True, eq=False)
class Similarity:
    """The CKA of each layer of two networks, on the first `step` of `total` pictures.

    Attributes:
        step: pictures done.
        total: pictures in all.
        layers: their paths.
        values: (L,): 1 for features that are equal up to a rotation and one common scale, about 0 for independent ones.
            NaN where a layer gives the same for all pictures.
        errors: (L,): the standard error by the choice of the pictures, from leaving out one batch after the other; NaN
            with one batch.
    """

    step: int
    total: int
    layers: tuple[str, ...]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]

    __repr__ = brief


@in_own_context
def cka(
    before: Classifier,
    after: Classifier,
    pictures: Pictures,
    layers: Collection[str | Layer] | None = None,
    batch: int = 16,
) -> Generator[Similarity, None, None]:
    """How alike the features of two networks of one architecture are in each layer, a frame after each batch.

    pictures: pixels (N, 3, H, W), or a list of pictures, which both networks see as the first one prepares them.
    layers: their paths; by default all blocks. A layer's features are its whole maps.
    batch: pictures in each of the batches, which are as even as possible.

    Raises NotShowable for networks of two architectures, UnknownName for a layer, VizError for fewer than 4 pictures.
    """
    check_pair(before, after)
    paths = tuple(path_of(each) for each in _usual(before) if layers is None) or tuple(map(path_of, layers or ()))
    given = several(pictures)
    count = len(given)
    if count < _FEWEST or batch < _FEWEST:
        raise VizError(
            f"CKA compares at least {_FEWEST} pictures at once, and there are {min(count, batch)}.", "Give more."
        )
    found: list[Tensor] = []
    bounds = np.linspace(0, count, max(1, count // batch) + 1).round().astype(int).tolist()
    for done, pixels in parts(before, given, bounds):
        found.append(_alike(*(_kernels(each, pixels, paths) for each in (before, after))))
        yield Similarity(done, count, paths, *_estimate(torch.stack(found)))


def _usual(model: Classifier) -> list[Layer]:
    """The blocks; the stages or convolutions of a network without blocks. A stage gives what its last block gives."""
    listed = list_layers(model)
    kinds = ("block", "stage", "convolution")
    return next((found for kind in kinds if (found := [each for each in listed if each.kind == kind])), listed)


def _kernels(model: Classifier, pixels: Tensor, paths: tuple[str, ...]) -> list[Tensor]:
    """For each layer, the pictures' products of features with each other, (N, N), centered."""
    with torch.no_grad(), model.tap(*paths) as seen:
        seen.run(pixels.to(model.device))
    return [centered(_products(seen.pop(path))) for path in paths]


def _products(features: Tensor) -> Tensor:
    """(N, N), float64. What all pictures share adds nothing to HSIC, and is taken off before it can hide the rest."""
    flat = features.flatten(1).float()
    flat = flat - flat.mean(0)
    return (flat @ flat.T).cpu().double()


def centered(kernel: Tensor) -> Tensor:
    """A kernel matrix without its diagonal, centered so that the products of two of them are unbiased (Song 2012)."""
    count = len(kernel)
    off = kernel - torch.diag(kernel.diag())
    rows = off.sum(1) / (count - 2)
    centered = off - rows[:, None] - rows[None] + off.sum() / ((count - 1) * (count - 2))
    return centered - torch.diag(centered.diag())


def hsic(one: Tensor, other: Tensor) -> Tensor:
    """The unbiased estimate HSIC_1 of two centered kernel matrices (N, N)."""
    count = len(one)
    return (one * other).sum() / (count * (count - 3))


def _alike(was: list[Tensor], now: list[Tensor]) -> Tensor:
    """HSIC of each layer with its other self, and of both with themselves: (3, L)."""
    pairs = zip(was, now, strict=True)
    return torch.tensor([[hsic(a, b), hsic(a, a), hsic(b, b)] for a, b in pairs], dtype=torch.float64).T


def _estimate(batches: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """CKA and its standard error, (L,) each, from batches (B, 3, L)."""
    count = len(batches)
    without = torch.stack([_ratio(batches.sum(0) - each) for each in batches])  # the jackknife
    errors = ((count - 1) / count * (without - without.mean(0)).square().sum(0)).sqrt()
    if count == 1:
        errors = torch.full_like(errors, torch.nan)
    return _ratio(batches.sum(0)).numpy(), errors.numpy()


def _ratio(sums: Tensor) -> Tensor:
    both, one, other = sums
    size = (one.clamp(min=0) * other.clamp(min=0)).sqrt()
    return torch.where(size > 0, both / size, torch.nan)
