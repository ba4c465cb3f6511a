"""What a worker does with a task: opens its network from the process's shelf, computes, and puts the result away.

A task whose result is there is skipped, so retries, preemption and a second run of a plan cost nothing. The result
goes to the store whole or not at all: a worker that is killed leaves nothing behind.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from vizlib.batch.kinds.kind import Kind
from vizlib.batch.kinds.table import KINDS
from vizlib.batch.task import Outcome, Task
from vizlib.errors import VizError
from vizlib.models import Classifier, available_devices
from vizlib.runs import Shelf, Store, open_store, pack
from vizlib.runs.limits import allowed

_OTHER = "Install the same versions everywhere, and give every worker the same weights."
_UPLOAD = 60.0  # seconds in which a result must have arrived in a shared store
_log = logging.getLogger("vizlib.batch")


class Worker:
    """A process's store and the networks that it has opened.

    device: where it computes, such as "cuda:1"; by default the kind of device that a task asks for.
    """

    def __init__(self, store: Store, device: str = "") -> None:
        self.store = store
        self.shelf = Shelf(allowed().networks)
        self._device = device

    def network(self, name: str, device: str) -> Classifier:
        """A network, opened once. Raises VizError for one that does not open, and for a device that is not there."""
        there = available_devices()
        place = self._device or next((each for each in there if each.partition(":")[0] == device), "")
        if not place:
            raise VizError(f"This worker has no device {device!r}.", f"It has: {', '.join(there)}.")
        return self.shelf.get(name, place)

    def do(self, task: Task) -> Outcome:
        """Computes the task's result, unless it is there. A failure is an outcome, never an error."""
        began = time.monotonic()
        try:
            state, problem = ("there" if self.store.has(task.key) else self._made(task)), ""
        except VizError as trouble:
            state, problem = "failed", str(trouble)
        except Exception as trouble:  # noqa: BLE001  a bug that one task meets must not end a plan of thousands
            _log.exception("The task %s (%s of %s) met a bug.", task.key[:12], task.what, task.network)
            state, problem = "failed", f"{type(trouble).__name__}: {trouble}"
        return Outcome(task.key, state, problem, time.monotonic() - began)

    def _made(self, task: Task) -> str:
        if task.key_here != task.key:
            raise VizError(
                "This worker has another version of the engine, of torch or of timm than the driver.", _OTHER
            )
        model = self.network(task.network, task.device)
        if model.fingerprint != task.recipe["weights"]:
            raise VizError(f"This worker has other weights of {task.network} than the driver.", _OTHER)
        kind = KINDS[task.what]
        self._keep(task, kind, pack(kind.compute(model, task), kind.by_name))
        return "done"

    def _keep(self, task: Task, kind: Kind, content: bytes) -> None:
        """Puts the result into the store, and makes sure that it arrived."""
        self.store.put(task.key, content)
        if not self.store.has(task.key):
            what = f"The store did not keep a result of {len(content) / 1e6:.1f} MB."
            raise VizError(what, "Check VIZLIB_STORE, VIZLIB_STORE_MB and the room on the disk.")
        if not self.store.settle(_UPLOAD):
            sharing = self.store.sharing()
            what = (sharing.problem if sharing else "") or f"The shared store did not take a result in {_UPLOAD:.0f} s."
            raise VizError(what, "Try it with filterscope doctor, and run the plan again.")
        kind.announce(task, self.store)


@cache
def _worker(store: str, device: str) -> Worker:
    """The worker of this process. store: what VIZLIB_STORE says."""
    return Worker(open_store(), device)


_own_device = ""


def set_up(threads: int, device: str = "") -> None:
    """Prepares a process that does nothing but work: it computes with so many threads, on this device if one is named.

    Call it in worker processes only: the number of threads belongs to the whole process.
    """
    global _own_device
    torch.set_num_threads(threads)
    _own_device = device


@contextmanager
def computing_with(count: int | None) -> Iterator[None]:
    """Computes with so many threads in this process, if a number is asked for."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def do(task: Task) -> Outcome:
    """`Worker.do` of this process's worker, for engines that carry functions to other processes by name."""
    return _worker(os.environ.get("VIZLIB_STORE", ""), _own_device).do(task)
