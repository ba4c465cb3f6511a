"""The objectives' values for pictures, and their gradients to the pixels, in batches that fit into memory."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from vizlib.activation_maximization.passes import cuda_graph
from vizlib.activation_maximization.passes.precision import computed_in
from vizlib.activation_maximization.passes.redirect import Redirected
from vizlib.activation_maximization.transforms import Transforms, view
from vizlib.errors import NotShowable
from vizlib.layers import (
    Objective,
    Question,
    answers,
    find_layer,
    last_convolution,
    list_layers,
    questions,
    to_maps,
)
from vizlib.models import Batches, Classifier, device_problems, folded
from vizlib.records import Size

_AT_ONCE = {"cpu": 16, "cuda": 64, "mps": 16}  # pictures of 128 x 128 px a pass
_LEAST_AT_ONCE = {"cpu": 4, "cuda": 16, "mps": 4}  # of large ones: with more, CPUs spend their time on new memory
_MOST_QUESTIONS = 64


@dataclass(frozen=True, eq=False)
class Glance:
    """How the views of the pictures are made at a step."""

    transforms: Transforms
    affine: Tensor  # (V, 2, 3)
    noise: Tensor | None = None  # (V, 1, 3, H, W), the same for all pictures
    exact: bool = False  # float32, whatever the steps are computed in


PLAIN = Glance(Transforms(), torch.eye(2, 3)[None], exact=True)


class Scorer:
    """The objectives of a batch, one per picture, asked of pictures at the size that the network takes."""

    def __init__(
        self, model: Classifier, objectives: Sequence[Objective], size: Size, precision: str = "float32", views: int = 1
    ) -> None:
        self.objectives, self.size, self.precision = list(objectives), size, precision
        most, least = (each.get(model.device.type, 4) for each in (_AT_ONCE, _LEAST_AT_ONCE))
        paths = {path for each in objectives for path in each.layers}
        kind = "maximize", size, tuple(sorted(paths)), views, precision
        self.batches = Batches(model, kind, min(most, max(least, most * 128 * 128 // (size[0] * size[1]))))
        fast, changed = folded(model)
        gone = paths - {path for path, _ in fast.network.named_modules()}  # parts of a norm that was folded
        self.whole, self.model = model, model if paths & changed or gone else fast
        self._layers = {path: find_layer(model, path, size) for path in sorted(paths)}
        self._questions: dict[tuple[int, ...], list[Question]] = {}
        own = any(term.function for each in objectives for term in each.terms)  # which may read what changes
        self._replayed = None if own else cuda_graph.replayed(self.model)

    def values(self, views: Tensor, rows: Sequence[int]) -> Tensor:
        """The objectives' values (N,) for pictures (N, 3, H, W), picture i asked objective number rows[i]."""
        return self._values(views, self._asked(rows), "float32")

    def _values(self, views: Tensor, asked: Sequence[Question], precision: str) -> Tensor:
        return answers(self.model, views, asked, self._layers, computed_in(precision, views.device))

    @torch.no_grad()
    def measure(self, pixels: Tensor) -> Tensor:
        """The values (B,) of the pictures as they are, in float32."""
        rows = range(len(pixels))

        def part(some: slice) -> Tensor:
            return self._seen(pixels[some], PLAIN, self._asked(rows[some]))

        return torch.cat(self.batches(len(pixels), part))

    def look(
        self, pixels: Tensor, glance: Glance, rows: Sequence[int], redirect: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Values (N,) of the views, and their gradients to the pixels (N, 3, h, w)."""

        def part(some: slice) -> tuple[Tensor, ...]:
            inputs = pixels[some], glance.affine, *([] if glance.noise is None else [glance.noise])
            asked = self._asked(rows[some], len(glance.affine))
            # The recording outlives the scorer, so it must not keep it alive.
            climb = partial(Scorer._climb, weakref.proxy(self), glance, asked, redirect)
            if redirect or self._replayed is None:
                return climb(*inputs)
            return self._replayed((tuple(rows[some]), glance.transforms, glance.exact), climb, inputs)

        found = self.batches(len(pixels), part)
        values, gradient = found[0] if len(found) == 1 else map(torch.cat, zip(*found, strict=True))
        return values, gradient

    def _climb(
        self, glance: Glance, asked: Sequence[Question], redirect: bool, pixels: Tensor, affine: Tensor, *noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        glance = replace(glance, affine=affine, noise=noise[0] if noise else None)
        leaf = pixels.detach().requires_grad_()
        with torch.enable_grad(), Redirected() if redirect else nullcontext():
            values = self._seen(leaf, glance, asked)
        with device_problems(self.model, leaf):
            (gradient,) = torch.autograd.grad(values, leaf, torch.ones_like(values))
        return values.detach(), gradient.nan_to_num(0.0, 0.0, 0.0)

    def _seen(self, pixels: Tensor, glance: Glance, asked: Sequence[Question]) -> Tensor:
        count, noise = len(glance.affine), glance.noise
        if noise is not None:
            noise = noise.expand(-1, len(pixels), -1, -1, -1).flatten(0, 1)
        views = view(pixels, glance.transforms, glance.affine, self.size, noise)
        views = views.contiguous(memory_format=torch.channels_last)  # a third faster on CPUs, more on CUDA
        precision = "float32" if glance.exact else self.precision
        return self._values(views, asked, precision).view(count, len(pixels)).mean(0)

    def _asked(self, rows: Sequence[int], views: int = 1) -> list[Question]:
        """The questions, view by view. They are kept, because to copy them again would make the host wait."""
        key = tuple(rows) * views
        if key not in self._questions:
            while len(self._questions) >= _MOST_QUESTIONS:
                self._questions.pop(next(iter(self._questions)))
            self._questions[key] = questions((self.objectives[row] for row in key), self.model.device)
        return self._questions[key]


class Likeness:
    """How alike the pictures of one objective are to the network: what diversity pushes down (Olah et al. 2017)."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        groups: dict[Objective, list[int]] = {}
        for row, objective in enumerate(scorer.objectives):
            groups.setdefault(objective, []).append(row)
        self.groups = [(self._layer(each), rows) for each, rows in groups.items() if len(rows) > 1]

    def _layer(self, objective: Objective) -> str:
        layers = list_layers(self._scorer.whole, self._scorer.size)
        read = [each.path for each in layers if each.path in objective.layers and each.spatial]
        return read[-1] if read else last_convolution(self._scorer.whole).path

    def gradient(self, pixels: Tensor) -> Tensor:
        """The gradient (B, 3, h, w) of a group's mean cosine between Gram matrices; each picture's RMS is 1."""
        answer = torch.zeros_like(pixels)
        for layer, rows in self.groups:
            leaf = pixels[rows].detach().requires_grad_()
            with torch.enable_grad(), device_problems(self._scorer.whole, leaf):
                (answer[rows],) = torch.autograd.grad(self.cosine(leaf, layer), leaf)
        return unit_rms(answer)

    def cosine(self, pixels: Tensor, layer: str) -> Tensor:
        """Mean cosine between the Gram matrices (C, C) of each two pictures at the layer."""
        model, size = self._scorer.whole, self._scorer.size
        views = view(pixels, PLAIN.transforms, PLAIN.affine, size, None)
        lower = computed_in(self._scorer.precision, views.device)
        with device_problems(model, views), model.tap(layer) as seen, lower:
            seen.run(views)
        maps = to_maps(seen[layer], find_layer(model, layer, size)).float().flatten(2)
        grams = (maps @ maps.transpose(1, 2)).flatten(1)
        grams = grams / grams.norm(dim=1, keepdim=True).clamp(min=1e-12)
        count = len(grams)
        return (grams.sum(0).square().sum() - count) / (count * (count - 1))


def unit_rms(gradient: Tensor) -> Tensor:
    """Gradients (B, ...), each scaled to a root mean square of 1; zero stays zero."""
    flat = gradient.flatten(1)
    share = flat / largest(flat)  # scaled first, because the square of 1e-30 underflows
    size = torch.linalg.vector_norm(share, dim=1, keepdim=True) / share.shape[1] ** 0.5
    return (share / size.clamp(min=1e-12)).view_as(gradient)


def largest(flat: Tensor) -> Tensor:
    """The largest magnitude (B, 1) of each row (B, N), never quite zero."""
    return torch.linalg.vector_norm(flat, torch.inf, dim=1, keepdim=True).clamp(min=torch.finfo(flat.dtype).tiny)


def accepted_size(model: Classifier, size: Size) -> Size:
    """The size at which the network is asked: the picture's own where it takes that, else the network's."""
    if size == model.input_size:
        return size
    try:
        list_layers(model, size)
    except NotShowable:
        return model.input_size
    return size
