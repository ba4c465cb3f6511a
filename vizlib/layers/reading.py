"""The values of objectives, read off a network's layers and logits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from vizlib.layers.objectives import Objective, Term


@dataclass(frozen=True, eq=False)
class Question:
    """Terms of one kind and layer, T of them, as tensors on the network's device, so that one call reads all."""

    kind: str
    layer: str  # "" for logits
    rows: Tensor  # (T,), the picture of each
    weights: Tensor  # (T,)
    at: Tensor  # channels or classes (T,); neurons' channels and positions (T, 3); vectors (T, C); unused for layers


def questions(objectives: Iterable[Objective], device: torch.device) -> list[Question]:
    """All terms of a batch, one objective per picture."""
    groups: dict[tuple[str, str], list[tuple[int, Term]]] = {}
    for row, objective in enumerate(objectives):
        for term in objective.terms:
            groups.setdefault((term.kind, term.layer), []).append((row, term))
    answer = []
    for (kind, layer), found in groups.items():
        rows = torch.tensor([row for row, _ in found], device=device)
        weights = torch.tensor([float(term.weight) for _, term in found], dtype=torch.float32, device=device)
        at = torch.tensor([_place(term) for _, term in found], device=device)
        answer.append(Question(kind, layer, rows, weights, at))
    return answer


def _place(term: Term) -> int | tuple[float, ...]:
    if term.kind == "direction":
        return term.vector
    return (int(term.index), *term.position) if term.kind == "neuron" and term.position else int(term.index)


def read(asked: Question, maps: Tensor) -> Tensor:
    """The values (T,), before their weights, in the layer's maps (B, C, H, W); logits are maps (B, K, 1, 1)."""
    if asked.kind == "layer":
        return maps.square().mean((1, 2, 3))[asked.rows]
    if asked.kind == "direction":
        return (maps.mean((2, 3))[asked.rows] * asked.at).sum(1)
    if asked.kind == "neuron":
        return maps[asked.rows, asked.at[:, 0], asked.at[:, 1], asked.at[:, 2]]
    return maps[asked.rows, asked.at].mean((1, 2))
