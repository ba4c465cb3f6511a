"""Ray and SLURM's submitit give the bits of this process, and lose no result when a worker dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vizlib.batch import Options, Outcome, Plan, Task, read_plan, run, running
from vizlib.batch.engines.table import engine_of
from vizlib.errors import VizError
from vizlib.runs import open_store

DIGITS = "bundled/digits"
MIXED = [
    {"what": "atlas", "networks": DIGITS, "steps": 3, "size": 24},
    {"what": "class picture", "networks": DIGITS, "classes": [3, 5], "steps": 4},
    {"what": "saliency", "networks": DIGITS, "pictures": {"digits": [7]}},
]


def computed(folder: Path, monkeypatch: pytest.MonkeyPatch, engine: str, options: Options) -> dict[str, bytes | None]:
    """What a store of its own holds after the plan."""
    monkeypatch.setenv("VIZLIB_STORE", str(folder / engine))
    assert run(read_plan(MIXED), engine, options=options).complete
    store = open_store()
    return {key: store.get(key) for key in sorted(store.keys())}


def tasks(count: int) -> list[Task]:
    return [Task("atlas", "", "cpu", {}, {}, str(number)) for number in range(count)]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ray", "slurm"])
def test_every_engine_gives_the_bits_of_this_process(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip({"ray": "ray", "slurm": "submitit"}[engine], reason="the extra scale is not installed")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    here = computed(tmp_path, monkeypatch, "local", Options(threads=1))
    more = {"cluster": "local", "folder": str(tmp_path / "jobs" / "%j"), "poll": 0.2} if engine == "slurm" else {}
    assert computed(tmp_path, monkeypatch, engine, Options(2, 1, more=more)) == here
    assert len(here) == 11


# submitit without SLURM


class Jobs:
    """Stands in for submitit's executor: its jobs end at once, and those with a bad task have died."""

    def __init__(self, cluster: str = "slurm", bad: str = "") -> None:
        self.cluster, self.bad = cluster, bad
        self.given: dict[str, Any] = {}
        self.shares: list[list[Task]] = []
        self.cancelled: list[str] = []

    def __call__(self, folder: str, cluster: str | None) -> Jobs:
        return self

    def update_parameters(self, **given: Any) -> None:
        self.given = given

    def map_array(self, work: Any, shares: Any, threads: Any) -> list[Any]:
        self.shares = shares
        return [self.job(str(number), share) for number, share in enumerate(shares)]

    def job(self, number: str, share: list[Task]) -> Any:
        problem = RuntimeError("out of memory") if self.bad in {each.key for each in share} else None
        outcomes = [Outcome(each.key, "done") for each in share]
        cancel = lambda check: self.cancelled.append(number)  # noqa: E731
        return SimpleNamespace(
            job_id=number, done=lambda: True, exception=lambda: problem, result=lambda: outcomes, state="FAILED",
            cancel=cancel,
        )  # fmt: skip


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("submitit", reason="the extra scale is not installed")
    from vizlib.batch.engines import slurm

    def using(jobs: Jobs) -> Any:
        monkeypatch.setattr(slurm.submitit, "AutoExecutor", jobs)
        return slurm.slurm

    return using


def test_an_array_is_no_longer_than_the_cluster_allows(slurm: Any) -> None:
    jobs = Jobs()
    ended = list(slurm(jobs)(tasks(100), Options(20, 3, 1, more={"array": 7, "slurm_partition": "gpu"})))
    assert sorted(int(each.key) for each in ended) == list(range(100))
    assert [len(each) for each in jobs.shares] == [15] * 6 + [10]
    expected = {"cpus_per_task": 3, "gpus_per_node": 1, "slurm_array_parallelism": 20, "slurm_partition": "gpu"}
    assert expected.items() <= jobs.given.items()
    assert jobs.cancelled == []


def test_the_tasks_of_a_job_that_died_have_failed(slurm: Any) -> None:
    ended = list(slurm(Jobs(bad="4"))(tasks(8), Options(1)))
    assert [each.key for each in ended if each.state == "failed"] == ["4", "5"]
    assert "out of memory" in ended[4].problem


def test_who_leaves_cancels_the_jobs_that_are_under_way(slurm: Any) -> None:
    jobs = Jobs()
    outcomes = slurm(jobs)(tasks(8), Options(1))
    next(outcomes)
    outcomes.close()
    assert jobs.cancelled == ["1", "2", "3"]


def test_without_slurm_it_is_said(slurm: Any) -> None:
    with pytest.raises(VizError, match="There is no SLURM here"):
        next(slurm(Jobs(cluster="local"))(tasks(1), Options()))


# What the driver makes of it


def test_a_result_that_arrived_before_its_worker_died_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path))
    plan: Plan = read_plan(MIXED[1:2])

    def dying(tasks: Any, options: Options) -> Iterator[Outcome]:
        for each in tasks[:1]:
            assert options.inside is not None
            yield Outcome(options.inside(each).key, "failed", "its job was killed")
        yield from (Outcome(each.key, "failed", "its job was killed") for each in tasks[1:])

    monkeypatch.setattr("vizlib.batch.driver.engine_of", lambda name: dying)
    *_, last = running(plan, "ray")
    assert (last.done, last.failed, last.step, last.total) == (1, 1, 2, 2)


def test_an_engine_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name="ray")

    monkeypatch.setattr("vizlib.batch.engines.table.import_module", missing)
    with pytest.raises(VizError, match="needs the package ray, which is not installed here") as problem:
        engine_of("ray")
    assert problem.value.remedy == 'Install it with: pip install "filterscope[scale]"'
