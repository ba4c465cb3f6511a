"""What every kind of result says of itself: its words in a plan, its tasks, how one is computed, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, TypeVar

from vizlib.batch.task import Task
from vizlib.errors import NotShowable, UnknownName
from vizlib.layers import list_layers
from vizlib.method import Menu, Method, turn
from vizlib.models import Classifier
from vizlib.runs import Store, by_name
from vizlib.steps import last
from vizlib.training import probe_layers

M = TypeVar("M", bound=Method)


def _nothing(task: Task, store: Store) -> None:
    """Most results are found by their key alone."""


def _itself(task: Task, frame: Any) -> Any:
    """Most results are the last frame of their run."""
    return frame


@dataclass(frozen=True)
class Kind:
    """A kind of result.

    Attributes:
        what: its word in a plan, the same as in recipes.
        words: the record of its words in a plan.
        tasks: (words, network, device) -> the tasks for one network, for the device whose results are wanted.
        run: (network, task) -> the run that makes the result, a generator of frames.
        frames: the classes of which the result may consist.
        announce: lists the result in the store, for pages that look for it without its recipe.
        result: (task, last frame) -> what the store holds.
    """

    what: str
    words: type[Any]
    tasks: Callable[[Any, Classifier, str], Iterator[Task]]
    run: Callable[[Classifier, Task], Generator[Any, None, None]]
    frames: tuple[type, ...] = ()
    announce: Callable[[Task, Store], None] = _nothing
    result: Callable[[Task, Any], Any] = _itself

    def compute(self, model: Classifier, task: Task) -> Any:
        """The task's result, as the store holds it."""
        return self.result(task, last(self.run(model, task)))

    @cached_property
    def by_name(self) -> dict[str, type]:
        """The classes by name, as `pack` takes them."""
        return by_name(self.frames)


def layers_of(model: Classifier, wanted: tuple[str, ...]) -> list[str]:
    """The paths of the layers that a plan names: "all", "main" (those that are probed by default), paths, or patterns
    with * such as "layer4*". Raises UnknownName for a path or a pattern that fits none.
    """
    known = [each.path for each in list_layers(model)]
    found: dict[str, None] = {}
    for each in wanted:
        found.update(dict.fromkeys(_meant(model, each, known)))
    return sorted(found, key=known.index)


def _meant(model: Classifier, wanted: str, known: list[str]) -> list[str]:
    if wanted == "all":
        return known
    if wanted == "main":
        return [each.path for each in probe_layers(model)]
    found = [each for each in known if each == wanted or fnmatchcase(each, wanted)]
    if not found:
        raise UnknownName.among(f"layer of {model.name}", wanted, known)
    return found


def classes_of(model: Classifier, wanted: tuple[int | str, ...] | str) -> list[int]:
    """The numbers of the classes that a plan names. Raises UnknownName, NotShowable for a network without classes."""
    if not model.has_classes:
        raise NotShowable(f"{model.name} is a backbone without classes.", "Choose a network with a classifier.")
    return [*range(len(model.class_names))] if isinstance(wanted, str) else [*map(model.class_index, wanted)]


def methods_of(menu: Menu[M], wanted: tuple[str, ...], settings: Mapping[str, Any]) -> list[tuple[M, Any]]:
    """The methods that a plan names, each with its knobs. settings: by method.

    Raises UnknownName for a method or setting that is not there, VizError for a value that does not fit.
    """
    chosen = [menu[each] for each in wanted]
    for name in settings:
        if name not in {each.key for each in chosen}:
            raise UnknownName.among("method with settings", name, [each.key for each in chosen])
    return [(each, turn(each.knobs, **settings.get(each.key, {}))) for each in chosen]
