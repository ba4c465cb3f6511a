"""This machine: this process itself, or several worker processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from vizlib.batch.engines.engine import Options, failed
from vizlib.batch.task import Outcome, Task
from vizlib.batch.worker import computing_with, do, set_up
from vizlib.models import available_devices

_TRIES = 3  # tasks in a row that each kill their process, after which the rest is not tried
_KILLED = "Its worker process was killed. It may need more memory than there is."


def local(tasks: Sequence[Task], options: Options) -> Iterator[Outcome]:
    """Does the tasks in this process, or with two workers or more in processes of their own."""
    if options.workers > 1:
        yield from _apart(tasks, options)
        return
    with computing_with(options.threads):
        yield from map(options.inside or do, tasks)


def _apart(tasks: Sequence[Task], options: Options) -> Iterator[Outcome]:
    """Does the tasks in worker processes. A process that is killed takes the others with it, and all begin again.

    When none gets done any more, each has the processes for itself, which shows the task that kills them.
    """
    waiting, alone, killed = list(tasks), False, 0
    while waiting and killed < _TRIES:
        done = yield from _round(waiting[:1] if alone else waiting, options)
        if alone and not done:
            yield failed(waiting.pop(0), _KILLED)
        waiting = [each for each in waiting if each.key not in done]
        waiting = waiting[options.workers :] + waiting[: options.workers]  # those during which it happened come last
        killed = killed + 1 if alone and not done else 0
        alone = alone or not done
    yield from (failed(each, _KILLED) for each in waiting)


def _round(tasks: Sequence[Task], options: Options) -> Generator[Outcome, None, set[str]]:
    """Does the tasks until one of the processes is killed; returns the keys of those that ended."""
    done = set()
    with _pool(options) as pool:
        futures = {pool.submit(do, each): each for each in tasks}
        for future in as_completed(futures):
            if not isinstance(future.exception(), BrokenProcessPool):
                done.add(futures[future].key)
                yield _outcome(future, futures[future])
    return done


def _outcome(future: Future[Outcome], task: Task) -> Outcome:
    problem = future.exception()
    return future.result() if problem is None else failed(task, f"{type(problem).__name__}: {problem}")


@contextmanager
def _pool(options: Options) -> Iterator[ProcessPoolExecutor]:
    """Worker processes. If the reader leaves, they finish what they have begun, and drop the rest."""
    context = multiprocessing.get_context("spawn")
    devices: Any = context.SimpleQueue()
    there = [each for each in available_devices() if each.startswith("cuda:")] if options.device == "cuda" else []
    for number in range(options.workers):
        devices.put(there[number % len(there)] if there else "")
    pool = ProcessPoolExecutor(options.workers, context, _begin, (options.threads or 1, devices))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(threads: int, devices: Any) -> None:
    """Prepares a worker process, which ends with its parent, and leaves Ctrl+C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up(threads, devices.get())
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
