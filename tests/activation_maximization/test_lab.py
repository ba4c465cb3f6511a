"""A film keeps a run's pictures and curves; a cell of the regularizer lab equals the single run with its settings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from vizlib import load_model
from vizlib.activation_maximization import channel, maximize
from vizlib.activation_maximization.film import Reel, film, plan, probability
from vizlib.activation_maximization.lab import AXES, Axis, Experiment, axis, knob, lab
from vizlib.errors import UnknownName, VizError
from vizlib.layers import Goal
from vizlib.models import Classifier

QUICK: dict[str, Any] = {"size": 32, "transforms": "jitter"}


def filmed(model: Classifier, goal: Goal, steps: int, keep: int = 40, **more: Any) -> Iterator[Reel]:
    """A run of `maximize` with its film."""
    return film(model, goal, maximize(model, goal, steps, **more), keep)


@pytest.fixture(scope="module")
def model() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


# The film


def test_a_film_s_frames_are_those_of_the_plain_run(model: Classifier) -> None:
    *_, plain = maximize(model, 6, 5, seed=3, **QUICK)
    *_, reel = filmed(model, 6, 5, seed=3, **QUICK)
    assert torch.equal(reel.frame.pixels, plain.pixels)
    assert (reel.step, reel.total) == (5, 5)


def test_curves_hold_what_every_frame_said(model: Classifier) -> None:
    frames = list(maximize(model, 6, 5, tv=1.0, **QUICK))
    *_, reel = filmed(model, 6, 5, tv=1.0, **QUICK)
    assert reel.steps == (1, 2, 3, 4, 5)
    assert reel.curves["score"] == tuple(float(frame.scores[0]) for frame in frames)
    assert reel.curves["tv"] == tuple(float(frame.penalties["tv"][0]) for frame in frames)
    assert set(reel.curves) == {"score", "tv", "norm"}


def test_the_plan_has_both_ends_is_denser_early_and_never_over_its_bound() -> None:
    for steps in (1, 2, 7, 40, 256, 4000):
        steps_kept = plan(steps, 40)
        assert steps_kept[0] == 1
        assert steps_kept[-1] == steps
        assert len(steps_kept) <= 40
        assert steps_kept == sorted(set(steps_kept))
    gaps = np.diff(plan(4000, 40))
    assert (np.diff(gaps) >= -1).all(), "ever farther apart, up to rounding"
    assert plan(7, 40) == [1, 2, 3, 4, 5, 6, 7]


def test_a_film_keeps_no_more_than_it_may(model: Classifier) -> None:
    most = 0
    for reel in filmed(model, 6, 12, keep=4, **QUICK):
        assert len(reel.film) <= 5, "what was kept and the picture of this step"
        most = max(most, len(reel.film))
    assert most == 4 + 1 or [each.step for each in reel.film] == plan(12, 4)
    assert [each.step for each in reel.stills] == plan(12, 4)
    assert all(each.image.dtype == np.uint8 for each in reel.stills)


def test_large_pictures_are_kept_small_and_the_final_one_is_whole(model: Classifier) -> None:
    reel = next(filmed(model, 6, 2, size=(300, 150), transforms="none"))
    assert reel.stills[0].image.shape == (256, 128, 3)
    assert reel.frame.pixels.shape == (1, 3, 300, 150)


def test_a_film_that_grows_has_one_size(model: Classifier) -> None:
    *_, reel = filmed(model, 6, 4, size=64, grow=True, transforms="none")
    assert {each.image.shape for each in reel.film} == {(64, 64, 3)}
    assert len(reel.film) == 4


def test_a_stopped_film_ends_with_the_picture_on_screen(model: Classifier) -> None:
    reel = list(islice(filmed(model, 6, 200, keep=4, **QUICK), 3))[-1]
    assert [each.step for each in reel.film] == [1, 3]
    levels = (reel.frame.pixels[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    assert np.array_equal(reel.film[-1].image, levels)


def test_kept_pictures_carry_the_probability_of_the_class(model: Classifier) -> None:
    *_, reel = filmed(model, 6, 4, **QUICK)
    assert reel.stills[-1].probability == pytest.approx(float(model.predict(reel.frame.pixels)[0, 6]))
    assert all(each.probability is not None for each in reel.stills)


def test_a_film_of_a_unit_has_no_probability(model: Classifier) -> None:
    *_, reel = filmed(model, channel("layer1", 0), 2, **QUICK)
    assert [each.probability for each in reel.stills] == [None, None]
    assert probability(model, reel.frame.pixels, None) is None


def test_a_film_complains_at_once() -> None:
    with pytest.raises(UnknownName):
        filmed(load_model("bundled/scenes", device="cpu"), 99, 4)


def test_long_curves_are_thinned(model: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vizlib.activation_maximization.film._POINTS", 4)
    *_, reel = filmed(model, 6, 10, keep=2, **QUICK)
    assert reel.steps == (1, 4, 7, 10)
    assert len(reel.curves["score"]) == 4


# The lab


def single(model: Classifier, steps: int, **settings: Any) -> Any:
    *_, frame = maximize(model, 6, steps, seed=5, **{**QUICK, **settings})
    return frame


def grid(model: Classifier, rows: Axis, columns: Axis, steps: int = 4, **more: Any) -> list[Any]:
    return list(lab(model, Experiment(6, rows, columns, steps, seed=5), **{**QUICK, **more}))


@pytest.mark.slow
def test_a_cell_of_one_batch_is_the_single_run_with_its_settings(model: Classifier) -> None:
    last = grid(model, axis("norm", "0, 2"), axis("tv", "0, 5, 20"))[-1]
    assert len(last.cells) == 6
    for cell, (norm, tv) in zip(last.cells, [(n, t) for n in (0, 2) for t in (0, 5, 20)], strict=True):
        alone = single(model, 4, norm=norm, tv=tv)
        assert (cell.pixels - alone.pixels).abs().max() < 1e-3
        assert cell.logit == pytest.approx(float(alone.scores[0]), abs=1e-2)
        assert cell.penalties["tv"] == pytest.approx(float(alone.penalties["tv"][0]), abs=1e-4)


@pytest.mark.parametrize("words", ["parameterization", "transforms"])
def test_a_cell_of_another_parameterization_or_transform_is_its_single_run(model: Classifier, words: str) -> None:
    values = {"parameterization": ("fourier", "pixels"), "transforms": ("none", "strong")}[words]
    last = grid(model, axis(words, values), axis("learning_rate", "0.02, 0.1"), 3)[-1]
    for cell, (word, rate) in zip(last.cells, [(w, r) for w in values for r in (0.02, 0.1)], strict=True):
        alone = single(model, 3, learning_rate=rate, **{words: word})
        assert (cell.pixels - alone.pixels).abs().max() < 1e-3


def test_cells_of_fewer_steps_stand_still_when_they_are_done(model: Classifier) -> None:
    frames = grid(model, axis("steps", "2, 5"), axis("tv", "0, 5"))
    assert [frame.step for frame in frames] == [1, 2, 3, 4, 5]
    assert {frame.total for frame in frames} == {5}
    assert [cell.step for cell in frames[-1].cells] == [2, 2, 5, 5]
    assert torch.equal(frames[1].cells[0].pixels, frames[-1].cells[0].pixels)
    assert frames[1].cells[0].probability is not None
    assert frames[3].cells[3].probability is None
    for cell, steps in zip(frames[-1].cells, (2, 2, 5, 5), strict=True):
        tv = 5 if cell in frames[-1].cells[1::2] else 0
        assert (cell.pixels - single(model, steps, tv=tv).pixels).abs().max() < 1e-3


def test_all_cells_start_from_the_same_noise(model: Classifier) -> None:
    first = grid(model, axis("tv", "0, 9"), axis("norm", "0, 9"))[0]
    assert all(torch.equal(cell.pixels, first.cells[0].pixels) for cell in first.cells)


def test_the_lab_shows_what_total_variation_does(model: Classifier) -> None:
    last = grid(model, axis("tv", "0, 5, 40"), axis("blur", "0"), 12)[-1]
    measured = [cell.penalties["tv"] for cell in last.cells]
    assert measured == sorted(measured, reverse=True)
    assert measured[0] > measured[1] > measured[2]


def test_a_lab_starts_from_a_picture_too(model: Classifier) -> None:
    start = torch.full((1, 3, 32, 32), 0.25)
    first = grid(model, axis("tv", "0"), axis("norm", "0, 1"), start=start, pull=1.0)[0]
    for cell in first.cells:
        assert (cell.pixels - 0.25).abs().max() < 1e-2
        assert cell.penalties["pull"] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("setting", AXES)
def test_every_axis_comes_with_values_that_it_takes(setting: str) -> None:
    values = AXES[setting]
    assert axis(setting, values).values == values
    assert axis(setting, ", ".join(str(each) for each in values)).values == values
    assert knob(setting)[1].label


@pytest.mark.parametrize(
    ("setting", "written", "sentence"),
    [
        ("tv", "0, lots", "'lots' is not a number"),
        ("tv", "0, -1", "tv is -1"),
        ("tv", "nan", "tv is nan"),
        ("tv", "", "has 0 values"),
        ("tv", "1, 2, 3, 4, 5, 6", "has 6 values"),
        ("steps", "2.5", "steps is 2.5"),
        ("steps", "0", "steps is 0"),
        ("transforms", "none, wild", "'wild'"),
        ("hue", "1", "There is no setting of the lab called 'hue'"),
    ],
)
def test_a_bad_axis_is_told_in_a_sentence(setting: str, written: str, sentence: str) -> None:
    with pytest.raises(VizError, match=sentence):
        axis(setting, written)


def test_a_value_given_twice_counts_once() -> None:
    assert axis("tv", "1; 1.0, 2").values == (1.0, 2.0)


def test_two_axes_of_one_setting_are_refused(model: Classifier) -> None:
    with pytest.raises(VizError, match="same setting"):
        lab(model, Experiment(6, axis("tv", "0"), axis("tv", "1")))
