"""A task: one self-contained piece of a batch, in plain JSON values, so that every engine can carry it to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vizlib.runs import Recipe, as_stored


@dataclass(frozen=True)
class Task:
    """About 10 to 60 seconds of work whose result has a place in the store.

    Attributes:
        what: the kind of result, one of `vizlib.batch.kinds.table`.
        network: the name under which a worker opens it; "" where the result needs none.
        device: the kind of device whose result it is: "cpu" or "cuda".
        recipe: all that makes the result again; pages that show it have the same.
        more: what a worker needs besides, such as where the pictures are.
        key: the place in the store, 64 hexadecimal digits. A worker with another version of the engine or of its
            libraries finds another key, and refuses the task.
    """

    what: str
    network: str
    device: str
    recipe: Mapping[str, Any] = field(repr=False)
    more: Mapping[str, Any] = field(repr=False)
    key: str = ""

    @property
    def key_here(self) -> str:
        """The key as this process finds it."""
        return as_stored(Recipe(self.recipe), self.device).key


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes:
        key: of the task.
        state: "done"; "there" if another worker had put the result into the store meanwhile; "failed".
        problem: why it failed, in a sentence.
        seconds: that it took.
    """

    key: str
    state: str
    problem: str = ""
    seconds: float = 0.0


def task(what: str, network: str, device: str, recipe: Mapping[str, Any], **more: Any) -> Task:
    """The task of a recipe. device: such as "cuda:1"; only its kind counts."""
    kind = device.partition(":")[0]
    return Task(what, network, kind, recipe, more, as_stored(Recipe(recipe), kind).key)
