"""The page of maps, without a browser: all methods in one click, the fast ones first, and what they compare with."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.models import load_model
from vizlib.saliency import GROUPS, MENU
from vizlib.ui.saliency import maps, options
from vizlib.ui.shared import basket

DIGITS = {"network": "bundled/digits"}
FEW = {
    "rise.masks": "20", "smoothgrad.samples": "2", "integrated_gradients.steps": "3", "expected_gradients.samples": "4",
}  # fmt: skip


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The recipes of the maps, in the order in which they were computed."""
    recipes: list[dict[str, Any]] = []
    compute = maps.compute

    def noting(here: Any, asked: Any, target: Any, view: Any) -> Any:
        recipes.append(asked.recipe(here, target))
        return compute(here, asked, target, view)

    monkeypatch.setattr(maps, "compute", noting)
    return recipes


def opened(app: AppTest, **query: Any) -> AppTest:
    for key, value in {**DIGITS, **FEW, **query}.items():
        app.query_params[key] = value
    return app.run()


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def test_all_methods_are_one_click_and_the_fast_ones_come_first(app: AppTest, begun: list[dict[str, Any]]) -> None:
    opened(app)
    begun.clear()
    next(each for each in app.button if each.label == "All methods").click()
    app.run()
    assert complaints(app) == []
    assert {each["method"] for each in begun} == {each.key for each in MENU}
    model = load_model("bundled/digits", device="cpu")
    asked = {each.key: options.Asked(each, each.knobs()) for each in MENU}
    assert begun[0]["method"] in {key for key, each in asked.items() if each.passes(model).total == 2}
    order = [each["method"] for each in begun]
    assert order.index("gradient") < order.index("smoothgrad") < order.index("rise")


def test_each_map_stands_where_the_menu_has_it(app: AppTest) -> None:
    opened(app, methods=["smoothgrad", "gradient"])
    assert complaints(app) == []
    labels = [each.proto.label for each in app.main.get("download_button")]
    assert labels.count("Map (PNG)") == 2


def test_a_second_class_is_part_of_the_recipe(app: AppTest, begun: list[dict[str, Any]]) -> None:
    opened(app, methods=["finer_cam"], against="4 · 4")
    assert complaints(app) == []
    assert begun[-1]["against"] == 4


def test_the_runner_up_needs_no_word_in_the_recipe(app: AppTest, begun: list[dict[str, Any]]) -> None:
    opened(app, methods=["finer_cam"])
    assert complaints(app) == []
    assert "against" not in begun[-1]


def test_reference_pictures_are_named_in_the_recipe(app: AppTest, begun: list[dict[str, Any]]) -> None:
    opened(app, methods=["expected_gradients"], reference_set="digits")
    assert complaints(app) == []
    assert begun[-1]["references"]["set"] == "digits"


def test_own_reference_pictures_are_asked_for_where_the_map_would_be(app: AppTest) -> None:
    opened(app, methods=["gradient", "expected_gradients"], reference_set="own")
    assert complaints(app) == []
    assert any("Give pictures of at least two classes" in each.value for each in app.info)
    labels = [each.proto.label for each in app.main.get("download_button")]
    assert labels.count("Map (PNG)") == 1, "the other map is drawn"


def test_the_page_says_in_a_line_what_each_method_shows(app: AppTest) -> None:
    opened(app)
    words = " ".join(each.value for each in app.markdown)
    assert all(each.shows in words for each in MENU)
    assert {each.group for each in MENU} == set(GROUPS)


def test_of_a_run_only_the_finished_map_is_kept(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    add = basket.add
    monkeypatch.setattr(basket, "add", lambda folder, name, *file: (kept.append(name), add(folder, name, *file)))
    opened(app, methods=["rise", "smoothgrad"])
    assert complaints(app) == []
    assert sum(name.startswith("RISE:") for name in kept) == 1
    assert sum(name.startswith("SmoothGrad:") for name in kept) == 1
