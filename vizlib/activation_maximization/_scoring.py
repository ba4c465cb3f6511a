"""What the network says to a batch of pictures, and the gradient of it to their pixels, in parts that memory allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from vizlib.activation_maximization._redirect import Redirected
from vizlib.activation_maximization.objectives import Objective, Size, grouped, read
from vizlib.activation_maximization.transforms import Transforms, view
from vizlib.errors import NotShowable, TooBig
from vizlib.folding import folded
from vizlib.layers import find_layer, last_convolution, list_layers, to_maps
from vizlib.models import Classifier, device_problems

_AT_ONCE = {"cpu": 16, "cuda": 64, "mps": 16}  # pictures of 128 x 128 px a pass
_LEAST_AT_ONCE = {"cpu": 4, "cuda": 16, "mps": 4}  # of large ones: above it, CPUs spend their time on fresh memory


@dataclass(frozen=True, eq=False)
class Glance:
    """How a step's views of the pictures are made."""

    transforms: Transforms
    affine: Tensor  # (V, 2, 3)
    noise: Tensor | None = None  # (V, 1, 3, H, W), the same for all pictures


PLAIN = Glance(Transforms(), torch.eye(2, 3)[None])


class Scorer:
    """The objectives of a batch, one per picture, asked of pictures at the size that the network takes."""

    def __init__(self, model: Classifier, objectives: Sequence[Objective], size: Size) -> None:
        self.objectives, self.size = list(objectives), size
        most, least = (each.get(model.device.type, 4) for each in (_AT_ONCE, _LEAST_AT_ONCE))
        self.at_once = min(most, max(least, most * 128 * 128 // (size[0] * size[1])))
        paths = {path for each in objectives for path in each.layers}
        fast, changed = folded(model)
        gone = paths - {path for path, _ in fast.network.named_modules()}  # parts of a norm that was folded
        self.whole, self.model = model, model if paths & changed or gone else fast
        self._layers = {path: find_layer(model, path, size) for path in sorted(paths)}

    def values(self, views: Tensor, rows: Sequence[int]) -> Tensor:
        """The objectives' values (N,) for pictures (N, 3, H, W), picture i asked objective number rows[i]."""
        groups = grouped(self.objectives[row] for row in rows)
        layers = {layer for _, layer in groups if layer}
        with device_problems(self.model, views), self.model.tap(*sorted(layers)) as seen:
            if ("logit", "") in groups:
                logits = self.model(views)[:, :, None, None]
            else:
                seen.run(views)
        total = views.new_zeros(len(views))
        for (_, layer), terms in groups.items():
            maps = to_maps(seen[layer], self._layers[layer]) if layer else logits
            weights = maps.new_tensor([term.weight for _, term in terms])
            places = torch.tensor([row for row, _ in terms], device=maps.device)
            total = total.index_add(0, places, read(terms, maps) * weights)
        return total

    @torch.no_grad()
    def measure(self, pixels: Tensor) -> Tensor:
        """The values (B,) of the pictures as they are."""
        return self._in_parts(len(pixels), lambda some: (self._seen(pixels[some], PLAIN, range(len(pixels))[some]),))[0]

    def look(
        self, pixels: Tensor, glance: Glance, rows: Sequence[int], redirect: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Values (N,) of the views, and their gradients to the pixels (N, 3, h, w)."""

        def part(some: slice) -> tuple[Tensor, Tensor]:
            leaf = pixels[some].detach().requires_grad_()
            with torch.enable_grad(), Redirected() if redirect else nullcontext():
                values = self._seen(leaf, glance, rows[some])
            with device_problems(self.model, leaf):
                (gradient,) = torch.autograd.grad(values, leaf, torch.ones_like(values))
            return values.detach(), gradient.nan_to_num(0.0, 0.0, 0.0)

        values, gradient = self._in_parts(len(pixels), part)
        return values, gradient

    def _seen(self, pixels: Tensor, glance: Glance, rows: Sequence[int]) -> Tensor:
        count, noise = len(glance.affine), glance.noise
        if noise is not None:
            noise = noise.expand(-1, len(pixels), -1, -1, -1).flatten(0, 1)
        views = view(pixels, glance.transforms, glance.affine, self.size, noise)
        views = views.contiguous(memory_format=torch.channels_last)  # a third faster on CPUs, more on CUDA
        return self.values(views, list(rows) * count).view(count, len(pixels)).mean(0)

    def _in_parts(self, count: int, part: Callable[[slice], tuple[Tensor, ...]]) -> list[Tensor]:
        """The parts' answers, joined; where memory is short, in smaller parts from then on."""
        found: list[tuple[Tensor, ...]] = []
        first = 0
        while first < count:
            some = min(count - first, self.at_once)
            try:
                found.append(part(slice(first, first + some)))
            except TooBig:
                if some == 1:
                    raise
                self.at_once = some // 2
                continue
            first += len(found[-1][0])
        return list(found[0]) if len(found) == 1 else [torch.cat(each) for each in zip(*found, strict=True)]


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
        """Of the mean cosine between a group's Gram matrices, to the pixels (B, 3, h, w); each picture's RMS is 1."""
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
        with device_problems(model, views), model.tap(layer) as seen:
            seen.run(views)
        maps = to_maps(seen[layer], find_layer(model, layer, size)).flatten(2)
        grams = (maps @ maps.transpose(1, 2)).flatten(1)
        grams = grams / grams.norm(dim=1, keepdim=True).clamp(min=1e-12)
        count = len(grams)
        return (grams.sum(0).square().sum() - count) / (count * (count - 1))


def unit_rms(gradient: Tensor) -> Tensor:
    """Gradients (B, ...), each scaled to a root mean square of 1; zero stays zero."""
    flat = gradient.flatten(1)
    share = flat / largest(flat)  # first, because the square of 1e-30 would be lost
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
