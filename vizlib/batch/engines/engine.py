"""The seam between plans and engines: an engine carries tasks to workers, and gives back how each ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from vizlib.batch.task import Outcome, Task


@dataclass(frozen=True)
class Options:
    """How an engine works.

    Attributes:
        workers: processes that compute at the same time; 0 for the engine's usual number.
        threads: of the CPU, for each worker; None: 1, and in this process as many as it has.
        gpus: for each worker; a part of one is possible on Ray.
        device: the kind of device that computes: "cpu" or "cuda".
        inside: does a task in this process.
        more: what only one engine knows.
    """

    workers: int = 0
    threads: int | None = None
    gpus: float = 0
    device: str = "cpu"
    inside: Callable[[Task], Outcome] | None = field(default=None, repr=False)
    more: Mapping[str, Any] = field(default_factory=dict)


# The outcome of each task once, in any order. Closing the iterator ends the work.
Engine: TypeAlias = Callable[[Sequence[Task], Options], Iterator[Outcome]]


def failed(task: Task, problem: str) -> Outcome:
    """The outcome of a task that was lost with its worker."""
    return Outcome(task.key, "failed", problem)
