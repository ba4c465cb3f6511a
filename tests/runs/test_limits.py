"""The operator's limits come from the environment and bound every control."""

from __future__ import annotations

import pytest

from vizlib.runs import limits


@pytest.mark.parametrize(
    ("given", "steps"), [("50", 50), ("", 4000), ("many", 4000), ("-3", 4000), ("3", 4000), ("1e3", 4000)]
)
def test_a_limit_that_makes_no_sense_counts_as_not_given(
    monkeypatch: pytest.MonkeyPatch, given: str, steps: int
) -> None:
    monkeypatch.setenv("VIZLIB_MAX_STEPS", given)
    assert limits.allowed().steps == steps


def test_a_control_goes_no_higher_than_the_operator_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZLIB_MAX_STEPS", "100")
    monkeypatch.setenv("VIZLIB_MAX_SIDE", "128")
    assert limits.steps(512, 64) == (100, 64)
    assert limits.steps(512, 256) == (100, 100)
    assert limits.steps(80, 64) == (80, 64)
    assert limits.side(1024, 224) == (128, 128)
