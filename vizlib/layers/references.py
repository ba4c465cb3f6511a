"""Objectives that compare a picture with given ones, at a layer: the same features, their direction, their statistics.

What the layer gives for the reference is computed where the objective meets a network and a size of pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib.errors import VizError
from vizlib.layers.catalogue import activations
from vizlib.layers.terms import Objective, Reference, Term
from vizlib.models import Classifier, check_range, path_of
from vizlib.records import Layer, Size

_LEAST_COSINE = 0.1  # below it, a position that points elsewhere would have no gradient, as Lucid's authors found
_TINY = 1e-12


def inversion(layer: str | Layer, pixels: Tensor) -> Objective:
    """Minus the squared distance between a layer's features and those of a given picture, over the latter's square.

    0 where the features are equal, -1 for features of zero. What the layer keeps of the picture can be seen, and what
    it discards is filled in by the penalties: Mahendran and Vedaldi 2015, arXiv 1412.0035.

    layer: its path, or the `Layer` of `list_layers`.
    pixels: of the picture, (1, 3, h, w) in [0, 1]; resized where pictures of another size are asked about.

    Raises VizError for other pixels; UnknownName, when it is used, for a layer that is not there.

    Example:
        >>> import torch
        >>> from vizlib.layers import inversion
        >>> print(inversion("layer2", torch.zeros(1, 3, 8, 8)))
        layer2 as for picture 31530991
    """
    return Objective((Term("inversion", path_of(layer), reference=_reference(pixels, 1)),))


def caricature(layer: str | Layer, pixels: Tensor) -> Objective:
    """How far a layer's features go in the direction of a given picture's: mean over all positions of dot x cosine.

    At each position, the inner product of the two vectors of channels is weighted with their cosine, which is taken
    as 0.1 where it is smaller. What the layer responds to in the picture grows, as in Olah et al. 2018, "The building
    blocks of interpretability", and its library Lucid. An accentuation begins with the picture itself and a `pull`.

    layer, pixels: as for `inversion`.

    Raises what `inversion` raises.

    Example:
        >>> import torch
        >>> from vizlib.layers import caricature
        >>> caricature("layer3", torch.zeros(1, 3, 8, 8)).layers
        ['layer3']
    """
    return Objective((Term("caricature", path_of(layer), reference=_reference(pixels, 1)),))


def statistics(layers: Sequence[str | Layer], pixels: Tensor) -> Objective:
    """Minus the distance between the statistics of layers and those of given pictures: 0 where they are equal.

    Each channel's values are sorted over all positions; the reference is the mean of the sorted values over the
    pictures. Of the squared distance, as a share of the reference's square, this is the mean over the layers. Where
    things are in the pictures does not matter. With some fifty pictures of a class, it draws the class as VITAL does:
    Görgün, Schiele and Fischer 2025, arXiv 2503.22399, here without its relevance scores.

    layers: paths, or the `Layer`s of `list_layers`.
    pixels: of the pictures, (N, 3, h, w) in [0, 1].

    Raises what `inversion` raises, and VizError without a layer.

    Example:
        >>> import torch
        >>> from vizlib.layers import statistics
        >>> statistics(["layer1", "layer3"], torch.zeros(2, 3, 8, 8)).layers
        ['layer1', 'layer3']
    """
    paths = [path_of(each) for each in layers]
    if not paths or isinstance(layers, str):
        raise VizError("Statistics are those of one or more layers.", 'Give a list of paths, such as ["layer1"].')
    known = _reference(pixels, None)
    return Objective(tuple(Term("statistics", each, weight=1 / len(paths), reference=known) for each in paths))


def _reference(pixels: Tensor, count: int | None) -> Reference:
    if not _are_pixels(pixels) or len(pixels) != (count or len(pixels)):
        given = f"has the shape {tuple(pixels.shape)}" if isinstance(pixels, Tensor) else f"is {pixels!r:.60}"
        remedy = f"Give float pixels ({count or 'N'}, 3, h, w), for example vizlib.to_pixels(picture, model)."
        raise VizError(f"The reference {given}.", remedy)
    check_range(pixels)
    own = pixels.detach().to("cpu", torch.float32, copy=True).contiguous()
    digest = hashlib.sha256(f"{tuple(own.shape)}".encode() + own.numpy().tobytes()).hexdigest()
    return Reference(digest, own)


def _are_pixels(given: Any) -> bool:
    fits = isinstance(given, Tensor) and given.ndim == 4 and given.is_floating_point()
    return fits and given.shape[1] == 3 and len(given) > 0


def met(model: Classifier, terms: Iterable[Term], size: Size) -> tuple[Term, ...]:
    """The terms, each reference with what its layer gives for pictures of `size` (H, W); one pass per reference."""
    answer: list[Term] = []
    for reference, some in groupby(terms, lambda term: term.reference):
        group = list(some)
        if reference is None:
            answer += group
            continue
        pixels = resampled(reference.pixels, size).to(model.device)
        maps = activations(model, pixels, sorted({each.layer for each in group}))
        answer += [_filled(each, reference, maps) for each in group]
    return tuple(answer)


def _filled(term: Term, reference: Reference, maps: Mapping[str, Tensor]) -> Term:
    seen = maps[term.layer].float()
    values = _sorted(seen).mean(0) if term.kind == "statistics" else seen[0]
    return replace(term, reference=replace(reference, values=values))


def resampled(pixels: Tensor, size: Size) -> Tensor:
    """Pixels (N, 3, h, w) in [0, 1] at another size (H, W), in px."""
    if tuple(pixels.shape[2:]) == size:
        return pixels
    return interpolate(pixels, size=size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def _sorted(maps: Tensor) -> Tensor:
    """Each channel's values over all positions, in rising order: (T, C, H * W) from maps (T, C, H, W)."""
    return maps.flatten(2).sort(dim=2).values


def _nearness(maps: Tensor, wanted: Tensor) -> Tensor:
    far = (maps - wanted).square().flatten(1).sum(1)
    return -far / wanted.square().flatten(1).sum(1).clamp(min=_TINY)


def _along(maps: Tensor, wanted: Tensor) -> Tensor:
    dot = (maps * wanted).sum(1)
    cosine = dot / (maps.norm(dim=1) * wanted.norm(dim=1) + _TINY)
    return (dot * cosine.clamp(min=_LEAST_COSINE)).mean((1, 2))


# By the kind of a term: the values (T,) of maps (T, C, H, W) beside what the layer gives for the references.
COMPARISONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "inversion": _nearness,
    "caricature": _along,
    "statistics": lambda maps, wanted: _nearness(_sorted(maps), wanted),
}
