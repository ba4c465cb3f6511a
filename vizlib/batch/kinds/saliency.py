"""Saliency maps of pictures, as the page "Which pixels matter?" shows them. A task is one map.

Pages never keep what they make of a visitor's own files, so the maps of a folder are for scripts; those of photographs
and drawn pictures open on the page.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from vizlib.batch.kinds.kind import Kind, classes_of, methods_of
from vizlib.batch.pictures import again, for_model, sources
from vizlib.batch.reading import Names, Some, classes, one_class, texts
from vizlib.batch.task import Task, task
from vizlib.errors import VizError
from vizlib.layers import last_maps
from vizlib.method import settings_of, turn
from vizlib.models import Classifier
from vizlib.saliency import FRAMES, MENU, Estimate, MapMethod, explaining

TOP: Final = "the predicted class"


@dataclass(frozen=True)
class Maps:
    """A saliency map has "networks", "pictures", and may have "methods", "target", "layer", "against", "settings"."""

    networks: Names
    pictures: Annotated[tuple[Any, ...], sources]
    methods: Annotated[tuple[str, ...], texts] = ("guided", "grad_cam")
    target: Annotated[tuple[int | str, ...] | str, classes] = (TOP,)  # a class, several, or the predicted one
    layer: Annotated[tuple[str, ...] | None, texts] = None  # of methods that read one; None: the last maps
    settings: Some = field(default_factory=dict)  # by method
    against: Annotated[int | str | None, one_class] = None  # of methods that compare with a second class


def recipe(
    network: Mapping[str, Any], method: MapMethod, target: Any, knobs: Any, layer: str | None, **more: Any
) -> dict[str, Any]:
    """Makes a map again. network: its name and weights, and the picture's key. target: a class, or a unit's parts.

    more: "against", a class, for methods that compare with one, and "references", the part of a set of pictures, for
    methods that compare with other pictures. Either is left out where the engine chooses.
    """
    parts = {**network, "method": method.key, "target": target, "settings": settings_of(knobs), "layer": layer}
    return parts | {name: each for name, each in more.items() if each is not None}


def _tasks(asked: Maps, model: Classifier, device: str) -> Iterator[Task]:
    methods = methods_of(MENU, asked.methods, asked.settings)
    against = None if asked.against is None else classes_of(model, (asked.against,))[0]
    for name, picture, network in for_model(model, asked.pictures):
        for target in _targets(model, asked, picture):
            for method, knobs in methods:
                for layer in _layers(model, asked, method):
                    second = against if method.against else None
                    parts = recipe(network, method, target, knobs, layer, against=second)
                    yield task("saliency", model.name, device, parts, picture=dict(name))


def _targets(model: Classifier, asked: Maps, picture: Any) -> list[int]:
    if asked.target == (TOP,):
        if not model.has_classes:
            raise VizError(f"{model.name} is a backbone without classes.", "Choose a network with a classifier.")
        return [model.top(model.prepare(picture))[0].index]
    return classes_of(model, asked.target)


def _layers(model: Classifier, asked: Maps, method: MapMethod) -> tuple[str | None, ...]:
    if not method.needs_layer:
        return (None,)
    return (last_maps(model).path,) if asked.layer is None else asked.layer


def _run(model: Classifier, task: Task) -> Generator[Estimate, None, None]:
    asked = task.recipe
    method = MENU[asked["method"]]
    pixels = model.prepare(again(task.more["picture"], asked["picture"]))
    knobs = turn(method.knobs, **asked["settings"])
    more = {"layer": asked["layer"], "against": asked.get("against"), "knobs": knobs}
    return explaining(model, pixels, method.key, asked["target"], **more)


KIND = Kind("saliency", Maps, _tasks, _run, FRAMES)
