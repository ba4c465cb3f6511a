"""Ray: on a laptop, on Kubernetes or in a cloud. RAY_ADDRESS names the cluster; without it, Ray begins on this machine.

A task whose worker or node dies is done again elsewhere. Only tasks and outcomes travel, about 2 kB each: the results
go from the workers into the store.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import ray as cluster

from vizlib.batch.engines.engine import Options, failed
from vizlib.batch.task import Outcome, Task
from vizlib.batch.worker import do, set_up

_RETRIES: Final = 5  # of a task whose worker or node dies
_MEMORY: Final = 80_000_000  # bytes for Ray's own objects where Ray begins here: only tasks and outcomes are in it
_PATHS: Final = ("VIZLIB_STORE", "VIZLIB_WEIGHTS", "VIZLIB_PICTURES")  # workers have other working folders


def ray(tasks: Sequence[Task], options: Options) -> Iterator[Outcome]:
    """Does the tasks on Ray, at most as many at the same time as there are workers, each with its threads and GPUs.

    `more` may have "max_retries", and whatever else Ray's `options` of a task take.
    """
    with _connected(options):
        threads = options.threads or 1
        given = {"num_cpus": threads, "num_gpus": options.gpus, "max_retries": _RETRIES, **options.more}
        work = cluster.remote(_work).options(runtime_env={"env_vars": _environment()}, **given)
        waiting, under_way = list(reversed(tasks)), dict[Any, Task]()
        try:
            while waiting or under_way:
                while waiting and len(under_way) < _at_once(options):
                    task = waiting.pop()
                    under_way[work.remote(task, threads)] = task
                ready, _ = cluster.wait(list(under_way), timeout=1.0)
                yield from (_outcome(each, under_way.pop(each)) for each in ready)
        finally:
            for each in under_way:
                cluster.cancel(each, force=True)


def _work(task: Task, threads: int) -> Outcome:
    set_up(threads)
    return do(task)


def _outcome(reference: Any, task: Task) -> Outcome:
    try:
        found: Outcome = cluster.get(reference)
    except cluster.exceptions.RayError as problem:
        return failed(task, f"Ray gave it up: {str(problem).strip().splitlines()[0]}")
    return found


def _at_once(options: Options) -> int:
    """How many tasks are given to Ray at a time: twice as many as the cluster has room for just now, so that no worker
    waits for its next one; but only as many as there are workers on a cluster that has room for more.
    """
    there, threads = cluster.cluster_resources(), options.threads or 1
    room = max(1, int(there.get("GPU", 0) / options.gpus if options.gpus else there.get("CPU", 0) / threads))
    return options.workers if 0 < options.workers < room else 2 * room


@contextmanager
def _connected(options: Options) -> Iterator[None]:
    """A connection to the cluster, which ends as it began: one that was there before stays."""
    if cluster.is_initialized():
        yield
        return
    address = os.environ.get("RAY_ADDRESS")
    given: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": logging.ERROR}
    if not address:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster that begins here tells nobody of it
        count = (options.workers or os.cpu_count() or 1) * (options.threads or 1)
        given |= {"address": "local", "num_cpus": count, "include_dashboard": False, "object_store_memory": _MEMORY}
    cluster.init(**given)
    try:
        yield
    finally:
        cluster.shutdown()


def _environment() -> dict[str, str]:
    """What this process's environment says to the engine, for workers elsewhere. Credentials are not among it."""
    found = {name: value for name, value in os.environ.items() if name.startswith("VIZLIB_")}
    for name in _PATHS:
        if found.get(name) not in (None, "", "off") and "://" not in found[name]:
            found[name] = os.pathsep.join(map(os.path.abspath, found[name].split(os.pathsep)))
    return found
