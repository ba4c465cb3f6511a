"""The switch beside its robust twin, without a browser: who has it, and that both networks get the same request."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import timm
from streamlit.testing.v1 import AppTest

from vizlib.batch.kinds.class_pictures import usual
from vizlib.models import load_model
from vizlib.runs import Recipe
from vizlib.ui.fooling.beside import prices
from vizlib.ui.fooling.fooled import magnified
from vizlib.ui.shared import live
from vizlib.weights import bundled_models, twins_of

ROOT = Path(__file__).resolve().parents[2]
CLASS, SALIENCY, FOOLING, FILTERS = (f"pages/{each}.py" for each in ("class_picture", "saliency", "fooling", "filters"))
PLAIN, ROBUST = "bundled/scenes", "bundled/scenes_robust"
LABELS = {"Beside its robust twin", "Beside its plain twin"}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The recipes of all runs that the page follows."""
    followed: list[dict[str, Any]] = []
    job_of = live.job_of

    def noting(place: Any, recipe: Recipe, start: Any) -> Any:
        followed.append(dict(recipe.parts))
        return job_of(place, recipe, start)

    monkeypatch.setattr(live, "job_of", noting)
    return followed


def opened(app: AppTest, page: str, **query: str) -> AppTest:
    for key, value in {"network": PLAIN, "twin": "true", **query}.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(page).run()
    assert [*(each.value for each in app.error), *(each.message for each in app.exception)] == []
    return app


def alike(runs: list[dict[str, Any]], what: str) -> None:
    """The runs of this kind are pairs that differ in the network only."""
    own = [each for each in runs if each.get("what") == what or what in each]
    both = {each["network"]: {**each, "network": "", "weights": ""} for each in own}
    assert set(both) == {PLAIN, ROBUST}
    assert both[PLAIN] == both[ROBUST]


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.header, *app.subheader])


@pytest.mark.parametrize(("network", "labels"), [("bundled/scenes_vgg", set()), (ROBUST, {"Beside its plain twin"})])
def test_only_a_network_with_a_twin_has_the_switch(app: AppTest, network: str, labels: set[str]) -> None:
    opened(app, SALIENCY, network=network, twin="false", methods="gradient")
    assert {each.label for each in app.toggle} & LABELS == labels
    assert ROBUST not in " ".join(each.value for each in app.caption), "off, nothing is said"


def test_every_twin_is_published_has_the_same_architecture_and_leads_back() -> None:
    known = set(timm.list_pretrained()) | set(bundled_models())
    pairs = [twins_of(name) for name in (PLAIN, "inception_v3", "inception_resnet_v2", "tf_efficientnet_b8.ra_in1k")]
    for pair in filter(None, pairs):
        assert {pair.plain, pair.robust} <= known
        assert pair.other(pair.other(pair.plain)) == pair.plain
        assert twins_of(pair.robust) == pair
        if "/" not in pair.plain:
            assert pair.plain.partition(".")[0] == pair.robust.partition(".")[0]
    assert len(list(filter(None, pairs))) == 4
    assert twins_of("inception_v3.gluon_in1k") == twins_of("inception_v3.tf_adv_in1k")
    assert twins_of("resnet18.a1_in1k") is None
    assert twins_of("local/inception_v3") is None, "a file of that name may hold anything"


def test_what_the_switch_says_was_measured_is_what_the_results_say() -> None:
    section = (ROOT / "benchmarks" / "RESULTS.md").read_text().partition("## The robust twin")[2].partition("\n## ")[0]
    plain, robust, *_ = (line.split(" | ") for line in section.splitlines() if line.startswith("| bundled/"))
    l2 = [line.split(" | ")[2] for line in section.splitlines() if " of 50 | " in line]
    pair = twins_of(PLAIN)
    assert pair is not None
    said = [float(each) for each in re.findall(r"(\d+(?:\.\d+)?) %", pair.measured)]
    assert said == [round(float(row[at].partition("%")[0])) for at in (1, -1) for row in (robust, plain)]
    assert f"median L2 of {float(l2[1]):.1f}, against {float(l2[0]):.1f}" in pair.measured


@pytest.mark.slow
def test_the_class_picture_of_both_has_the_same_seed_steps_and_settings(app: AppTest, runs: list[Any]) -> None:
    opened(app, CLASS, steps="4", size="32", seed="911", second="none", run="1")
    alike(runs, "class picture")
    assert {each.value for each in app.subheader} >= {PLAIN, ROBUST}
    assert f"{PLAIN} in detail" in [each.value for each in app.header], "of which network the film and the judges are"


def test_beside_its_twin_a_network_starts_from_the_robust_one_s_preset(app: AppTest) -> None:
    wanted = usual(load_model(ROBUST, device="cpu"))
    assert usual(load_model(PLAIN, device="cpu"), twins=True) == wanted
    opened(app, CLASS, second="none")
    shown = {each.key: each.value for each in [*app.slider, *app.number_input]}
    assert (shown["dream.window"], shown["dream.tv"]) == (wanted["window"], wanted["tv"])
    app.toggle(key="twin").set_value(False).run()
    shown = {each.key: each.value for each in [*app.slider, *app.number_input]}
    assert shown["dream.window"] == 0


@pytest.mark.slow
def test_the_maps_of_both_are_of_the_same_class_on_one_scale(app: AppTest, runs: list[Any]) -> None:
    opened(app, SALIENCY, methods="gradient", scene="912")
    alike(runs, "method")
    assert words(app).count("It answers **") == 2


@pytest.mark.slow
def test_fooling_both_says_what_each_costs_and_their_ratio(app: AppTest, runs: list[Any]) -> None:
    opened(app, FOOLING, scene="913", goal="first", run="1", **{"lattice.steps": "24"})
    alike(runs, "fooling")
    said = next(each.value for each in app.markdown if each.value.startswith("Fooling **"))
    first, second, ratio = map(float, re.search(r"L2 ([\d.]+).*L2 ([\d.]+)\*\*, ([\d.]+) times", said).groups())  # type: ignore[union-attr]
    assert ratio == pytest.approx(second / first, abs=0.06)
    assert ratio > 1.5
    assert f"{PLAIN} in detail" in [each.value for each in app.header]


def test_the_price_of_a_goal_that_was_not_reached_is_not_compared() -> None:
    results: Any = [SimpleNamespace(success=False, l2=6.9)] * 2
    assert prices([PLAIN, ROBUST], results).startswith(f"The goal was not reached on **{PLAIN} and {ROBUST}** within")


def test_a_difference_as_it_is_is_not_called_magnified() -> None:
    assert [magnified(1), magnified(20)] == ["Difference, not magnified", "Difference, magnified 20 times"]


@pytest.mark.slow
@pytest.mark.parametrize(("view", "what"), [("Atlas", "atlas"), ("One unit", "extremes")])
def test_the_same_channels_of_both_are_drawn(app: AppTest, runs: list[Any], view: str, what: str) -> None:
    steps = {"atlas_steps": "4", "tiles": "2", "card_steps": "4"}
    opened(app, FILTERS, show=view, layer="layer1.0", run="1", **steps)
    alike(runs, what)
    assert f"of {ROBUST}" in words(app) or f"in {ROBUST}" in words(app)


def test_a_twin_that_does_not_open_is_a_sentence_and_the_page_goes_on(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = twins_of(PLAIN)
    monkeypatch.setattr(type(pair), "other", lambda self, name: "bundled/nothing")
    for key, value in {"network": PLAIN, "twin": "true", "methods": "gradient"}.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(SALIENCY).run()
    assert [each.value for each in app.error if "bundled/nothing" in each.value]
    assert "Evidence for" in words(app)


def test_the_switch_and_the_box_of_what_changed_do_not_take_each_other_s_values(app: AppTest) -> None:
    opened(app, SALIENCY, methods="gradient")
    app.switch_page("pages/what_changed.py").run()
    assert not app.exception
    box = app.selectbox(key="twin")
    assert isinstance(box.value, str)
    box.set_value("random").run()
    app.switch_page(SALIENCY).run()
    assert not app.exception
    assert isinstance(app.toggle(key="twin").value, bool)
