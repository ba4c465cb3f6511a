"""The benchmark of clusters notices what is missing, doubled or different, and says what is not installed."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.service import cluster, overhead, slurm_here
from vizlib.batch import Advance

EXPECTED = {"a": b"1", "b": b"2"}


def row(outcomes: str, results: dict[str, bytes | None]) -> list[str]:
    found = cluster.Measured("Ray", Advance(2, 2, 0, 2), 3.2, Counter(outcomes), results, "a node was killed")
    return [each.strip() for each in found.row(EXPECTED).split("|")[1:-1]]


def test_a_plan_that_ended_well_is_told_so() -> None:
    assert row("ab", {**EXPECTED}) == ["Ray", "2", "2", "3", "yes", "2 of 2", "a node was killed"]


@pytest.mark.parametrize(
    ("outcomes", "results", "once", "equal"),
    [
        ("aab", {**EXPECTED}, "NO", "2 of 2"),  # one was told twice
        ("a", {"a": b"1"}, "NO", "1 of 2"),
        ("ab", {**EXPECTED, "c": b"3"}, "NO", "2 of 2"),
        ("ab", {"a": b"1", "b": b"3"}, "yes", "1 of 2"),
    ],
)
def test_what_went_wrong_is_told(outcomes: str, results: dict[str, bytes | None], once: str, equal: str) -> None:
    assert row(outcomes, results)[4:6] == [once, equal]


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: object())
    monkeypatch.setattr(slurm_here, "missing", lambda: ["munged", "slurmd"])
    assert cluster.why_not("SLURM") == "SLURM is not installed here: there is no munged, slurmd."
    assert cluster.why_not("Ray") == ""
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    assert cluster.why_not("Ray") == "The package ray is not installed here."


def test_the_interval_of_equal_ratios_is_a_point() -> None:
    assert overhead.interval([1.1, 1.1, 1.1]) == "1.10 (95 %: 1.10 to 1.10)"
    assert overhead.interval([1.0, 1.21]).startswith("1.10 (95 %: 0.")
