"""The page Pictures out of noise: what is trained, what is said of it, and what can be asked of the result."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from vizlib import last
from vizlib.training import PRESETS, GanFrame, Measures, drawn, open_gan, train_gan
from vizlib.ui.pictures_out_of_noise import measures, presets, sheets, taking, verdict
from vizlib.ui.pictures_out_of_noise.controls import written
from vizlib.ui.pictures_out_of_noise.plan import Plan, again
from vizlib.ui.shared.picture_set import of_drawn

PAGE = "pages/pictures_out_of_noise.py"
TINY = {"gan_per_class": "10", "gan_set": "real_digits", "gan_steps": "4", "gan_latent": "8", "run": "1"}
REAL = Measures(distance=0.5, precision=0.9, recall=0.8, covered=10.0, confident=0.95, copies=0.05)


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in {**TINY, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(PAGE).run()


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.error])


def frame(**more: Any) -> GanFrame:
    curves = {"distances": [60.0, 12.0], "precisions": [0.0, 0.25], "recalls": [0.0, 0.5]}
    curves |= {"covered": [1.0, 9.0], "confident": [0.0, 0.5], "copies": [0.0, 0.02]}
    known: dict[str, Any] = {name: np.array(values) for name, values in curves.items()}
    known |= {"steps": np.array([0, 4]), "real": REAL, "classes": tuple("0123456789"), "believed": np.zeros((2, 3))}
    return GanFrame(4, 4, torch.zeros(40, 1, 28, 28), 1.0, 1.0, **{**known, **more})


@pytest.mark.slow
def test_a_run_says_what_it_measured_beside_real_pictures_and_its_networks_are_saved(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(taking.save, "save_file", lambda _, make, name, *__: made.append((make, name)))
    opened(app, gan_from="3", gan_to="7")
    assert not [*app.error, *app.exception]
    words = said(app)
    for each in ("After **4** steps", "real pictures:", "classes are there", "one run", "bundled/digits", "act3"):
        assert each in words
    assert "The losses say nothing about quality" in words
    assert "In this run the Fréchet distance went from" in words
    assert "Any change here starts another run at step 0" in words, "what a change restarts is said before"
    assert [each.value for each in app.header] == [
        "Are they copies?", "Walk from one picture to another", "What gives the fake away?", "Fool the judge",
        "Take them with you",
    ]  # fmt: skip
    assert (app.number_input(key="gan_from").value, app.number_input(key="gan_to").value) == (3, 7)
    make, name = next(each for each in made if each[1].endswith(".zip"))
    files = zipfile.ZipFile(io.BytesIO(make()))
    inside = {each.split("/")[1]: files.read(each) for each in files.namelist()}
    assert name.startswith("gan-")
    assert open_gan(inside).generate(2).shape == (2, 1, 28, 28)


def test_nothing_is_trained_until_it_is_asked_for_and_the_preset_says_what_to_expect(app: AppTest) -> None:
    app.run()
    app.switch_page(PAGE).run()
    assert not [*app.error, *app.exception]
    assert PRESETS["default"].expects in said(app)
    app.button_group(key="gan preset").set_value("mode collapse").run()
    rate = PRESETS["mode collapse"].settings["rate_d"]
    assert app.selectbox(key="gan_rate_d").value == rate
    assert app.query_params["gan_rate_d"] in (written(rate), [written(rate)]), "the link says it, too"
    assert PRESETS["mode collapse"].expects in said(app)
    app.selectbox(key="gan_rate_d").set_value(1e-2).run()
    assert "Settings of your own" in said(app)


def test_the_sentence_names_each_measure_with_that_of_real_pictures() -> None:
    words = verdict.sentence(frame()).replace("\N{NO-BREAK SPACE}", " ")
    assert "Fréchet distance **12 (real pictures: 0.5)**" in words
    assert "recall 50.0 % (real pictures: 80.0 %)" in words
    assert "**9 of 10** classes" in words


def test_a_judge_that_does_not_know_the_classes_is_silent_about_them() -> None:
    unknown = np.full(2, np.nan)
    real = replace(REAL, covered=float("nan"), confident=float("nan"))
    found = frame(covered=unknown, confident=unknown, real=real)
    assert [each.title for each in measures.curves(found)] == [
        "Fréchet distance", "Precision", "Recall", "Near copies"
    ]  # fmt: skip
    assert "classes are there" not in verdict.sentence(found)


def test_each_measure_has_the_line_of_real_pictures_and_the_distance_a_logarithmic_axis() -> None:
    drawn_ones = {each.title: each for each in measures.curves(frame())}
    assert drawn_ones["Recall"].level == ("real pictures", pytest.approx(80))
    assert drawn_ones["Classes covered"].level == ("real pictures", 10)
    assert [name for name, each in drawn_ones.items() if each.logarithmic] == ["Fréchet distance"]
    assert all(each.level is None for each in measures.curves(frame(real=None)))


def test_a_fake_stands_on_top_of_its_nearest_real_picture() -> None:
    fakes, nearest = np.zeros((40, 28, 28, 3), np.uint8), np.full((40, 28, 28, 1), 255, np.uint8)
    found = sheets.pairs(fakes, nearest)
    assert (found[0, 0] == 0).all()
    assert (found[found.shape[0] // 4 - 8, 0] == 255).all()


def test_few_pictures_are_as_many_of_each_class_as_come_nearest() -> None:
    assert presets.values({"gan_steps": 600}, "memorization", 10)["gan_per_class"] == 50
    assert presets.values({"gan_steps": 600}, "memorization", 2)["gan_per_class"] == 200


def test_what_a_preset_sets_beyond_the_controls_is_part_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    more = replace(PRESETS["noise"], settings={"rate_g": 1e-5, "momentum": 0.9})
    monkeypatch.setattr(presets, "PRESETS", {**PRESETS, "noise": more})
    assert presets.beyond({"gan_rate_g": 1e-3}, "noise") == {"momentum": 0.9}
    assert presets.beyond({"gan_rate_g": 1e-3}, "") == {}


@pytest.mark.slow
def test_a_kept_run_is_made_again_from_its_recipe_alone() -> None:
    plan = Plan(of_drawn("real_digits", 10, 5), {"steps": 2, "latent": 4, "seed": 3})
    found = last(again(plan.recipe, None, "cpu"))
    data = drawn("real_digits", 10, tests=5)
    assert torch.equal(found.pictures, last(train_gan(data, steps=2, latent=4, seed=3)).pictures)
