"""What every kind of result says of itself: its words in a plan, its tasks, how one is computed, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from vizlib.batch.task import Task
from vizlib.errors import UnknownName
from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.runs import Store, by_name
from vizlib.training import probe_layers


def _nothing(task: Task, store: Store) -> None:
    """Most results are found by their key alone."""


@dataclass(frozen=True)
class Kind:
    """A kind of result.

    Attributes:
        what: its word in a plan, the same as in recipes.
        words: the record of its words in a plan.
        tasks: (words, network, device) -> the tasks for one network, for the device whose results are wanted.
        compute: (network, task) -> the result.
        frames: the classes of which the result may consist.
        announce: lists the result in the store, for pages that look for it without its recipe.
    """

    what: str
    words: type[Any]
    tasks: Callable[[Any, Classifier, str], Iterator[Task]]
    compute: Callable[[Classifier, Task], Any]
    frames: tuple[type, ...] = ()
    announce: Callable[[Task, Store], None] = _nothing

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
