"""The page Fine-tune it: what is compared, what is said of it, and the network that comes out."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib.models import load_model
from vizlib.training import Tuning, drawn
from vizlib.ui.fine_tune import board, controls, gradients, outcome, verdict
from vizlib.ui.fine_tune.drawing import accuracies
from vizlib.ui.fine_tune.plan import ALL, HEAD, SCRATCH, Plan, Way
from vizlib.ui.fine_tune.racing import by_way
from vizlib.ui.shared import live, several, taken, trained
from vizlib.ui.shared.picture_set import Choice, of_drawn
from vizlib.ui.shared.sidebar import Chosen

TINY = {"network": "bundled/digits", "ft_set": "real_digits", "ft_per_class": "2", "ft_steps": "4", "run": "1"}
CLASSES = tuple("0123456789")


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in {**TINY, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page("pages/fine_tune.py").run()


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.error])


def plan(*ways: Way, seeds: tuple[int, ...] = (0,), **more: Any) -> Plan:
    return Plan(of_drawn("real_digits", 3, 2), 3, list(ways), seeds, {"steps": 4}, **more)


def frame(*values: float, **more: Any) -> Tuning:
    steps = np.arange(len(values))
    known: dict[str, Any] = {"steps": steps, "accuracies": np.array(values), "train_accuracies": np.array(values)}
    return Tuning(4, 4, 0.1, values[-1], losses=np.ones(4), counts=(30, 0, 50), **{**known, **more})


@pytest.mark.slow
def test_the_comparison_says_what_it_measured_with_its_controls_and_its_network_opens_everywhere(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(taken.save, "save_file", lambda _, make, name, *__: made.append((make, name)))
    opened(app)
    assert not [*app.error, *app.exception]
    words = said(app)
    for each in ("200** held-out pictures", "from scratch", "head only", "all layers", "chance is 10.0", "one run"):
        assert each in words
    assert "the untouched network has 60" in words, "it knows these classes, so step 0 is the network as it was"
    name = next(each for each in app.selectbox(key="network").options if each.startswith(trained.PREFIX))
    make, file = made[-1]
    zipfile.ZipFile(io.BytesIO(make())).extractall(tmp_path)
    assert file == f"{name.removeprefix(trained.PREFIX)}.zip"
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    local = load_model(f"local/{name.removeprefix(trained.PREFIX)}", device="cpu")
    app.selectbox(key="network").set_value(name).run()
    app.switch_page("pages/layers.py").run()
    assert not [*app.error, *app.exception]
    assert app.session_state["last good network"][0] == name
    assert tuple(local.class_names) == CLASSES


@pytest.mark.slow
def test_a_stopped_run_keeps_the_best_so_far_but_no_link_can_give_it_again(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow, kept = live.follow_all, []

    def stopping(place: live.Place, runs: Any, draw: Any, *rest: Any) -> list[Any]:
        jobs = [live.job_of(place, live.Recipe(each.parts), each.start) for each in runs]
        for job in jobs:
            reader = iter(job)
            while job.latest is None or job.latest.step < 2:
                next(reader)
        live.leave(live.Recipe({"runs": [live.Recipe(each.parts).key for each in runs]}).key)
        return follow(place, runs, draw, *rest)

    monkeypatch.setattr(live, "follow_all", stopping)
    monkeypatch.setattr(trained, "add", kept.append)
    monkeypatch.setattr(trained, "find", lambda name: kept[0] if kept else None)
    opened(app, ft_steps="6", ft_take="Head only")
    assert "Stopped after step" in said(app)
    assert "with the weights of step 2" in said(app)
    assert kept[0].files
    assert not kept[0].link
    assert not app.exception


@pytest.mark.slow
def test_a_rate_that_is_too_high_is_a_sentence_and_nothing_is_lost(app: AppTest) -> None:
    opened(app, ft_runs="One setting", ft_rate="1", ft_body="1", ft_optimizer="sgd", ft_per_class="5")
    assert not [*app.error, *app.exception]
    assert app.selectbox(key="ft_rate").value == 1.0
    assert "held-out pictures" in said(app)


def test_a_loss_that_is_no_number_is_said_beside_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    note = "At step 2 the loss was no finite number, so training stopped. Lower the rate."
    found = {ALL: [frame(0.1, 0.2, note=note)], SCRATCH: [frame(0.1)]}
    shown: list[str] = []
    monkeypatch.setattr(outcome.st, "caption", shown.append)
    monkeypatch.setattr(outcome.show, "table", lambda *_, **__: None)
    outcome.report({way.name: way for way in found}, found)
    assert any("All layers" in each and "Lower the rate" in each for each in shown)


def test_each_way_of_loading_is_compared_with_what_says_whether_it_helps() -> None:
    layers = ["conv1", "layer1.0", "layer1.1"]
    assert controls.with_controls("all", "none", layers) == [SCRATCH]
    assert [each.load for each in controls.with_controls("head", "all", layers)] == ["all", "none"]
    assert [each.load for each in controls.with_controls("all", ("up to", "layer1.0"), layers)] == [
        ("up to", "layer1.0"), "all", "none"
    ]  # fmt: skip
    gap = [each.load for each in controls.with_controls("layer1.1", ("without", "layer1.0"), layers)]
    assert gap == [("without", "layer1.0"), "all", ("up to", "conv1")], "against everything, and against stopping there"
    assert controls.with_controls("all", ("without", "conv1"), layers)[-1] == SCRATCH


def test_a_gap_can_be_at_the_first_layer_and_at_each_block_but_not_at_the_classifier() -> None:
    scenes, digits = (load_model(f"bundled/{name}", device="cpu") for name in ("scenes", "digits"))
    assert controls.units(scenes)[:3] == ["conv1", "layer1.0", "layer1.1"]
    assert controls.units(digits)[0] == "conv1"
    assert "fc" not in controls.units(digits)


def test_three_seeds_are_a_mean_with_a_band_and_the_words_name_both_ends() -> None:
    asked = plan(ALL, seeds=(0, 1, 2))
    frames = [frame(0.1, 0.5), frame(0.2, 0.7), frame(0.3, 0.6)]
    line = accuracies(asked, by_way(asked, frames))[0]
    assert line.y == pytest.approx([20, 60])
    assert [each == pytest.approx(ends) for each, ends in zip(line.band, [(10, 30), (50, 70)])] == [True, True]
    words = verdict.sentence(asked, by_way(asked, frames))
    assert "60.0\N{NO-BREAK SPACE}% (50.0\N{NO-BREAK SPACE}% to 70.0\N{NO-BREAK SPACE}%)" in words
    assert "means of 3 seeds" in words


def test_noise_is_twice_the_largest_standard_error_of_a_difference() -> None:
    assert several.noise(200) == pytest.approx(9.8, abs=0.01)
    assert several.noise(800) == pytest.approx(several.noise(200) / 2)


def test_the_best_way_comes_first_and_the_untouched_network_only_where_it_knows_the_classes() -> None:
    asked = plan(SCRATCH, HEAD, known=True)
    found = by_way(asked, [frame(0.1, 0.3), frame(0.6, 0.8)])
    words = verdict.sentence(asked, found).replace("\N{NO-BREAK SPACE}", " ")
    assert "**head only 80.0 %**, from scratch 30.0 %; the untouched network has 60.0 %" in words
    assert "untouched" not in verdict.sentence(replace(asked, known=False), found)


def test_gradients_are_read_on_one_logarithmic_scale_and_frozen_layers_are_left_out() -> None:
    norms = {"conv": np.array([1e-4, 1e-2]), "norm": np.array([5.0, 5.0]), "fc": np.array([1.0, 1e-9])}
    all_of_it, head = frame(0.1, gradient_norms=norms), frame(0.1, gradient_norms={"fc": norms["fc"]})
    all_of_it, head = (replace(each, losses=np.ones(2)) for each in (all_of_it, head))
    maps = gradients.of({ALL: [all_of_it], HEAD: [head]}, ["conv", "fc"])
    assert maps[0].layers == ["fc", "conv"], "the last layer on top, without normalization"
    (drawn_all, drawn_head), most = gradients.shares(maps)
    assert most == 1.0
    np.testing.assert_allclose(drawn_all, [[1, 0], [0, 0.5]])
    assert np.isnan(drawn_head[1]).all()
    assert "does not learn" in gradients.body(maps)


def test_other_seeds_train_on_other_pictures_and_are_measured_on_the_same() -> None:
    first, second = plan(ALL).data(0), plan(ALL).data(1)
    assert first.counts.tolist() == second.counts.tolist() == [3] * 10
    assert first.key != second.key
    assert first.tests is not None
    assert second.tests is not None
    assert first.tests.key == second.tests.key


def test_of_own_pictures_those_for_training_get_fewer_and_the_held_out_ones_stay() -> None:
    own = replace(drawn("real_digits", 10), tests=None)
    chosen = Choice("mine", own.classes, {"pictures": own.key}, True, lambda: own)
    few, many = (replace(plan(ALL), pictures=chosen, per_class=count).data(0) for count in (1, 5))
    assert few.counts.tolist() == [1] * 10
    assert few.tests is not None
    assert many.tests is not None
    assert few.tests.key == many.tests.key


def test_what_is_made_of_own_pictures_is_never_kept_has_no_link_and_does_not_say_their_name() -> None:
    model = load_model("bundled/digits", device="cpu")
    here, secret = Chosen(model, None), Choice("Aunt Mary", CLASSES, {"pictures": "x"}, True, lambda: None)  # type: ignore[arg-type, return-value]
    asked = replace(plan(ALL), pictures=secret)
    assert not asked.place(here).keep
    assert plan(ALL).place(here).keep
    network = outcome.trained_network(here, asked, ALL, replace(frame(0.5), done=True), True)
    assert network.private
    assert not network.link
    assert "Mary" not in f"{network.name} {network.about}"


def test_the_four_scenarios_are_told_apart_and_each_gets_its_own_runs() -> None:
    few = plan(SCRATCH, ALL)
    plans = [few, few, replace(few, per_class=50), replace(few, per_class=50)]
    assert [board.title(each, at).split(",")[0] for at, each in enumerate(plans)] == [
        "Few: 3 of each class", "Few: 3 of each class", "Many: 50 of each class", "Many: 50 of each class"
    ]  # fmt: skip
    frames = [frame(at / 10) for at in range(8)]
    found = board.divided(plans, frames)
    assert [[row[0].accuracy for row in each.values()] for each in found] == [
        [0, 0.1],
        [0.2, 0.3],
        [0.4, 0.5],
        [0.6, 0.7],
    ]


def test_the_board_says_of_each_scenario_which_way_was_best(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = [0.1, 0.2, 0.3, 0.1, 0.3, 0.2] * 2
    monkeypatch.setattr(live, "follow_all", lambda *_: [frame(0.1, each) for each in reached])
    opened(app, ft_runs="Four scenarios", ft_few="1", ft_many="2")
    assert not [*app.error, *app.exception]
    best = [each.value.split("Best here: ")[1] for each in app.markdown if "Best here" in each.value]
    assert [each.split(",")[0] for each in best] == ["**all layers", "**head only"] * 2
