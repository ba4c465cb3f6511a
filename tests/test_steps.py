"""A run in one call: its last frame, and the bar on the way."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

import vizlib
from vizlib.errors import VizError
from vizlib.steps import last, shown


@dataclass(frozen=True, eq=False)
class Step:
    step: int
    total: int


class Runner:
    """A run of some steps that remembers whether it was closed, and how many of its frames live at once."""

    def __init__(self, steps: int, total: int | None = None) -> None:
        self.steps, self.total = steps, steps if total is None else total
        self.ended, self.alive = False, 0

    def __call__(self) -> Generator[Step, None, None]:
        given: list[weakref.ref[Step]] = []
        try:
            for step in range(1, self.steps + 1):
                frame = Step(step, self.total)
                given.append(weakref.ref(frame))
                yield frame
                del frame
                self.alive = max(self.alive, sum(each() is not None for each in given))
        finally:
            self.ended = True


def test_the_last_frame_is_the_answer_and_the_others_are_not_kept() -> None:
    run = Runner(5)
    assert last(run()).step == 5
    assert run.alive == 1


def test_a_frame_is_its_own_last_one() -> None:
    frame = Step(3, 5)
    assert last(frame) is frame


def test_a_run_without_frames_is_said_to_have_none() -> None:
    run = Runner(2)()
    list(run)
    with pytest.raises(VizError, match="The run has no frame"):
        last(run)


@pytest.mark.parametrize("given", [None, [], [Step(1, 1)], "run", 3])
def test_what_is_no_run_is_said_to_be_none(given: Any) -> None:
    with pytest.raises(VizError, match="A run is given as"):
        last(given, progress=True)


def test_without_progress_the_run_is_passed_on_as_it_is() -> None:
    run = Runner(2)()
    assert shown(run, False) is run


def test_the_bar_shows_the_step_the_total_and_the_time_that_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    assert [frame.step for frame in shown(Runner(4)(), True, "SmoothGrad")] == [1, 2, 3, 4]
    bar = capfd.readouterr().err
    assert "SmoothGrad: 100%" in bar
    assert "4/4 [00:0" in bar


def test_the_bar_of_a_run_without_a_known_total_counts(capfd: pytest.CaptureFixture[str]) -> None:
    last(Runner(3, total=0)(), progress=True)
    assert "3step" in capfd.readouterr().err


def test_a_run_that_is_left_early_ends_with_its_bar(capfd: pytest.CaptureFixture[str]) -> None:
    run = Runner(4)
    barred = shown(run(), True)
    assert next(barred).step == 1
    barred.close()
    assert run.ended
    assert capfd.readouterr().err.endswith("\n")  # the bar was closed


def test_maximize_walk_and_sweep_show_their_steps(capfd: pytest.CaptureFixture[str]) -> None:
    model = vizlib.load_model("bundled/digits", device="cpu")
    picture = vizlib.to_image(vizlib.last(vizlib.maximize(model, 3, steps=2, progress=True)).pixels)[0]
    assert "maximize: 100%" in capfd.readouterr().err
    result = vizlib.fool(model, picture, 4, steps=10)
    vizlib.walk(model, result, [0.0, 1.0], progress=True)
    assert "walk: 100%" in capfd.readouterr().err
    vizlib.sweep(model, picture, "blur", [0, 1], progress=True)
    assert "sweep: 100%" in capfd.readouterr().err
