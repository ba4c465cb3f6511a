"""The hall and the faults, small: real servers, real websockets, a real SIGKILL; and their checks can fail."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks import faults, hall
from benchmarks.visitors import Visitor

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill")


def test_three_who_open_one_link_share_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    text = hall.one_link(3, 12)
    assert "Computed 1 time; 3 of 3 got the last picture" in text
    monkeypatch.setattr(hall, "last_pictures", lambda visitors: [str(number) for number, _ in enumerate(visitors)])
    with pytest.raises(hall.Wrong, match="3 pictures"):
        hall.one_link(3, 8)


def test_two_recipes_at_once_give_what_each_gives_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "all 2 pictures are to the byte those computed alone" in hall.many_recipes(2, 8)
    monkeypatch.setattr(hall, "last_pictures", lambda visitors: [""] * len(visitors))
    with pytest.raises(hall.Wrong, match="0 of 2 pictures"):
        hall.many_recipes(2, 8)


def test_a_killed_server_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    moments, shown, from_disk = faults.cut_off(2, tmp_path, random.Random(0))
    assert moments.total() == 2
    assert moments["during a write"] == 1
    assert shown == faults.undisturbed([0, 1])
    assert from_disk == 1


def test_a_result_that_was_lost_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = faults.serving

    def forgetting(**environment: Any) -> Any:
        for path in tmp_path.glob("??/*"):
            path.unlink()
        return real(**environment)

    monkeypatch.setattr(faults, "serving", forgetting)
    with pytest.raises(faults.Wrong, match="was computed again"):
        faults.cut_off(2, tmp_path, random.Random(0))


def test_a_picture_that_is_missing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visitor, "all", lambda self, kind: [])
    with pytest.raises(faults.Wrong, match="no picture"):
        faults.undisturbed([0])


def test_a_full_disk_shows_the_picture_all_the_same() -> None:
    assert "no half-written file stays" in faults.full()
