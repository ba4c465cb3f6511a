"""A small run of the benchmark `hall` with a real server, and checks of `hall` and `faults` that can fail.

The real kills are the benchmarks' own: `python -m benchmarks.service.faults` and `python -m benchmarks.service.killed`.
That a killed run goes on to the same end is in tests/runs/test_lasting.py.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.service import faults, hall


def apart(work: Callable[..., Any], *words: Any) -> Any:
    """Runs the work in a thread of its own, because Playwright leaves an event loop running in the tests' thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work, *words).result()


real = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill")


@pytest.mark.slow
@real
def test_three_visitors_of_one_link_share_one_run() -> None:
    assert "Computed 1 time; 3 of 3 got the last picture" in apart(hall.one_link, 3, 12)


class Hall:
    """Stands in for the server and its visitors."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, runs: int = 1, pictures: str = "aaa", says: str = "8") -> None:
        self.asked, self.pictures, self.finished = 0, pictures, runs
        visitor = SimpleNamespace(texts=lambda: [f"after {says} steps"])
        server = SimpleNamespace(memory=lambda: 0, text=lambda: "")
        monkeypatch.setattr(hall, "serving", lambda **_: nullcontext(server))
        monkeypatch.setattr(hall, "warm", lambda server: None)
        monkeypatch.setattr(hall, "last_pictures", lambda visitors: list(self.pictures[: len(visitors)]))
        monkeypatch.setattr(hall, "runs", self.runs)

        async def crowd(server: Any, queries: list[Any]) -> list[Any]:
            self.asked += 1
            return [(1.0, visitor) for _ in queries]

        monkeypatch.setattr(hall, "crowd", crowd)

    def runs(self, server: Any) -> list[dict[str, object]]:
        return [{"outcome": "finished"}] * (self.finished if self.asked > 1 else 0)


def test_a_hall_in_which_all_is_well_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    Hall(monkeypatch)
    assert "3 of 3 got the last picture" in apart(hall.one_link, 3, 8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"runs": 2}, "2 computations"),
        ({"pictures": "aab"}, "2 pictures"),
        ({"says": "7"}, "0 of 3 saw the end"),
    ],
)
def test_a_hall_in_which_something_is_wrong_is_told_so(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], words: str
) -> None:
    Hall(monkeypatch, **wrong)
    with pytest.raises(hall.Wrong, match=words):
        apart(hall.one_link, 3, 8)


class Machine:
    """Stands in for a server that is killed: what it shows, and how long its last run computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float = 0.0, pictures: str = "aa") -> None:
        shown = iter(pictures)
        log = SimpleNamespace(unlink=lambda: None)

        async def look(server: Any, seed: int) -> str:
            return "first" if seed == 0 and not self.looks(seed) else next(shown, "b")

        async def interrupted(*_: Any) -> str:
            return "during a run"

        self.seen: list[int] = []
        monkeypatch.setattr(faults, "start", lambda **_: SimpleNamespace(log=log))
        monkeypatch.setattr(faults, "serving", lambda **_: nullcontext(None))
        monkeypatch.setattr(faults, "look", look)
        monkeypatch.setattr(faults, "interrupted", interrupted)
        monkeypatch.setattr(faults, "runs", lambda server: [{"seconds": seconds}])

    def looks(self, seed: int) -> bool:
        self.seen.append(seed)
        return self.seen.count(seed) > 1


def test_a_result_that_came_back_as_another_picture_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Machine(monkeypatch, pictures="other")
    with pytest.raises(faults.Wrong, match="came back as another picture"):
        apart(faults.cut_off, 2, tmp_path, random.Random(0))


def test_a_finished_result_that_was_computed_again_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Machine(monkeypatch, seconds=2.0, pictures="")

    async def same(server: Any, seed: int) -> str:
        return "same"

    monkeypatch.setattr(faults, "look", same)
    with pytest.raises(faults.Wrong, match="was computed again"):
        apart(faults.cut_off, 2, tmp_path, random.Random(0))
