"""Runs that share a device take turns, and each gets the same share of its time."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import pytest

from vizlib.runs.turns import Turns


class Run:
    """A run that takes turns: it sleeps `seconds` in each of its `steps` and notes when it was done."""

    def __init__(self, turns: Turns, seconds: float, steps: int) -> None:
        self.turns, self.seconds, self.steps = turns, seconds, steps
        self.finished = 0.0
        self.longest = 0.0  # seconds that it waited for a turn

    def __call__(self) -> None:
        for _ in range(self.steps):
            asked = time.monotonic()
            with self.turns.turn(self) as mine:
                assert mine
                self.longest = max(self.longest, time.monotonic() - asked)
                time.sleep(self.seconds)
        self.finished = time.monotonic()


def together(*tasks: Callable[[], object]) -> float:
    """Runs the tasks in threads; answers when they began."""
    began = time.monotonic()
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return began


def test_one_step_at_a_time() -> None:
    turns, inside, most = Turns(), [0], [0]

    def work() -> None:
        for _ in range(20):
            with turns.turn(work_key()):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    keys = iter([Run(turns, 0, 0) for _ in range(80)])
    work_key = lambda: next(keys)  # noqa: E731
    together(*[work] * 4)
    assert most[0] == 1


def test_two_at_once_where_the_operator_allows_it() -> None:
    turns = Turns(at_once=2)
    meeting = threading.Barrier(2, timeout=5)

    def work(run: Run) -> None:
        with turns.turn(run):
            meeting.wait()  # passes only if both are inside

    runs = [Run(turns, 0, 0) for _ in range(2)]
    together(*[lambda run=run: work(run) for run in runs])  # type: ignore[misc]


def test_equal_runs_end_together() -> None:
    turns = Turns()
    runs = [Run(turns, 0.005, 20) for _ in range(5)]
    began = together(*runs)
    ends = [run.finished - began for run in runs]
    assert min(ends) > 0.6 * max(ends), ends


def test_a_run_of_long_steps_gets_no_more_time_than_one_of_short_ones() -> None:
    turns = Turns()
    quick, slow = Run(turns, 0.002, 50), Run(turns, 0.05, 10)  # 0.1 s and 0.5 s of work
    began = together(quick, slow)
    assert quick.finished - began < 1.0, "a strict round robin would take 2.6 s"
    assert quick.longest < 0.5


def test_a_newcomer_begins_with_its_share_and_not_with_a_credit() -> None:
    turns = Turns()
    old, new = Run(turns, 0.01, 30), Run(turns, 0.01, 15)

    def late() -> None:
        time.sleep(0.1)
        new()

    began = together(old, late)
    assert new.finished - began > 0.1 + 1.6 * 0.15, "with a credit it would have had the device to itself"


def test_a_run_without_patience_leaves_the_queue() -> None:
    turns = Turns()
    holder, guest = Run(turns, 0, 0), Run(turns, 0, 0)
    with turns.turn(holder):
        began = time.monotonic()
        with turns.turn(guest, 0.05) as mine:
            assert not mine
        assert 0.04 < time.monotonic() - began < 1
        assert turns.busy == 1, "the holder only"
    with turns.turn(guest, 0.05) as mine:
        assert mine


def test_a_run_that_left_the_queue_delays_no_other() -> None:
    turns = Turns()
    first, second, third = (Run(turns, 0, 0) for _ in range(3))
    with turns.turn(first), turns.turn(second, 0.01) as mine:
        assert not mine
    with turns.turn(third, 1) as mine:
        assert mine


def test_the_runs_ahead_are_counted() -> None:
    turns = Turns()
    runs = [Run(turns, 0, 0) for _ in range(3)]
    assert turns.ahead(runs[0]) == 0
    with turns.turn(runs[0]):
        assert turns.ahead(runs[0]) == 0
        assert turns.ahead(runs[1]) == 1
    assert turns.ahead(runs[1]) == 0


def test_an_error_within_a_turn_gives_it_back() -> None:
    turns = Turns()
    run, other = Run(turns, 0, 0), Run(turns, 0, 0)
    with pytest.raises(OSError, match="disk"), turns.turn(run):
        raise OSError("disk")
    with turns.turn(other, 0.5) as mine:
        assert mine


def test_a_run_that_is_gone_is_forgotten() -> None:
    turns = Turns()
    run = Run(turns, 0, 0)
    with turns.turn(run):
        pass
    del run
    gc.collect()
    assert len(turns._claims) == 0


def test_a_run_that_resumes_after_a_pause_gets_no_credit_for_it() -> None:
    turns = Turns()
    paused, busy = Run(turns, 0.001, 1), Run(turns, 0.01, 20)
    paused()
    busy()  # 0.2 s that the other did not ask for
    paused.seconds, paused.steps, busy.steps = 0.01, 15, 15
    began = together(paused, busy)
    assert paused.finished - began > 1.6 * 0.15, "with a credit it would have had the device to itself"
