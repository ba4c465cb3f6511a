"""A long run that one can leave, come back to, share and stop."""

from __future__ import annotations

import gc
import json
import logging
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import pytest

from vizlib.runs.job import Job
from vizlib.runs.table import JobTable
from vizlib.runs.turns import Turns


@dataclass(frozen=True)
class Count:
    step: int
    total: int


Run = Callable[[], Generator[Count, None, None]]


class Work:
    """A run of `total` steps that writes down what was done, and waits where it is told to."""

    def __init__(self, total: int = 5, fails_at: int = 0) -> None:
        self.total, self.fails_at = total, fails_at
        self.done: list[int] = []
        self.closed = False
        self.under_way = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self) -> Generator[Count, None, None]:
        try:
            for step in range(1, self.total + 1):
                self.under_way.set()
                assert self.may_go_on.wait(10)
                if step == self.fails_at:
                    raise OSError("the disk is gone")
                self.done.append(step)
                yield Count(step, self.total)
        finally:
            self.closed = True


def steps(job: Job[Count], most: int | None = None) -> list[int]:
    return [frame.step for frame in islice(job, most)]


def together(*tasks: Callable[[], object]) -> None:
    """Runs the tasks in threads and waits for all of them."""
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_nothing_is_computed_before_somebody_reads() -> None:
    work = Work()
    job = Job(work)
    assert (work.done, job.latest, job.done) == ([], None, False)


def test_a_job_yields_every_snapshot_and_the_last_one_is_the_answer() -> None:
    job = Job(Work(5))
    assert steps(job) == [1, 2, 3, 4, 5]
    assert job.done
    assert not job.stopped
    assert job.result() == Count(5, 5)


def test_a_reader_that_comes_back_goes_on_where_the_last_one_stopped() -> None:
    work = Work(5)
    job = Job(work)
    assert steps(job, 2) == [1, 2]
    assert steps(job) == [2, 3, 4, 5]  # the latest first: a page must have something to show at once
    assert work.done == [1, 2, 3, 4, 5]


def test_a_finished_job_answers_without_computing_again() -> None:
    work = Work(3)
    job = Job(work)
    job.result()
    assert steps(job) == [3]
    assert work.done == [1, 2, 3]


def test_a_reader_who_leaves_does_not_end_the_run() -> None:
    work = Work(3)
    job = Job(work)
    reader = iter(job)
    next(reader)
    del reader
    gc.collect()
    assert not work.closed
    assert job.result() == Count(3, 3)


def test_stop_keeps_the_picture_and_ends_the_work() -> None:
    work = Work(5)
    job = Job(work)
    steps(job, 2)
    job.stop()
    assert (job.done, job.stopped, work.closed) == (True, True, True)
    assert steps(job) == [2]
    assert work.done == [1, 2]


def test_a_job_that_ended_by_itself_was_not_stopped() -> None:
    job = Job(Work(2))
    job.result()
    job.stop()
    assert not job.stopped


def test_stop_waits_for_the_step_under_way_and_lets_no_further_one_begin() -> None:
    work = Work(5)
    job = Job(work)
    work.may_go_on.clear()

    def stop() -> None:
        assert work.under_way.wait(10)
        threading.Timer(0.05, work.may_go_on.set).start()
        job.stop()
        assert work.done == [1]

    together(lambda: steps(job), lambda: steps(job), stop)
    assert work.done == [1]
    assert (job.latest, job.stopped) == (Count(1, 5), True)


def test_a_failure_reaches_every_reader_after_the_last_good_snapshot() -> None:
    job = Job(Work(5, fails_at=3))
    seen: list[int] = []

    def read() -> None:
        for frame in job:
            seen.append(frame.step)

    for _ in range(2):
        with pytest.raises(OSError, match="the disk is gone"):
            read()
    assert seen == [1, 2, 2]
    assert job.done
    assert isinstance(job.error, OSError)


def test_a_failure_reaches_the_reader_who_waits_as_well() -> None:
    work = Work(3, fails_at=1)
    job = Job(work)
    work.may_go_on.clear()
    problems: list[str] = []

    def read() -> None:
        try:
            steps(job)
        except OSError as problem:
            problems.append(str(problem))

    together(read, read, lambda: threading.Timer(0.05, work.may_go_on.set).start())
    assert problems == ["the disk is gone"] * 2


def test_a_run_without_snapshots_has_no_result() -> None:
    with pytest.raises(RuntimeError, match="without a snapshot"):
        Job(Work(0)).result()


def test_readers_in_threads_share_the_work_and_each_sees_it_in_order() -> None:
    work = Work(200)
    job = Job(work)
    seen: list[list[int]] = []
    together(*[lambda: seen.append(steps(job))] * 6)
    assert work.done == list(range(1, 201))  # each step once
    assert len(seen) == 6
    for each in seen:
        assert each == sorted(set(each))
        assert each[-1] == 200


def test_a_slow_step_blocks_neither_the_latest_picture_nor_a_newcomer() -> None:
    work = Work(2)
    job = Job(work)
    assert steps(job, 1) == [1]
    work.may_go_on.clear()
    work.under_way.clear()
    reader = threading.Thread(target=job.result, daemon=True)
    reader.start()
    assert work.under_way.wait(10)
    newcomer = next(iter(job))  # in the middle of step 2
    assert (newcomer, job.latest, job.done) == (Count(1, 2), Count(1, 2), False)
    work.may_go_on.set()
    reader.join(10)
    assert job.done


def test_every_request_for_the_same_recipe_gets_the_same_job() -> None:
    table = JobTable()
    job = table.get("key", Work(3))
    assert table.get("key", Work(3)) is job
    assert table.get("other", Work(3)) is not job
    assert len(table) == 2


def test_a_stopped_job_is_kept_so_that_its_picture_stays() -> None:
    table = JobTable()
    job = table.get("key", Work(3))
    steps(job, 1)
    job.stop()
    assert table.get("key", Work(3)) is job


def test_a_failed_job_is_forgotten_so_that_asking_again_tries_again() -> None:
    table = JobTable()
    with pytest.raises(OSError, match="disk"):
        table.get("key", Work(3, fails_at=1)).result()
    assert table.get("key", Work(3)).result() == Count(3, 3)
    assert len(table) == 1


def test_a_forgotten_job_is_stopped_and_starts_again() -> None:
    table = JobTable()
    work = Work(3)
    job = table.get("key", work)
    steps(job, 1)
    table.forget("key")
    table.forget("never there")
    assert work.closed
    assert table.get("key", Work(3)) is not job


def test_the_table_is_bounded_and_drops_what_was_not_used_for_longest() -> None:
    table = JobTable(most=2)
    old, used = table.get("old", Work(3)), table.get("used", Work(3))
    table.get("old", Work(3))
    table.get("new", Work(3))
    assert len(table) == 2
    assert table.get("old", Work(3)) is old
    assert table.get("used", Work(3)) is not used


def test_a_job_dropped_for_want_of_room_goes_on_for_its_reader_and_ends_with_him() -> None:
    table = JobTable(most=1)
    work = Work(3)
    job = table.get("mine", work)
    steps(job, 1)
    table.get("another visitor's", Work(3))
    assert not work.closed
    assert steps(job, 2) == [1, 2]
    del job
    gc.collect()
    assert work.closed


def test_a_reader_without_news_is_told_so_and_may_leave() -> None:
    work = Work(2)
    job = Job(work)
    work.may_go_on.clear()
    pump = threading.Thread(target=job.result, daemon=True)
    pump.start()
    assert work.under_way.wait(10)
    watching = job.watch(0.02)
    assert next(watching) is None, "a step is under way and takes its time"
    assert job.readers == 2
    watching.close()
    assert job.readers == 1
    work.may_go_on.set()
    pump.join(10)
    assert (job.done, job.readers) == (True, 0)


def test_visitors_who_have_left_leave_nothing_behind() -> None:
    job = Job(Work(2))
    for visitor in ("one", "two"):
        with closing(job.watch(reader=visitor)) as watching:
            next(watching)
            assert (job.readers, job.others(visitor), job.others("a third")) == (1, 0, 1)
    assert not job._watchers


def test_two_jobs_of_one_device_take_turns_and_say_who_is_ahead() -> None:
    turns = Turns()
    slow, other = Work(3), Work(3)
    first, second = Job(slow, turns), Job(other, turns)
    slow.may_go_on.clear()
    pump = threading.Thread(target=first.result, daemon=True)
    pump.start()
    assert slow.under_way.wait(10)
    watching = second.watch(0.02)
    assert next(watching) is None
    assert (second.ahead, other.done) == (1, []), "the device is taken"
    slow.may_go_on.set()
    assert [frame.step for frame in watching if frame] == [1, 2, 3]
    pump.join(10)


def test_a_reader_who_leaves_while_waiting_for_a_turn_leaves_the_run_to_the_others() -> None:
    turns = Turns()
    job = Job(Work(2), turns)
    with turns.turn(Work()):
        watching = job.watch(0.01)
        assert next(watching) is None
        watching.close()
    assert steps(job) == [1, 2]


def test_stopping_a_run_that_waits_for_its_turn_lets_no_step_begin() -> None:
    turns = Turns()
    work = Work(2)
    job = Job(work, turns)
    with turns.turn(Work()):
        reader = threading.Thread(target=lambda: list(job.watch(0.02)), daemon=True)
        reader.start()
        job.stop()
        reader.join(10)
        assert not reader.is_alive()
    assert (work.done, job.stopped) == ([], True)


def test_a_turn_that_comes_after_the_stop_is_not_used() -> None:
    turns = Turns()
    work = Work(2)
    job = Job(work, turns)
    other = Work()
    with turns.turn(other):
        reader = threading.Thread(target=lambda: list(job.watch()), daemon=True)
        reader.start()
        stopping = threading.Thread(target=job.stop, daemon=True)
        while not turns.ahead(job):
            pass
        stopping.start()
        while not job._stopping:
            pass
    for thread in (reader, stopping):
        thread.join(10)
        assert not thread.is_alive()
    assert (work.done, job.stopped) == ([], True)


def outcomes(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(record.message) for record in caplog.records if record.name == "vizlib.runs.job"]


def test_the_log_has_a_line_per_outcome_and_nothing_for_runs_without_a_recipe(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "vizlib.runs.job")
    Job(Work(2)).result()
    assert outcomes(caplog) == []
    table = JobTable()
    table.get("a", Work(2), recipe="aaaa", what="atlas", device="cpu").result()
    left = table.get("b", Work(9), recipe="bbbb", what="atlas", device="cpu")
    steps(left, 1)
    gc.collect()
    left.stop()
    with pytest.raises(OSError, match="disk"):
        table.get("c", Work(3, fails_at=2), recipe="cccc", what="atlas", device="cpu").result()
    lines = outcomes(caplog)
    assert [(line["recipe"], line["outcome"], line.get("step")) for line in lines] == [
        ("aaaa", "finished", 2),
        ("bbbb", "left", 1),
        ("bbbb", "stopped", 1),
        ("cccc", "failed: OSError", 1),
    ]
    assert lines[0] | {"seconds": 0} == {
        "event": "run", "recipe": "aaaa", "what": "atlas", "device": "cpu", "seconds": 0, "readers": 1,
        "step": 2, "of": 2, "outcome": "finished",
    }  # fmt: skip


def test_a_job_that_somebody_watches_is_not_dropped() -> None:
    table = JobTable(most=1)
    job = table.get("mine", Work(5))
    watching = job.watch()
    next(watching)
    table.get("other", Work(3))
    assert table.get("mine", Work(5)) is job
    watching.close()


def test_paused_runs_are_few_because_each_holds_a_network() -> None:
    table = JobTable(paused=2)
    works = [Work(5) for _ in range(4)]
    for name, work in zip("abcd", works):
        steps(table.get(name, work), 1)
        gc.collect()
    table.get("finished", Work(1)).result()
    gc.collect()
    assert table.counts() == {"running": 0, "paused": 2, "finished": 1}
    assert [work.closed for work in works] == [True, True, False, False]


def test_finished_pictures_are_bounded_by_their_size() -> None:
    table = JobTable(limit=25, measure=lambda frame: 10)
    for name in "abcd":
        table.get(name, Work(2)).result()
    table.get("e", Work(2))
    assert (table.size(), table.counts()) == (20, {"running": 0, "paused": 1, "finished": 2})
    assert table.get("d", Work(2)).done


def test_clearing_drops_what_nobody_watches() -> None:
    table = JobTable()
    table.get("done", Work(2)).result()
    watching = table.get("watched", Work(5)).watch()
    next(watching)
    table.clear()
    assert table.counts() == {"running": 1, "paused": 0, "finished": 0}
    watching.close()
