"""The weights of a network in a few groups from the top, by its own stages and blocks.

A norm goes with the layer before it. The largest group is divided by the modules inside it, again and again, until no
group has more than twice its even share of the layers, or there are enough of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import nn

from vizlib.errors import VizError
from vizlib.layers import list_layers
from vizlib.models import Classifier

Unit = tuple[str, ...]  # paths of a layer and of the norms after it


@dataclass(frozen=True)
class Group:
    """Layers whose weights are scrambled together.

    Attributes:
        path: of the module that holds them, or of the uppermost of them.
        units: the layers, in running order, each with the norms after it.
        depth: how many parts of their paths are the same.
    """

    path: str
    units: tuple[Unit, ...]
    depth: int = 0

    @property
    def owners(self) -> Iterator[str]:
        """The paths of the modules whose own weights these are."""
        return (path for unit in self.units for path in unit)


def groups(model: Classifier, most: int) -> tuple[Group, ...]:
    """All weights of a network in at most `most` groups, from the logits down to the pixels.

    Raises VizError for fewer than one group, and for a network without weights.
    """
    units = _units(model)
    if most < 1 or not units:
        what = f"{model.name} has {len(units)} layers with weights, to be scrambled in {most} steps."
        raise VizError(what, "Allow at least one step, and choose a network with weights.")
    found, small = [_named(units, "", 0)], 2 * len(units) / most
    while large := [each for each in found if len(each.units) > max(1, small) and each.depth >= 0]:
        at = found.index(max(large, key=lambda each: len(each.units)))
        found[at : at + 1] = _divided(found[at], most - len(found) + 1)
    return tuple(reversed(found))


def own_weights(module: nn.Module) -> dict[str, torch.Tensor]:
    """The weights and the running statistics that belong to the module itself, and to nothing inside it."""
    statistics = {name: each for name, each in module.named_buffers(recurse=False) if name.startswith("running_")}
    return {**dict(module.named_parameters(recurse=False)), **statistics}


def _units(model: Classifier) -> list[Unit]:
    """Layers with weights in running order. One that the list of layers lacks follows its predecessor."""
    order = {each.path: each.order for each in list_layers(model)}
    places: dict[str, int] = {}
    last = -1
    for path, module in model.network.named_modules():
        last = order.get(path, last)
        if own_weights(module):
            places[path] = last
    units: list[Unit] = []
    for path in sorted(places, key=lambda path: places[path]):
        joins = units and all(each.ndim < 2 for each in own_weights(model.network.get_submodule(path)).values())
        units[-1:] = [(*units[-1], path)] if joins else [*units[-1:], (path,)]
    return units


def _divided(group: Group, most: int) -> list[Group]:
    """The group by the modules inside its own, in at most `most` parts; a depth of -1 says that no more is possible."""
    depth = group.depth
    runs = [(label, tuple(units)) for label, units in groupby(group.units, lambda unit: _label(unit, depth + 1))]
    if len(runs) == 1:
        deeper = any(len(unit[0].split(".")) > depth + 1 for unit in group.units)
        return [Group(group.path, group.units, depth + 1 if deeper else -1)]
    if len(runs) <= most:
        return [_named(units, label, depth + 1) for label, units in runs]
    parts = [runs[each[0] : each[-1] + 1] for each in np.array_split(np.arange(len(runs)), most)]
    return [_named(sum((units for _, units in part), ()), part[-1][0], -1) for part in parts]


def _label(unit: Unit, depth: int) -> str:
    return ".".join(unit[0].split(".")[:depth])


def _named(units: tuple[Unit, ...] | list[Unit], label: str, depth: int) -> Group:
    path = label if len(units) > 1 else units[0][0]
    return Group(path or "network", tuple(units), depth)
