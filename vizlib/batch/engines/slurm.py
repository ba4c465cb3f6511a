"""SLURM: job arrays by submitit, each job with a share of the tasks.

A job that is preempted or runs out of time is queued again by submitit, and skips what it has done. A driver that is
killed leaves its jobs to SLURM: they go on, and a second run finds their results.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import submitit
from submitit.helpers import Checkpointable, as_completed

from vizlib.batch.engines.engine import Options, failed
from vizlib.batch.task import Outcome, Task
from vizlib.batch.worker import do, set_up
from vizlib.errors import VizError

_WORKERS: Final = 8  # where nobody says how many
_SHARES: Final = 4  # jobs for each worker, so that a slow one does not hold up the rest
_USUAL: Final = {"folder": "slurm_jobs/%j", "cluster": None, "array": 1000, "poll": 2.0, "timeout_min": 240}


class _Share(Checkpointable):
    """What a job does: its tasks, one after another, in a process of its own."""

    def __call__(self, tasks: Sequence[Task], threads: int) -> list[Outcome]:
        set_up(threads)
        return [do(each) for each in tasks]


def slurm(tasks: Sequence[Task], options: Options) -> Iterator[Outcome]:
    """Does the tasks in jobs of SLURM. The outcomes of a job come together, when it ends.

    Beside submitit's own parameters, `more` may have: "folder" of the jobs' files, which all nodes see; "array", the
    most jobs in an array; "poll", seconds from one look at the jobs to the next; "cluster": "local" for jobs without
    SLURM, on this machine.
    """
    more = {**_USUAL, **options.more}
    executor = _executor(more, options)
    workers, threads = options.workers or _WORKERS, options.threads or 1
    jobs_wanted = workers if executor.cluster == "local" else min(workers * _SHARES, int(more["array"]))
    shares = _shares(tasks, jobs_wanted)
    jobs = executor.map_array(_Share(), shares, [threads] * len(shares))
    of_job = {job.job_id: share for job, share in zip(jobs, shares, strict=True)}
    try:
        for job in as_completed(jobs, poll_frequency=float(more["poll"])):
            yield from _outcomes(job, of_job.pop(job.job_id))
    finally:
        for job in jobs:
            if job.job_id in of_job:
                job.cancel(check=False)


def _executor(more: dict[str, Any], options: Options) -> Any:
    """Raises VizError where there is no SLURM, and for a parameter that submitit does not know."""
    executor = submitit.AutoExecutor(folder=more["folder"], cluster=more["cluster"])
    if more["cluster"] is None and executor.cluster != "slurm":
        raise VizError("There is no SLURM here: the command srun is missing.", "Run this on a node of the cluster.")
    given = {name: value for name, value in more.items() if name not in ("folder", "cluster", "array", "poll")}
    gpus, parallel = math.ceil(options.gpus), options.workers or _WORKERS
    try:
        executor.update_parameters(
            name="filterscope", cpus_per_task=options.threads or 1, gpus_per_node=gpus or None,
            slurm_array_parallelism=parallel, **given,
        )  # fmt: skip
    except (NameError, TypeError) as problem:
        raise VizError(f"submitit does not take this: {problem}.", "Its documentation lists the parameters.") from None
    return executor


def _shares(tasks: Sequence[Task], count: int) -> list[Sequence[Task]]:
    """The tasks in so many parts of nearly equal length, in order, so that a job opens few networks."""
    size = -(-len(tasks) // min(count, len(tasks)))
    return [tasks[first : first + size] for first in range(0, len(tasks), size)]


def _outcomes(job: Any, share: Sequence[Task]) -> list[Outcome]:
    problem = job.exception()
    if problem is None:
        return list(job.result())
    return [failed(each, f"Its job {job.job_id} ended ({job.state}). {str(problem)[-300:]}") for each in share]
