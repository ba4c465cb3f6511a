"""Running a plan: what the store has is left out, the rest goes to an engine, and frames say how far it is."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from vizlib.batch.engines.engine import Engine, Options
from vizlib.batch.engines.table import engine_of
from vizlib.batch.plan import Plan
from vizlib.batch.task import Outcome, Task
from vizlib.batch.worker import Worker
from vizlib.models import available_devices
from vizlib.runs import Store, open_store
from vizlib.steps import last

_PATIENCE = 15.0  # seconds


@dataclass(frozen=True)
class Advance:
    """How far a plan is: `step` of `total` results are settled.

    Attributes:
        step: results that are there, and tasks that failed.
        total: results of the plan.
        there: results that the store had before.
        done: results computed in this run.
        failed: tasks that failed.
        lost: at the end: results that were computed, and that the store no longer has, because its room is full.
        latest: the outcomes since the frame before.
    """

    step: int
    total: int
    there: int
    done: int = 0
    failed: int = 0
    lost: int = 0
    latest: tuple[Outcome, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every result is in the store."""
        return self.step == self.total and not self.failed and not self.lost


def running(
    plan: Plan, engine: str = "local", options: Options | None = None, store: Store | None = None
) -> Generator[Advance, None, None]:
    """Computes what the store does not have yet, with a frame before the first task and after each outcome.

    engine: "local", "ray" or "slurm". options: how it works; `device` says whose results are wanted.
    store: that of this process, by default the one that VIZLIB_STORE names. Worker processes always open the latter.

    A task that fails is counted, its sentence is in the frame, and the plan goes on; a second run tries it again.
    Leaving the generator ends the work; what was done is kept, and the next run goes on from there.

    The results of one kind of device are the same to the bit, whichever engine computes them, for one number of
    `threads` on the same kind of processor with the same libraries. Where this process has no such device, the plan is
    read on the CPU, and optimized pictures are asked for in float32, unless their settings name another precision.

    Raises VizError or UnknownName for a plan that cannot be carried out, before anything is computed.
    """
    options, carry = options or Options(), engine_of(engine)
    worker = Worker(open_store() if store is None else store)
    where = options.device if engine == "local" or _is_here(options.device) else "cpu"  # where the plan is read
    tasks = list(plan.tasks(lambda name: worker.network(name, where), options.device))
    there = set(worker.store.keys())
    waiting = [each for each in tasks if each.key not in there]
    now = Advance(len(tasks) - len(waiting), len(tasks), len(tasks) - len(waiting))
    yield now
    if not waiting:
        return
    for outcome in _outcomes(carry, waiting, replace(options, inside=worker.do), worker.store):
        now = _after(now, outcome)
        if now.step < now.total:
            yield now
    yield replace(now, lost=_missing(worker.store, tasks, now.failed) - now.failed)


def _is_here(device: str) -> bool:
    return any(each.partition(":")[0] == device for each in available_devices())


def _missing(store: Store, tasks: Sequence[Task], expected: int) -> int:
    """How many results the store does not have. What others have put into a shared store shows a little later."""
    until = time.monotonic() + _PATIENCE
    while True:
        kept = set(store.keys())
        missing = sum(each.key not in kept for each in tasks)
        if missing <= expected or time.monotonic() > until:
            return missing
        time.sleep(0.5)


def _outcomes(carry: Engine, tasks: Sequence[Task], options: Options, store: Store) -> Iterator[Outcome]:
    """The outcomes. A task that was lost after it had put its result away is done."""
    with closing(carry(tasks, options)) as outcomes:  # type: ignore[type-var]  # engines are generators
        for each in outcomes:
            lost = each.state == "failed" and store.has(each.key) and store.settle(0)
            yield replace(each, state="done", problem="") if lost else each


def _after(now: Advance, outcome: Outcome) -> Advance:
    bad = outcome.state == "failed"
    return replace(now, step=now.step + 1, done=now.done + (not bad), failed=now.failed + bad, latest=(outcome,))


def run(plan: Plan, engine: str = "local", **words: Any) -> Advance:
    """Runs a plan to its end; returns the last frame. words: those of `running`. Raises what `running` raises."""
    return last(running(plan, engine, **words))
