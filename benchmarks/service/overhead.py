"""What an engine costs beside the work itself, and what a second run of a finished plan costs.

    python -m benchmarks.service.overhead [--quick] [--times 5]

Ray with two workers of one thread each, and two processes of the engine `local`, compute the same 200 short tasks,
each time into an empty store, in turn. Both times begin with the plan and end with its last frame, so both hold the
start of the worker processes; Ray's own two nodes run before. The interval is that of a t-test on the logarithms of
the ratios of neighbors. A finished plan of 2,000 results is then run again, in this process and as a command.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

from benchmarks.results import write_section
from benchmarks.service.cluster import empty_store
from vizlib.batch import Options, read_plan, run

TASKS, QUICK_TASKS = 200, 8
RESULTS, QUICK_RESULTS = 2000, 60
STEPS = 16  # of a short task, which takes about a third of a second
HEAD = "| what | seconds: median (range) | ratio |\n|---|---|---|"


def short_tasks(count: int) -> list[dict[str, Any]]:
    """So many batches of tiles of one layer."""
    layers = {"networks": "bundled/scenes", "layers": "act1", "channels": [*range(16)]}
    return [{"what": "atlas", **layers, "steps": STEPS, "size": 32, "seed": [*range(count)]}]


def tiny_tasks(count: int) -> list[dict[str, Any]]:
    """So many results of almost no work."""
    return [{"what": "atlas", "networks": "bundled/digits", "layers": "conv1", "steps": 1, "size": 16,
             "channels": 0, "seed": [*range(count)]}]  # fmt: skip


def timed(plan: list[dict[str, Any]], engine: str, options: Options) -> float:
    """Seconds for the plan with an empty store."""
    with tempfile.TemporaryDirectory(prefix="filterscope_") as folder, empty_store(Path(folder)):
        began = time.monotonic()
        last = run(read_plan(plan), engine, options=options)
        if not last.complete:
            raise RuntimeError(f"the plan did not end: {last}")
        return time.monotonic() - began


@contextmanager
def cluster() -> Iterator[None]:
    """A Ray cluster of two nodes of one CPU each, which RAY_ADDRESS names."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    given: dict[str, Any] = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80_000_000}
    found = Cluster(True, head_node_args=given)
    found.add_node(**given)
    os.environ["RAY_ADDRESS"] = found.address
    try:
        yield
    finally:
        os.environ.pop("RAY_ADDRESS")
        found.shutdown()


def compared(count: int, times: int) -> Iterator[str]:
    """The rows about the engines."""
    plan, seconds = short_tasks(count), {"local": list[float](), "ray": list[float]()}
    with cluster():
        for turn in range(times):
            for engine in ("local", "ray") if turn % 2 == 0 else ("ray", "local"):
                seconds[engine].append(timed(plan, engine, Options(2, 1)))
                print(engine, f"{seconds[engine][-1]:.1f} s", flush=True)
    ratios = [ray / local for ray, local in zip(seconds["ray"], seconds["local"], strict=True)]
    yield f"| {count} tasks, two processes of `local` | {spread(seconds['local'])} | 1 |"
    yield f"| {count} tasks, Ray with two workers | {spread(seconds['ray'])} | {interval(ratios)} |"


def spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def interval(ratios: Sequence[float]) -> str:
    """The geometric mean with its interval of 95 %."""
    logs = [log(each) for each in ratios]
    middle = statistics.fmean(logs)
    if len(logs) < 2:
        return f"{exp(middle):.2f}"
    from scipy.stats import t

    reach = float(t.ppf(0.975, len(logs) - 1)) * statistics.stdev(logs) / sqrt(len(logs))
    return f"{exp(middle):.2f} (95 %: {exp(middle - reach):.2f} to {exp(middle + reach):.2f})"


def again(count: int, times: int) -> Iterator[str]:
    """The rows about a second run."""
    with tempfile.TemporaryDirectory(prefix="filterscope_") as folder, empty_store(Path(folder, "store")):
        plan = tiny_tasks(count)
        run(read_plan(plan), options=Options(threads=1))
        file = Path(folder, "plan.json")
        file.write_text(json.dumps(plan), encoding="utf-8")
        words = [sys.executable, "-m", "vizlib.ui.command", "batch", str(file)]
        inside, alone = list[float](), list[float]()
        for _ in range(times):
            began = time.monotonic()
            if run(read_plan(plan)).there != count:
                raise RuntimeError("a second run computed something")
            inside.append(time.monotonic() - began)
            began = time.monotonic()
            subprocess.run(words, check=True, capture_output=True)
            alone.append(time.monotonic() - began)
    yield f"| second run of {count} results, in a process that has the engine | {spread(inside)} | |"
    yield f"| second run of {count} results, as a command with its start | {spread(alone)} | |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few tasks, which are not written down")
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    count, results = (QUICK_TASKS, QUICK_RESULTS) if asked.quick else (TASKS, RESULTS)
    times = 2 if asked.quick else asked.times
    rows = []
    for row in chain(again(results, times), compared(count, times)):
        rows.append(row)
        print(row, flush=True)
    text = "\n".join([HEAD, *rows])
    if not asked.quick:
        command = f"python -m benchmarks.service.overhead --times {times}"
        write_section(
            "What a batch costs beside the work", command, f"{(__doc__ or '').split(chr(10) * 2)[2]}\n\n{text}"
        )


if __name__ == "__main__":
    main()
