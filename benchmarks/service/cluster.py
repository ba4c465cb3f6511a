"""One plan on real clusters: does every engine give the bits of this process, also when a node dies half way?

    python -m benchmarks.service.cluster [--quick] [--only Ray]

The plan is the atlas of the main layers of two bundled networks. This process computes it first; its store is the
measure. Then Ray does, on a head without CPUs and two nodes of one CPU each, one of which is killed when half of the
results are there. Then submitit's local executor, and then a real SLURM controller with one node, which this command
starts on this machine and ends again. Each begins with an empty store. "Once" counts the outcomes of each task.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.results import write_section
from benchmarks.service import slurm_here
from vizlib.batch import Advance, Options, Plan, read_plan, running
from vizlib.runs import open_store

NETWORKS = ["bundled/scenes", "bundled/digits"]
SEEDS = 8
QUICK_SEEDS = 1
HEAD = "| engine | results | computed | seconds | each once | equal to the bit | what happened |"
SHORT = 2_000  # milliseconds: Ray asks its nodes whether they live, and misses four answers before it believes it
HEALTH = {"health_check_initial_delay_ms": SHORT, "health_check_period_ms": SHORT, "health_check_failure_threshold": 4}

Results = dict[str, bytes | None]
Watch = Callable[[Advance], None]


@dataclass(frozen=True)
class Measured:
    """What an engine made of the plan."""

    engine: str
    last: Advance
    seconds: float
    outcomes: Counter[str]
    results: Results
    said: str = ""

    def row(self, expected: Results) -> str:
        """The engine's line of the table. expected: what this process computed."""
        once = set(self.outcomes) == set(expected) and set(self.outcomes.values()) == {1}
        equal = sum(self.results.get(key) == content for key, content in expected.items())
        extra = len(self.results.keys() - expected.keys())
        words = self.said + (f"; {self.last.failed} failed" if self.last.failed else "")
        return (
            f"| {self.engine} | {self.last.total} | {self.last.done} | {self.seconds:.0f} | "
            f"{'yes' if once and not extra else 'NO'} | {equal} of {len(expected)} | {words} |"
        )


def the_plan(seeds: int) -> Plan:
    """Short tasks, so that there are many."""
    entry = {"what": "atlas", "networks": NETWORKS, "layers": "main", "steps": 8, "size": 32, "seed": [*range(seeds)]}
    return read_plan([entry])


@contextmanager
def empty_store(folder: Path) -> Iterator[None]:
    """A new store for this process and all workers."""
    before = os.environ.get("VIZLIB_STORE")
    os.environ["VIZLIB_STORE"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("VIZLIB_STORE")
        os.environ.update({} if before is None else {"VIZLIB_STORE": before})


def measured(name: str, plan: Plan, engine: str, options: Options, watch: Watch | None = None) -> Measured:
    """Runs the plan with a store of its own. watch: sees every frame."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="filterscope_") as folder, empty_store(Path(folder)):
        began = time.monotonic()
        for last in running(plan, engine, options):
            outcomes.update(each.key for each in last.latest)
            if watch is not None:
                watch(last)
        seconds, store = time.monotonic() - began, open_store()
        keys = store.keys()
        return Measured(name, last, seconds, outcomes, {key: store.get(key) for key in keys})


def here(plan: Plan) -> Measured:
    return measured("this process", plan, "local", Options(threads=1))


def on_ray(plan: Plan) -> Measured:
    """Two nodes, of which one dies half way."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    given: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 80_000_000}
    cluster = Cluster(True, head_node_args={"num_cpus": 0, "_system_config": HEALTH, **given})
    nodes = [cluster.add_node(num_cpus=1, **given) for _ in range(2)]
    died: list[str] = []

    def kill(frame: Advance) -> None:
        if not died and 2 * frame.step >= frame.total:
            cluster.remove_node(nodes[0], allow_graceful=False)
            died.append(f"a node was killed after {frame.step} of {frame.total}")

    os.environ["RAY_ADDRESS"] = cluster.address
    try:
        found = measured("Ray, 3 node processes", plan, "ray", Options(2, 1), kill)
    finally:
        os.environ.pop("RAY_ADDRESS")
        cluster.shutdown()
    return Measured(**{**vars(found), "said": died[0]})


def by_submitit(plan: Plan) -> Measured:
    with tempfile.TemporaryDirectory(prefix="filterscope_jobs_") as folder:
        more = {"cluster": "local", "folder": f"{folder}/%j", "poll": 0.5}
        return measured("submitit without SLURM", plan, "slurm", Options(2, 1, more=more))


def on_slurm(plan: Plan) -> Measured:
    with tempfile.TemporaryDirectory(prefix="slurm_") as folder, slurm_here.slurm(Path(folder)):
        more = {"cluster": "slurm", "folder": f"{folder}/jobs/%j", "poll": 0.5}
        return measured("SLURM, controller and node", plan, "slurm", Options(2, 1, more=more))


ENGINES = {"Ray": (on_ray, "ray"), "submitit": (by_submitit, "submitit"), "SLURM": (on_slurm, "submitit")}


def why_not(name: str) -> str:
    """Why an engine cannot be tried here, or ""."""
    if find_spec(ENGINES[name][1]) is None:
        return f"The package {ENGINES[name][1]} is not installed here."
    absent = slurm_here.missing() if name == "SLURM" else []
    return f"SLURM is not installed here: there is no {', '.join(absent)}." if absent else ""


def compare(plan: Plan, names: list[str]) -> Iterator[str]:
    """The rows of the table, or sentences about what is not here."""
    reference = here(plan)
    yield reference.row(reference.results)
    for name in names:
        reason = why_not(name)
        yield f"| {name} | - | - | - | - | - | {reason} |" if reason else ENGINES[name][0](plan).row(reference.results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small plan, which is not written down")
    parser.add_argument("--only", choices=list(ENGINES))
    asked = parser.parse_args()
    logging.getLogger("submitit").setLevel(logging.ERROR)  # SLURM keeps no accounts here, as it tells again and again
    rows = [HEAD, "|---|---|---|---|---|---|---|"]
    for row in compare(the_plan(QUICK_SEEDS if asked.quick else SEEDS), [asked.only] if asked.only else [*ENGINES]):
        rows.append(row)
        print(row, flush=True)
    if not asked.quick and not asked.only:
        words = (__doc__ or "").split("\n\n")[2]
        write_section(
            "A plan on real clusters", "python -m benchmarks.service.cluster", f"{words}\n\n" + "\n".join(rows)
        )


if __name__ == "__main__":
    main()
