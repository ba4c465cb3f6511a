"""Atlases: one optimized picture per channel of a layer. A task is one batch of tiles, under the store's own key."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from vizlib.activation_maximization import AtlasPlan, Frame, StoredAtlas, list_atlas, preset, stored_atlas
from vizlib.activation_maximization.atlas import finished, optimizing
from vizlib.activation_maximization.given import settings_of
from vizlib.activation_maximization.stored_atlas import Batch
from vizlib.batch.kinds.kind import Kind, layers_of
from vizlib.batch.reading import Layers, Names, Seeds, Some, one_of, whole, wholes
from vizlib.batch.task import Task, task
from vizlib.errors import VizError
from vizlib.layers import find_layer
from vizlib.models import Classifier
from vizlib.runs import Store


@dataclass(frozen=True)
class Atlases:
    """An atlas has "networks", and may have "layers", "channels", "steps", "seed", "sign", "size" and "settings"."""

    networks: Names
    layers: Layers = ("main",)
    channels: Annotated[tuple[int, ...] | None, wholes(0)] = None  # None: all of each layer
    steps: Annotated[int, whole(1, 100_000)] = 64
    seed: Seeds = (0,)
    sign: Annotated[int, one_of(1, -1)] = 1
    size: Annotated[int | None, whole(16, 2048)] = None  # px; None: by the layer
    settings: Some = field(default_factory=dict)


def _tasks(asked: Atlases, model: Classifier, device: str) -> Iterator[Task]:
    settings_of(1, preset(model, inside=True), asked.settings)  # told now if there is no such setting
    for layer in layers_of(model, asked.layers):
        count = find_layer(model, layer).shape[0]
        chosen = range(count) if asked.channels is None else _there(asked.channels, count, layer)
        plan = AtlasPlan(layer, tuple(chosen), asked.steps, 0, asked.sign, asked.size, asked.settings)
        for seed in asked.seed:
            place = stored_atlas(model, replace(plan, seed=seed), device)
            for rows in place.rows:
                recipe = {**place.recipe, "channels": list(place.channels[rows])}
                listed = {name: getattr(place, name) for name in ("at_once", "order", "depth", "kind", "usual")}
                yield task("atlas", model.name, device, recipe, of=count, listed=listed)


def _there(channels: tuple[int, ...], count: int, layer: str) -> tuple[int, ...]:
    if max(channels) >= count:
        raise VizError(f"{layer} has no channel {max(channels)}.", f"Its channels are 0 to {count - 1}.")
    return channels


def _run(model: Classifier, task: Task) -> Generator[Frame, None, None]:
    return optimizing(model, _plan(task.recipe), int(task.recipe["size"]))


def _result(task: Task, frame: Frame) -> Batch:
    return finished(frame, int(task.recipe["sign"]))


def _plan(recipe: Any) -> AtlasPlan:
    wanted = ("steps", "seed", "sign", "size", "settings")
    return AtlasPlan(recipe["layer"], tuple(recipe["channels"]), **{name: recipe[name] for name in wanted})


def _announce(task: Task, store: Store) -> None:
    """Lists the atlas of the whole layer, of which this task is a part."""
    recipe = {name: value for name, value in task.recipe.items() if name != "channels"}
    list_atlas(store, StoredAtlas(task.network, tuple(range(task.more["of"])), recipe=recipe, **task.more["listed"]))


KIND = Kind("atlas", Atlases, _tasks, _run, announce=_announce, result=_result)
