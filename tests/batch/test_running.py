"""A plan is computed once, goes on where it was interrupted, and gives the same bits in one process and in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from vizlib.activation_maximization import AtlasPlan, StoredAtlas, listed_atlases
from vizlib.activation_maximization.atlas import atlas, is_stored
from vizlib.batch import Options, Outcome, Plan, Task, read_plan, run, running
from vizlib.batch.engines import local
from vizlib.batch.worker import Worker, do
from vizlib.errors import VizError
from vizlib.layers import find_layer
from vizlib.models import load_model
from vizlib.runs import Store, open_store
from vizlib.training import probe_layers

DIGITS = "bundled/digits"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of its own, which worker processes open too."""
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / "store"))
    return open_store()


def plan(**words: Any) -> Plan:
    return read_plan([{"what": "atlas", "networks": DIGITS, "steps": 3, "size": 24, **words}])


def tasks_of(asked: Plan) -> list[Task]:
    return list(asked.tasks(lambda name: load_model(name, device="cpu"), "cpu"))


def contents(store: Store) -> dict[str, bytes | None]:
    keys = store.keys()
    return {key: store.get(key) for key in keys}


def test_a_plan_is_computed_and_a_second_run_finds_all_of_it(store: Store) -> None:
    frames = list(running(plan()))
    total = frames[0].total
    assert [each.step for each in frames] == list(range(total + 1))
    assert (frames[-1].done, frames[-1].there, frames[-1].complete) == (total, 0, True)
    assert sorted(store.keys()) == sorted(each.key for each in tasks_of(plan()))
    (again,) = running(plan())
    assert (again.step, again.there, again.done, again.complete) == (total, total, 0, True)


def test_a_page_shows_an_atlas_of_a_batch_without_computing_and_the_gallery_knows_it(store: Store) -> None:
    model = load_model(DIGITS, device="cpu")
    layer = probe_layers(model)[0].path
    run(plan(layers=layer))
    channels = tuple(range(find_layer(model, layer).shape[0]))
    whole = AtlasPlan(layer, channels, 3, size=24)
    assert is_stored(model, whole, store)
    (shown,) = atlas(model, whole, store)  # one frame: nothing is computed
    *_, fresh = atlas(model, whole, Store(None, 0))
    assert (shown.tiles == fresh.tiles).all()
    assert (shown.values == fresh.values).all()
    (listed,) = listed_atlases(store)
    assert listed.channels == channels
    assert listed.complete(store)


def test_an_interrupted_plan_goes_on_where_it_was(store: Store) -> None:
    first = running(plan())
    for frame in first:
        if frame.done == 2:
            break
    first.close()
    assert len(store.keys()) == 2
    last = run(plan())
    assert (last.there, last.done, last.complete) == (2, last.total - 2, True)


def test_a_task_that_fails_is_told_and_the_plan_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tasks_of(plan())[1].key
    put = Store.put
    with monkeypatch.context() as broken:
        broken.setattr(Store, "put", lambda self, key, content: key != bad and put(self, key, content))
        frames = list(running(plan()))
    (problem,) = [each.latest[0] for each in frames[1:] if each.failed and each.latest[0].state == "failed"]
    assert problem.key == bad
    assert problem.problem.startswith("The store did not keep a result of 0.0 MB.")
    assert (frames[-1].failed, frames[-1].step, frames[-1].complete) == (1, frames[-1].total, False)
    assert run(plan()).done == 1  # a second run tries it again


def test_results_for_which_the_store_has_no_room_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vizlib.batch.driver._PATIENCE", 0.0)
    last = run(plan(), store=Store(tmp_path, 60_000))
    assert last.lost > 0
    assert not last.complete


def test_a_worker_with_another_engine_or_other_weights_refuses(store: Store) -> None:
    task = tasks_of(plan())[0]
    assert "another version" in do(replace(task, recipe={**task.recipe, "steps": 4})).problem
    other = tasks_of(read_plan([{"what": "atlas", "networks": "bundled/scenes"}]))[0]
    assert "other weights of bundled/digits" in do(replace(other, network=DIGITS)).problem
    assert "no device 'cuda'" in do(
        replace(task, key=replace(task, device="cuda").key_here, device="cuda")
    ).problem or (torch.cuda.is_available())
    assert store.keys() == []


def test_a_result_counts_once_it_has_arrived_in_the_shared_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shared(cache: str) -> Store:
        monkeypatch.setenv("VIZLIB_STORE", (tmp_path / "all").as_uri())
        monkeypatch.setenv("VIZLIB_STORE_CACHE", str(tmp_path / cache))
        return open_store()

    asked = plan(layers="conv1")
    one = shared("one")
    assert run(asked, store=one).complete
    assert set(shared("another").keys()) == {each.key for each in tasks_of(asked)}
    monkeypatch.setattr(one, "settle", lambda seconds: False)
    last = run(plan(layers="conv1", seed=1), store=one)
    assert (last.done, last.failed) == (0, len(tasks_of(asked)))
    assert "shared store did not take a result" in last.latest[0].problem


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_driver_without_a_gpu_asks_a_cluster_for_float32(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[Task] = []
    monkeypatch.setattr("vizlib.batch.driver._PATIENCE", 0.0)
    monkeypatch.setattr("vizlib.batch.driver.engine_of", lambda name: lambda tasks, options: _carry(tasks, carried))
    asked = plan(layers="conv1")
    run(asked, "ray", options=Options(gpus=1, device="cuda"), store=store)
    assert {(each.device, each.recipe["settings"]["precision"]) for each in carried} == {("cuda", "float32")}
    assert carried[0].key != tasks_of(asked)[0].key
    with pytest.raises(VizError, match="no device 'cuda'"):
        run(asked, "local", options=Options(device="cuda"), store=store)


def _carry(tasks: Sequence[Task], carried: list[Task]) -> Iterator[Outcome]:
    for each in tasks:
        carried.append(each)
        yield Outcome(each.key, "done")


def test_what_another_worker_has_computed_meanwhile_is_not_computed_again(store: Store) -> None:
    task = tasks_of(plan())[0]
    assert do(task).state == "done"
    assert Worker(store).do(replace(task, network="no such network")).state == "there"


def test_this_process_keeps_its_number_of_threads(store: Store) -> None:
    before = torch.get_num_threads()
    seen = [torch.get_num_threads() for _ in running(plan(), options=Options(threads=before + 1))]
    assert before + 1 in seen
    assert torch.get_num_threads() == before


@pytest.mark.slow
def test_two_processes_give_the_bits_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for workers in (0, 2):
        monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / str(workers)))
        assert run(plan(), options=Options(workers, threads=1)).complete
        found.append(contents(open_store()))
    assert found[0] == found[1]
    assert len(found[0]) > 3


class Pool:
    """Stands in for worker processes: some tasks kill theirs, and so the others'."""

    def __init__(self, deadly: set[str]) -> None:
        self.deadly, self.begun = deadly, 0

    def __call__(self, options: Options) -> Any:
        return self

    def __enter__(self) -> Pool:
        self.broken = False
        self.begun += 1
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Any, task: Task) -> Any:
        future: Any = local.Future()
        self.broken = self.broken or task.key in self.deadly
        if self.broken:
            future.set_exception(local.BrokenProcessPool("killed"))
        else:
            future.set_result(Outcome(task.key, "done"))
        return future


def test_a_task_that_kills_its_process_fails_and_all_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [Task("atlas", "", "cpu", {}, {}, str(number)) for number in range(9)]
    pool = Pool({"1", "5"})
    monkeypatch.setattr(local, "_pool", pool)
    outcomes: Iterator[Outcome] = local.local(tasks, Options(workers=2))
    ended = {each.key: each for each in outcomes}
    assert len(ended) == 9
    assert {key for key, each in ended.items() if each.state == "failed"} == {"1", "5"}
    assert "was killed" in ended["1"].problem


def test_an_atlas_whose_tiles_are_elsewhere_is_no_error() -> None:
    with pytest.raises(VizError, match="There is no engine called 'dask'"):
        run(plan(), "dask")
    assert StoredAtlas("", (), 16, {"size": 24}).complete(Store(None, 0))
