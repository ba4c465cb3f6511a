"""Ours beside the published figures: rows with known answers, on the small network of digits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

import vizlib
from vizlib import exercises
from vizlib.evaluation import Rate
from vizlib.exercises import EXERCISES, NOTHING, Measured
from vizlib.exercises.fooling_measures import spread
from vizlib.exercises.looking_measures import formula, rank_correlation
from vizlib.exercises.measured import shared, verdict

RESULTS = (Path(__file__).resolve().parents[2] / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")


def test_a_share_is_reproduced_if_the_published_one_is_within_its_interval() -> None:
    low, high = Rate(16, 28).interval
    assert low < 0.59 < high
    assert verdict(0.59, 16 / 28, (low, high)) == "reproduced: within our interval"
    assert verdict(0.95, 0.5, (0.4, 0.6)) == "not reproduced: 45.0 points lower"
    assert verdict(0.01, 0.5, (0.4, 0.6)) == "not reproduced: 49.0 points higher"
    row = shared("accuracy", Rate(16, 28), 0.59)
    assert (row.published, row.ours) == ("59.00%", "57.1% (39.1% to 73.5%), 16 of 28")
    assert shared("accuracy", Rate(16, 28)).published == NOTHING


def test_a_spread_is_the_median_with_the_quartiles() -> None:
    assert spread([1, 2, 3, 4, 5], "{:.0f}") == "median 3 (quartiles 2 to 4)"
    assert spread([2.5], "{:.1f}") == "2.5"


def test_the_rank_correlation_of_the_same_order_is_one() -> None:
    values = torch.rand(5, 5, generator=torch.Generator().manual_seed(0))
    assert rank_correlation(values, values.exp()) == pytest.approx(1)
    assert rank_correlation(values, -values) == pytest.approx(-1)


def test_the_course_s_map_is_ours_times_the_standard_deviation_of_a_gray_network() -> None:
    model = vizlib.load_model("bundled/scenes", device="cpu")
    pixels = torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
    std = torch.tensor(model.preprocessing.std)
    ours = vizlib.saliency(model, pixels, "gradient", 3)[0]
    if len({*std.tolist()}) == 1:
        assert torch.allclose(formula(model, pixels, 3), ours * std[0], rtol=1e-4, atol=1e-7)
    assert rank_correlation(formula(model, pixels, 3), ours) > 0.99


def test_an_exercise_is_measured_on_given_pictures_frame_by_frame() -> None:
    data = vizlib.drawn("digits", per_class=1, tests=0)
    frames = list(exercises.run("pytorch_fgsm", pictures=list(data.pictures), labels=data.labels, name="ten digits"))
    assert [each.step for each in frames] == [1, 2, 3, 4, 5, 6, 7]
    last = frames[-1]
    assert (last.network, last.pictures, last.total) == ("bundled/digits", "ten digits", 7)
    kept = [float(re.match(r"[\d.]+", row.ours)[0]) for row in last.rows]  # type: ignore[index]
    assert kept[0] >= 90
    assert kept == sorted(kept, reverse=True), "a larger epsilon leaves no more digits right"
    assert kept[-1] <= 20
    assert [row.published for row in last.rows][::6] == ["98.10%", "8.70%"]


def test_the_accuracy_under_an_attack_is_that_of_the_saved_files() -> None:
    model = vizlib.load_model("bundled/digits", device="cpu")
    data = vizlib.drawn("digits", per_class=1, tests=0)
    pictures = list(data.pictures)
    right = [at for at, label in enumerate(model.predict(pictures).argmax(1).tolist()) if label == data.labels[at]]
    files = vizlib.fool(model, [pictures[at] for at in right], None, "fgsm", epsilon=8)
    kept = sum(model.top(each.png)[0].index == data.labels[at] for at, each in zip(right, files, strict=True))
    *_, last = exercises.run("ntu_fgsm", model, pictures, data.labels)
    assert [row.ours.split(", ")[1] for row in last.rows] == [f"{len(right)} of 10", f"{kept} of 10"]


def test_the_loop_counts_the_steps_until_a_picture_is_fooled() -> None:
    model = vizlib.load_model("bundled/digits", device="cpu")
    data = vizlib.drawn("digits", per_class=1, tests=0).few(1)
    *_, last = exercises.run("cs231n_fooling", model, list(data.pictures)[:3], [0, 1, 2])
    assert [row.what for row in last.rows[:2]] == ["fooled within 100 steps", "steps until it is fooled"]
    assert last.rows[0].ours.endswith("3 of 3")
    assert last.rows[0].published == "most"


# What is kept


def test_kept_figures_are_those_of_results_md() -> None:
    kept = exercises.kept()
    assert kept
    known = {each.key: each for each in EXERCISES}
    assert set(kept) == {each.key for each in EXERCISES if each.measure}
    for key, found in kept.items():
        for each in found:
            begin = f"| {known[key].course} | {known[key].title} | {each.network} | {each.pictures} |"
            for row in each.rows:
                assert f"{begin} {row.what} | {row.published} | {row.ours} | {row.verdict} |" in RESULTS


def test_every_published_figure_that_was_not_measured_is_told_with_its_reason() -> None:
    for each in EXERCISES:
        for figure in each.published:
            if each.key not in exercises.kept():
                assert f"| {figure.what} | {figure.value} | not measured here | needs: " in RESULTS


def test_what_is_kept_is_read_again_as_it_was() -> None:
    every = [each for found in exercises.kept().values() for each in found]
    assert all(isinstance(each, Measured) and each.rows and each.step == each.total for each in every)
    assert exercises.KEPT.read_text(encoding="utf-8") == exercises.as_json(every)
    assert np.isfinite(len(every))
