"""A kept run goes on without a reader and after a kill, for the person who keeps it, within the operator's limits."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from vizlib.errors import CheckpointMismatch, VizError
from vizlib.runs import Keeper, Kept, Reading, Recipe, Runs, Shelter, Store
from vizlib.runs import shelter as shelters

ME, YOU = "a" * 64, "b" * 64
NOWHERE = Store(None, 0)


@dataclass(frozen=True)
class Sum:
    """After so many steps, the sum of their numbers."""

    step: int
    total: int
    value: int

    def freeze(self) -> Callable[[], bytes]:
        return lambda: json.dumps([self.step, self.value]).encode()


class Adding:
    """Runs that add the numbers up to their `to`; each stays at the step `hold` until it may go on."""

    def __init__(self, hold: int = 10**9) -> None:
        self.hold, self.began = hold, list[tuple[str, int]]()

    def __call__(self, parts: Mapping[str, Any], resume: bytes | None, device: str) -> Generator[Sum, None, None]:
        step, value = json.loads(resume) if resume else (0, 0)
        if parts.get("broken"):
            raise VizError("It cannot be made.", "Remove it.")
        if resume and parts.get("picky"):
            raise CheckpointMismatch("It is of another run.", "Begin again.")
        self.began.append((parts["name"], step))
        yield Sum(step, parts["to"], value)
        while step < parts["to"]:
            while step >= self.hold:
                time.sleep(0.002)
                yield Sum(step, parts["to"], value)
            step, value = step + 1, value + step + 1
            yield Sum(step, parts["to"], value)


def parts(name: str = "one", to: int = 50, **more: Any) -> dict[str, Any]:
    return {"what": "adding", "name": name, "to": to, **more}


class Server:
    """A process, as far as it keeps runs."""

    def __init__(self, folder: Path | None, hold: int = 10**9) -> None:
        self.adding, self.runs = Adding(hold), Runs([], NOWHERE, shelter=Shelter(folder))
        self.keeper: Keeper = self.runs.keeper
        self.keeper.every = 0
        self.runs.resume(self.adding)

    def keep(self, *several: Mapping[str, Any], owner: str = ME, private: bool = False) -> Reading:
        jobs = [
            self.runs.job(Recipe(each), lambda each=each: self.adding(each, None, "cpu"), "cpu") for each in several
        ]
        return self.keeper.keep(Kept(owner, "Adding", "adding", {}, several, private=private), jobs)

    def kill(self) -> None:
        """Ends it as far as its folder is concerned: its threads write no more."""
        self.keeper.shelter.close()
        self.adding.hold = 10**9


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`server(hold=20)` starts one on the same folder; the last one is killed before."""
    running: list[Server] = []

    def start(hold: int = 10**9) -> Server:
        for each in running:
            each.kill()
        running.append(Server(tmp_path, hold))
        return running[-1]

    yield start
    for each in running:
        each.kill()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def reaches(run: Reading, step: int) -> None:
    until(lambda: all(each is not None and each.step >= step for each in run.frames))


def ends(run: Reading, how: str = "finished") -> list[int]:
    until(lambda: run.state == how)
    return [each.value for each in run.frames]


def test_a_kept_run_goes_on_without_a_reader_and_what_is_not_kept_stands_still(server: Callable[..., Server]) -> None:
    here = server()
    other = here.runs.job(Recipe(parts("other")), lambda: here.adding(parts("other"), None, "cpu"), "cpu")
    next(iter(other))
    assert ends(here.keep(parts(), parts("two", 60))) == [1275, 1830]
    assert (other.latest and other.latest.step) == 0


def test_after_a_kill_it_goes_on_from_its_checkpoint_to_the_same_end(server: Callable[..., Server]) -> None:
    reaches(server(hold=20).keep(parts()), 20)
    again = server()
    (run,) = again.keeper.of(ME)
    assert ends(run) == [1275]
    assert [name for name, step in again.adding.began if step >= 19] == ["one"]
    assert run.kept.note == ""


def test_a_page_that_asks_for_the_recipe_of_a_resumed_run_gets_its_job(server: Callable[..., Server]) -> None:
    reaches(server(hold=20).keep(parts()), 20)
    again = server(hold=30)
    job: Any = again.runs.job(Recipe(parts()), lambda: pytest.fail("it began again"), "cpu")
    assert job is again.keeper.of(ME)[0].jobs[Recipe(parts()).key]
    again.adding.hold = 10**9
    ends(again.keeper.of(ME)[0])
    again.runs.jobs.clear()  # as when there are too many
    assert again.runs.job(Recipe(parts()), lambda: pytest.fail("it began again"), "cpu") is job


def test_what_was_stopped_or_finished_is_in_the_list_after_a_restart_and_is_not_computed(
    server: Callable[..., Server],
) -> None:
    here = server(hold=20)
    stopped = here.keep(parts("stopped"))
    reaches(stopped, 20)
    here.keeper.stop(ME, stopped.kept.number)
    ends(here.keep(parts("short", 5)))
    again = server()
    assert {each.kept.parts[0]["name"]: each.state for each in again.keeper.of(ME)} == {
        "stopped": "stopped", "short": "finished",
    }  # fmt: skip
    time.sleep(0.05)
    assert again.adding.began == []
    again.keeper.go_on(ME, stopped.kept.number)
    (run,) = [each for each in again.keeper.of(ME) if each.kept.number == stopped.kept.number]
    assert ends(run) == [1275]
    assert again.adding.began[0][1] >= 19


def test_nobody_else_sees_it_or_can_stop_or_remove_it(server: Callable[..., Server]) -> None:
    here = server(hold=5)
    run = here.keep(parts())
    assert here.keeper.of(YOU) == [] == here.keeper.of("")
    assert here.keeper.find(YOU, [*run.jobs]) is None
    for act in (here.keeper.stop, here.keeper.remove, here.keeper.go_on):
        act(YOU, run.kept.number)
    assert (run.state, here.keeper.of(ME)) == ("running", [run])


def test_two_persons_keep_one_run_which_is_computed_once_and_each_removes_it_alone(
    server: Callable[..., Server],
) -> None:
    here = server(hold=20)
    mine, yours = here.keep(parts()), here.keep(parts(), owner=YOU)
    reaches(mine, 20)
    assert here.adding.began == [("one", 0)]
    here.keeper.remove(ME, mine.kept.number)
    here.keeper.shelter.settle()
    assert here.keeper.of(ME) == []
    assert here.keeper.shelter.checkpoint(Recipe(parts()).key)
    here.keeper.remove(YOU, yours.kept.number)
    here.keeper.shelter.settle()
    assert here.keeper.shelter.checkpoint(Recipe(parts()).key) is None
    assert server().keeper.of(YOU) == []


def test_each_person_and_all_together_have_a_limit_which_ended_runs_do_not_count_for(
    server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZLIB_KEPT_RUNS_IN_ALL", "3")
    here = server(hold=20)
    ends(here.keep(parts("short", 5)))
    first = here.keep(parts("first"))
    here.keep(parts("second"))
    assert here.keep(parts("second")).kept.parts[0]["name"] == "second"  # pressed in two tabs
    with pytest.raises(VizError, match="You keep 2 runs already"):
        here.keep(parts("third"))
    here.keep(parts("third"), owner=YOU)
    with pytest.raises(VizError, match="keeps 3 runs of its visitors already"):
        here.keep(parts("fourth"), owner=YOU)
    here.keeper.remove(ME, first.kept.number)
    here.keep(parts("fourth"), owner=YOU)


def test_what_is_made_of_a_person_s_own_pictures_goes_on_and_is_never_written(
    server: Callable[..., Server], tmp_path: Path
) -> None:
    here = server(hold=20)
    run = here.keep(parts(), private=True)
    reaches(run, 20)
    here.keeper.shelter.settle()
    assert not run.kept.on_disk
    assert [each for each in tmp_path.rglob("*") if each.is_file() and each.name != "lock"] == []
    assert server().keeper.of(ME) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"picky": True}, "its checkpoint was damaged or missing"),
        ({"damaged": True}, "its checkpoint was damaged or missing"),
        ({"versions": True}, "this server has another version since"),
    ],
)
def test_a_checkpoint_that_does_not_fit_begins_the_run_again_and_the_list_says_so(
    server: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, bool], why: str
) -> None:
    here = server(hold=20)
    reaches(here.keep(parts(**change)), 20)
    here.kill()
    for path in (tmp_path / "checkpoints").glob("??/*") if "damaged" in change else ():
        path.write_bytes(path.read_bytes()[:-1])
    if "versions" in change:
        monkeypatch.setattr("vizlib.runs.lasting.versions", lambda: {"vizlib": "another"})
    again = server()
    (run,) = again.keeper.of(ME)
    assert ends(run) == [1275]
    assert again.adding.began == [("one", 0)]
    assert run.kept.note == f"It began again at step 0 after a restart, because {why}."


def test_a_run_that_cannot_be_made_again_says_why_and_the_others_go_on(server: Callable[..., Server]) -> None:
    here = server(hold=20)
    for each in (parts("one"), parts("two", broken=True)):
        kept = Kept(ME, "Adding", "adding", {}, [each])
        here.keeper.shelter.note(kept.number, asdict(kept))
    here.keeper.shelter.note("c" * 64, {"owner": ME, "a field of another version": 1})
    again = server()
    states = {each.kept.parts[0]["name"]: each for each in again.keeper.of(ME)}
    assert ends(states["one"]) == [1275]
    until(lambda: states["two"].state == "failed")
    assert states["two"].kept.ended == "It cannot be made. Remove it."


def test_a_full_disk_is_told_and_the_run_goes_on(
    server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = server(hold=20)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    run = here.keep(parts())
    reaches(run, 20)
    until(lambda: "full" in run.problem_on_disk)
    monkeypatch.undo()
    here.keeper.every = 0
    here.adding.hold = 10**9
    assert ends(run) == [1275]
    until(lambda: not run.problem_on_disk)


def test_a_second_process_leaves_the_folder_to_the_first(server: Callable[..., Server], tmp_path: Path) -> None:
    here = server(hold=20)
    run = here.keep(parts())
    second = Server(tmp_path)
    assert second.keeper.of(ME) == []
    assert not second.keep(parts()).kept.on_disk
    assert run.kept.on_disk


def test_ended_runs_leave_the_list_the_oldest_first(server: Callable[..., Server]) -> None:
    here = server()
    for number in range(10):
        ends(here.keep(parts(f"{number}", 3)))
    assert [each.kept.parts[0]["name"] for each in here.keeper.of(ME)] == [*"98765432"]


def test_a_browser_that_was_known_by_another_token_keeps_its_runs_together(server: Callable[..., Server]) -> None:
    here = server(hold=20)
    here.keep(parts("old"))
    here.keep(parts("new"), owner=YOU)
    here.keeper.hand_over(YOU, ME)
    assert sorted(each.kept.parts[0]["name"] for each in here.keeper.of(ME)) == ["new", "old"]
    assert here.keeper.of(YOU) == []
    here.adding.hold = 10**9
    assert [ends(each) for each in here.keeper.of(ME)] == [[1275], [1275]]
    assert len(server().keeper.of(ME)) == 2


def test_the_folder_is_beside_the_results_unless_the_operator_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"": tmp_path / "store" / "runs", str(tmp_path / "own"): tmp_path / "own"}
    for named, folder in places.items():
        monkeypatch.setenv("VIZLIB_RUNS", named)
        shelter = shelters.open_shelter(tmp_path / "store")
        assert shelter.open
        assert (folder / "lock").exists()
        shelter.close()
    monkeypatch.setenv("VIZLIB_RUNS", "off")
    assert not shelters.open_shelter(tmp_path / "store").open
    monkeypatch.delenv("VIZLIB_RUNS")
    assert not shelters.open_shelter(None).open
