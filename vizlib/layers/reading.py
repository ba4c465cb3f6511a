"""The values of objectives, read off a network's layers and logits in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers.catalogue import find_layer
from vizlib.layers.layout import to_maps
from vizlib.layers.references import COMPARISONS
from vizlib.layers.resolving import resolved
from vizlib.layers.terms import Objective, Term
from vizlib.models import Classifier, device_problems, in_own_context
from vizlib.records import Layer


@dataclass(frozen=True, eq=False)
class Question:
    """Terms of one kind and place, T of them, as tensors on the network's device, so that one call reads all."""

    term: Term  # one of them: what they have in common are its kind, its layers and its function
    rows: Tensor  # (T,), the picture of each
    weights: Tensor  # (T,)
    at: Tensor  # channels or classes (T,); neurons' channels and positions (T, 3); vectors (T, C); references' values


def questions(objectives: Iterable[Objective], device: torch.device) -> list[Question]:
    """All terms of a batch, one objective per picture."""
    groups: dict[tuple[str, tuple[str, ...], int], list[tuple[int, Term]]] = {}
    for row, objective in enumerate(objectives):
        for term in objective.terms:
            groups.setdefault((term.kind, term.paths, id(term.function)), []).append((row, term))
    answer = []
    for found in groups.values():
        rows = torch.tensor([row for row, _ in found], device=device)
        weights = torch.tensor([float(term.weight) for _, term in found], dtype=torch.float32, device=device)
        answer.append(Question(found[0][1], rows, weights, _places([term for _, term in found], device)))
    return answer


def _places(terms: Sequence[Term], device: torch.device) -> Tensor:
    wanted = [each.reference.values for each in terms if each.reference is not None]
    if wanted:
        return torch.stack([each for each in wanted if each is not None]).to(device)
    return torch.tensor([_place(each) for each in terms], device=device)


def _place(term: Term) -> int | tuple[float, ...]:
    if term.kind == "direction":
        return term.vector
    return (int(term.index), *term.position) if term.kind == "neuron" and term.position else int(term.index)


@in_own_context
def answers(
    model: Classifier,
    pixels: Tensor,
    asked: Sequence[Question],
    layers: Mapping[str, Layer],
    lower: AbstractContextManager[Any] | None = None,
) -> Tensor:
    """The values (B,) for pixels (B, 3, H, W), differentiable; the pass goes no further than needed.

    layers: by path, for pictures of this size. lower: the context of the pass, which may compute in lower precision or
    change gradients.
    """
    paths = sorted({path for each in asked for path in each.term.paths})
    logits = pixels.new_zeros(())
    with device_problems(model, pixels), model.tap(*paths) as seen, lower or nullcontext():
        if all(each.term.paths for each in asked):
            seen.run(pixels)
        else:
            logits = model(pixels).float()
    maps = {path: to_maps(seen[path], layers[path]).float() for path in paths}
    total = pixels.new_zeros(len(pixels))
    for each in asked:
        read = _read(each, *(maps[path] for path in each.term.paths)) if each.term.paths else _read(each, logits)
        total = total.index_add(0, each.rows, read * each.weights)
    return total


@in_own_context
@torch.no_grad()
def values_of(model: Classifier, objective: Objective, pixels: Tensor) -> Tensor:
    """The objective's values (N,) for pixels (N, 3, H, W) as they are.

    Raises what `resolved` raises.
    """
    size = (pixels.shape[2], pixels.shape[3])
    asked = questions([resolved(model, objective, size)] * len(pixels), model.device)
    return answers(model, pixels, asked, {path: find_layer(model, path, size) for path in objective.layers})


def _read(asked: Question, *maps: Tensor) -> Tensor:
    """The values (T,), before their weights, in layers' maps (B, C, H, W) or in logits (B, K)."""
    kind, (first, *_) = asked.term.kind, maps
    if kind in COMPARISONS:
        return COMPARISONS[kind](first[asked.rows], asked.at)
    if kind == "custom":
        return _made(asked.term, [each[asked.rows] for each in maps])
    if kind == "logit":
        return first[asked.rows, asked.at]
    if kind == "layer":
        return first.square().mean((1, 2, 3))[asked.rows]
    if kind == "direction":
        return (first.mean((2, 3))[asked.rows] * asked.at).sum(1)
    if kind == "neuron":
        return first[asked.rows, asked.at[:, 0], asked.at[:, 1], asked.at[:, 2]]
    return first[asked.rows, asked.at].mean((1, 2))


def _made(term: Term, maps: Sequence[Tensor]) -> Tensor:
    """What a custom term's function makes of logits or maps, checked."""
    assert term.function is not None
    values = term.function(*maps)
    count = len(maps[0])
    if not isinstance(values, Tensor) or values.shape != (count,) or not values.is_floating_point():
        given = f"{values.dtype} {tuple(values.shape)}" if isinstance(values, Tensor) else type(values).__name__
        given = given.removeprefix("torch.")
        what = f"{term.name} returned {given} for {count} picture{'s' * (count != 1)}."
        raise VizError(what, f"Return one float per picture: a tensor of the shape ({count},).")
    if any(each.requires_grad for each in maps) and not values.requires_grad:
        what = f"No gradient leads from the values of {term.name} to what it was given."
        raise VizError(what, "Compute them with torch, without detach(), item() or NumPy.")
    if not bool(values.isfinite().all()):
        raise VizError(f"{term.name} returned values that are not finite.", "Keep them finite, with clamp for example.")
    return values.float()
