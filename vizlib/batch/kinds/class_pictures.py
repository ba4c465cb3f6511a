"""Pictures of classes with their films, as the page "What does a class look like?" shows them: one picture a task."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from vizlib.activation_maximization import FRAMES, Reel, Settings, maximize, preset
from vizlib.activation_maximization.film import film
from vizlib.activation_maximization.given import settings_of
from vizlib.batch.kinds.kind import Kind, classes_of
from vizlib.batch.reading import Names, Seeds, Some, classes, one_of, whole
from vizlib.batch.task import Task, task
from vizlib.method import knob_fields
from vizlib.models import Classifier
from vizlib.models.class_names import short

PULL: Final = 1.0  # strong enough that the object in the starting picture is still seen


@dataclass(frozen=True)
class ClassPictures:
    """A class picture has "networks", and may have "classes", "steps", "seed", "start", "size" and "settings"."""

    networks: Names
    classes: Annotated[tuple[int | str, ...] | str, classes] = "all"
    steps: Annotated[int, whole(4, 100_000)] = 256
    seed: Seeds = (0,)
    start: Annotated[str, one_of("noise", "gray")] = "noise"
    size: Annotated[int | None, whole(16, 1024)] = None  # px; None: the network's own
    settings: Some = field(default_factory=dict)


def usual(model: Classifier, twins: bool = False) -> dict[str, Any]:
    """Every setting of the preset for the model's family; twins: the one for it and its twin."""
    defaults = {name: default for name, (_, _, default) in knob_fields(Settings).items()}
    return defaults | preset(model, inside=False, twins=twins) | {"pull": PULL}


def recipe(model: Classifier, asked: Mapping[str, Any], picture: str = "") -> dict[str, Any]:
    """Makes a class picture again.

    asked: its target, name, start, steps, seed, size (H, W) and settings. picture: identifies the one that it starts
    from, if any.
    """
    network = {"network": model.name, "weights": model.fingerprint} | ({"picture": picture} if picture else {})
    own = {"size": list(asked["size"]), "settings": _recorded(asked["settings"])}
    return network | {"what": "class picture"} | dict(asked) | own


def _recorded(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those that came later and have their default, so that older recipes keep their keys."""
    known = knob_fields(Settings)
    return {name: value for name, value in settings.items() if not (known[name][1].later and value == known[name][2])}


def start(
    model: Classifier, target: int, steps: int, seed: int, given: Mapping[str, Any]
) -> Generator[Reel, None, None]:
    """The run. given: the start, the size and the settings, as `maximize` takes them."""
    return film(model, target, maximize(model, target, steps, seed, **given))


def _tasks(asked: ClassPictures, model: Classifier, device: str) -> Iterator[Task]:
    settings_of(1, preset(model, inside=False), asked.settings)  # told now if there is no such setting
    settings = {**usual(model), "pull": 0.0, **asked.settings}
    settings.pop("diversity")  # it needs several pictures
    size = model.input_size if asked.size in (None, max(model.input_size)) else (asked.size, asked.size)
    rest = {"start": asked.start, "steps": asked.steps, "size": size, "settings": settings}
    for target in classes_of(model, asked.classes):
        for seed in asked.seed:
            own = {"target": target, "name": short(model.class_names[target]), "seed": seed, **rest}
            yield task("class picture", model.name, device, recipe(model, own))


def _run(model: Classifier, task: Task) -> Generator[Reel, None, None]:
    asked = task.recipe
    height, width = asked["size"]
    rest = {"start": asked["start"], "size": (height, width), **asked["settings"]}
    return start(model, asked["target"], asked["steps"], asked["seed"], rest)


KIND = Kind("class picture", ClassPictures, _tasks, _run, FRAMES)
