"""The page Two domains: what is compared, what a change restarts, what is said, and the network that comes out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib.errors import VizError
from vizlib.models import load_model
from vizlib.training import Adaptation, drawn
from vizlib.ui.runs.again import again
from vizlib.ui.shared import links, trained
from vizlib.ui.shared.picture_set import Choice, of_drawn
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.two_domains import mistake, outcome, questions, racing, schedules, verdict
from vizlib.ui.two_domains.drawing import Found, charts
from vizlib.ui.two_domains.pairs import Pair
from vizlib.ui.two_domains.plan import ADAPTED, LABELED, SOURCE_ONLY, Plan, Way, pseudo

TINY = {"td_pair": "real_digits", "td_steps": "10", "td_batch": "16", "run": "1"}
SETTINGS = {"steps": 4, "rate": 0.03, "rate_schedule": "ganin", "momentum": 0.9, "batch": 8}
SCHEDULE = Way(ADAPTED, {"factor": "schedule", "gamma": 10.0, "weight": 1.0, "mistake": False})


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.error]).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def digits() -> Pair:
    return Pair(of_drawn("digits", 3, 2), of_drawn("real_digits", 3, 2))


def plan(*ways: Way, seeds: tuple[int, ...] = (0,), pair: Pair | None = None) -> Plan:
    return Plan(pair or digits(), ways or (SOURCE_ONLY, SCHEDULE, LABELED), seeds, SETTINGS)


def frame(target: float, domain: float = 0.5, **more: Any) -> Adaptation:
    checks = {"steps": np.array([0, 4]), "target_accuracies": np.array([0.1, target])}
    checks |= {"source_accuracies": np.array([0.1, 0.9]), "domain_accuracies": np.array([0.5, domain])}
    losses = {"label_losses": np.ones(4), "domain_sides": np.full((4, 2), 0.7)}
    return Adaptation(
        4, 4, source_accuracy=0.9, target_accuracy=target, domain_accuracy=domain, counts=(30, 30, 20, 1000),
        **{**checks, **losses, **more},
    )  # fmt: skip


def found(asked: Plan, *reached: float) -> Found:
    frames = [frame(each) for each in reached]
    return racing.by_way(asked, frames)


@pytest.mark.slow
def test_the_page_measures_between_two_bounds_and_its_network_opens_elsewhere(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = racing.pairs._COUNTS | {"digits": (5, 5)}
    monkeypatch.setattr(racing.pairs, "_COUNTS", short)
    for key, value in TINY.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/two_domains.py").run()
    assert not [*app.error, *app.exception]
    words = said(app)
    for each in ("50** held-out pictures of the target", "source only", "adapted", "labeled targets", "one run"):
        assert each in words
    assert "A real user of the method has none" in words
    assert "No setting that we tried gains 10, so the page begins with the paper" in words
    assert app.number_input(key="td_steps").value == 10
    name = next(each for each in app.selectbox(key="network").options if each.startswith(trained.PREFIX))
    app.selectbox(key="network").set_value(name).run()
    app.switch_page("pages/layers.py").run()
    assert not [*app.error, *app.exception]
    assert app.session_state["last good network"][0] == name


def test_before_the_runs_the_page_shows_both_domains_and_asks(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/two_domains.py").run()
    assert not [*app.error, *app.exception]
    words = said(app)
    assert "side by side, 600 steps each: **Source only**, **Adapted**, **Labeled targets**" in words
    assert "restarts only the adapted run" in words, "before anything is turned"
    app.segmented_control(key="td_factor").set_value("Curve").run()
    app.number_input(key="td_at_3").set_value(3.0).run()
    assert app.number_input(key="td_at_3").value == 3.0
    assert not [*app.error, *app.exception]


def test_another_factor_is_another_adapted_run_and_the_same_two_bounds() -> None:
    here, fixed = Chosen(load_model("bundled/digits", device="cpu"), None), Way(ADAPTED, {"factor": 1.0})
    first, second = ([each.parts for each in plan(SOURCE_ONLY, way, LABELED).runs(here)] for way in (SCHEDULE, fixed))
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, False, True]
    assert "gamma" not in second[1]
    assert len({json.dumps(each, sort_keys=True) for each in first}) == 3


def test_the_announcement_says_which_runs_start_again_and_which_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Chosen(load_model("bundled/digits", device="cpu"), None)
    monkeypatch.setattr(racing, "standing", lambda *_: {"Source only": 240, "Adapted": 0, "Labeled targets": 240})
    words = racing.announced(here, plan())
    assert "starts **Adapted** at step 0" in words
    assert "go on: **Source only** from step 240, **Labeled targets** from step 240" in words


def test_a_kept_run_is_made_again_from_its_recipe() -> None:
    asked = plan(Way(ADAPTED, {"factor": (0.0, 1.0, 1.0, 0.5), "weight": 1.0, "mistake": False}))
    here = Chosen(load_model("bundled/digits", device="cpu"), None)
    (run,) = asked.runs(here)
    parts = json.loads(json.dumps(run.parts))
    ends = [_last(each) for each in (run.start(), again(parts, None, "cpu"))]
    assert ends[0].label_losses.tolist() == ends[1].label_losses.tolist()
    assert ends[0].factors.tolist() == ends[1].factors.tolist()


def _last(frames: Iterator[Adaptation]) -> Adaptation:
    *_, last = frames
    return last


def test_the_sentence_goes_from_the_lower_bound_to_the_upper_one() -> None:
    asked = plan()
    words = verdict.sentence(asked, found(asked, 0.5, 0.57, 0.93)).replace("\N{NO-BREAK SPACE}", " ")
    assert "On **1000** held-out pictures of the target: source only 50.0 %, " in words
    assert "**adapted 57.0 %** (7.0 points above source only), " in words
    assert "labeled targets 93.0 %; chance is 10.0 %" in words
    assert "the domain classifier is right about 50.0 %" in words
    assert verdict.sentence(asked, {}) == ""
    early = {way: [replace(each[0], steps=np.array([0]), cloud_domains=np.arange(400) > 199)]
             for way, each in found(asked, 0.5, 0.57, 0.93).items()}  # fmt: skip
    assert "On **200** held-out pictures" in verdict.sentence(asked, early), "before the first step: of the clouds"


def test_the_best_network_to_take_is_none_that_was_given_the_labels_of_the_target() -> None:
    asked = plan()
    assert verdict.best(found(asked, 0.5, 0.57, 0.93)).name == ADAPTED


def test_three_seeds_are_a_band_and_what_was_never_measured_is_no_point() -> None:
    asked = plan(SOURCE_ONLY, SCHEDULE, pseudo(0.9), LABELED, seeds=(0, 1))
    kept = {"kept": np.array([math.nan, 0.8]), "right": np.array([math.nan, 0.5])}
    frames = racing.by_way(asked, [frame(each, **kept) for each in (0.4, 0.6, 0.5, 0.5, 0.4, 0.4, 0.9, 0.9)])
    drawn_charts = charts(asked, frames)
    target = drawn_charts[0][0][0]
    assert target.y == pytest.approx([10, 50])
    assert target.band[1] == pytest.approx((40, 60))
    guesses = drawn_charts[-1][0]
    assert [(each.name, each.x, each.y) for each in guesses] == [
        ("Kept", [4], [80.0]),
        ("Right among kept", [4], [50.0]),
    ]


def test_the_two_schedules_are_drawn_as_what_they_are() -> None:
    (factors, _), (rates, axes) = schedules.charts(plan())
    assert [each.name for each in factors] == ["Source only", "Adapted"]
    assert factors[0].y == [0.0] * 61
    assert factors[1].y[0] == 0
    assert factors[1].y[-1] == pytest.approx(1, abs=1e-3)
    assert rates[0].y[-1] == pytest.approx(0.03 / 11**0.75)
    assert axes.y.startswith("Learning rate")


def test_the_mistake_is_shown_beside_the_ends_that_can_be_worked_out() -> None:
    stuck = frame(0.1028, label_losses=np.full(4, 2.3584), domain_sides=np.tile([1.31326, 0.31326], (4, 1)))
    rows = mistake.figures(replace(stuck, source_accuracy=0.1028), 10, False)
    assert [row[1] for row in rows[2:]] == ["2.3584", "0.31326", "1.31326"]
    assert [row[2] for row in rows[2:]] == ["2.3584", "0.31326", "1.31326"]
    assert rows[2][3] == "2.3588"


def test_each_question_sets_controls_that_are_there(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(links, "give", given.append)
    monkeypatch.setattr(questions.asked, "next_runs", lambda: None)
    monkeypatch.setattr(racing, "run", lambda *_: None)
    for each in questions.QUESTIONS:
        questions.ask(each)
    for key, value in {key: value for each in given for key, value in each.items()}.items():
        app.query_params[key] = str(value)
    app.run()
    app.switch_page("pages/two_domains.py").run()
    known = {each.key for kind in (app.selectbox, app.segmented_control, app.toggle) for each in kind}
    asked = {key for each in given for key in each}
    assert asked - known <= {"td_fixed"}, "which is there when the factor is fixed"


def test_sets_with_other_classes_are_a_sentence_before_any_run() -> None:
    few = drawn("real_digits", 2, classes=["4", "9"])
    with pytest.raises(VizError, match="Both domains need the same classes"):
        Pair(of_drawn("digits", 2, 2), Choice("mine", few.classes, {}, True, lambda: few)).need()


def test_what_is_made_of_own_pictures_is_never_kept_has_no_link_and_does_not_say_their_name() -> None:
    here = Chosen(load_model("bundled/digits", device="cpu"), None)
    secret = Choice("Aunt Mary", tuple("0123456789"), {"pictures": "x"}, True, lambda: None)  # type: ignore[arg-type, return-value]
    asked = plan(pair=Pair(of_drawn("digits", 2, 2), secret))
    assert not asked.place(here).keep
    assert plan().place(here).keep
    network = outcome.network(here, asked, SCHEDULE, replace(frame(0.5), done=True), True)
    assert network.private
    assert not network.link
    assert "Mary" not in f"{network.name} {network.about}"
