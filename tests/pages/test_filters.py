"""The page of filters without a browser: the atlas, the card of a unit, and the link that opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import vizlib
from vizlib.batch.kinds import evidence
from vizlib.runs import JobTable, Runs, Store
from vizlib.ui.shared import server

ROOT = Path(__file__).resolve().parents[2]
PAGE = "pages/filters.py"
QUICK = {"tiles": "3", "atlas_steps": "8", "card_steps": "4", "layer": "layer1"}


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "DrawnScenes", lambda: evidence_scenes(20))


def evidence_scenes(count: int) -> Any:
    from vizlib.units.search import DrawnScenes

    return DrawnScenes(count)


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in {**QUICK, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(PAGE).run()


def texts(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.header, *app.subheader])


@pytest.mark.slow
def test_the_atlas_is_made_and_said_to_be_whole(app: AppTest) -> None:
    page = opened(app)
    assert not page.exception
    assert "3 of 3 done" in texts(page)
    assert "residual network" in texts(page)


@pytest.mark.slow
def test_a_link_with_layer_and_unit_opens_that_card(app: AppTest) -> None:
    page = opened(app, show="One unit", unit="5")
    assert not page.exception
    assert "Channel 5 of layer1" in texts(page)
    assert "The optimized picture reaches" in texts(page)
    assert "strongest evidence, and those that it counts against" in texts(page)


def test_the_first_layer_shown_is_one_in_the_middle(app: AppTest) -> None:
    page = app.run().switch_page(PAGE)
    page.query_params["tiles"], page.query_params["atlas_steps"] = "1", "8"
    assert page.run().selectbox("layer").value == "layer2.1"


@pytest.mark.slow
def test_a_unit_beyond_the_last_becomes_the_first(app: AppTest) -> None:
    page = opened(app, show="One unit", unit="4000")
    assert not page.exception
    assert "Channel 0 of layer1" in texts(page)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["strength on the picture", "similarity"])
def test_the_tiles_can_be_sorted(app: AppTest, order: str) -> None:
    page = opened(app, atlas_order=order)
    assert not page.exception
    assert "3 of 3 done" in texts(page)


@pytest.mark.slow
def test_digits_are_shown_and_searched_too(app: AppTest) -> None:
    page = opened(app, network="bundled/digits", layer="conv2", show="One unit", unit="1")
    assert not page.exception
    assert "Channel 1 of conv2" in texts(page)


@pytest.mark.slow
def test_a_layer_of_numbers_has_units_too(app: AppTest) -> None:
    page = opened(app, kinds="linear", layer="fc", show="One unit", unit="2")
    assert not page.exception
    assert "Channel 2 of fc" in texts(page)


def test_a_number_leads_to_the_atlas_page_with_that_channel(app: AppTest) -> None:
    page = opened(app, tiles="2", atlas_steps="4")
    assert page.session_state["atlas_page"] == 1
    page.number_input(key="unit").set_value(7).run()
    assert not page.exception
    assert page.session_state["atlas_page"] == 4
    assert "one for each of channels 6 to 7 of layer1" in texts(page)


@pytest.mark.slow
def test_an_atlas_that_is_stored_opens_without_a_button(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = Runs(vizlib.FRAMES, Store(tmp_path, 10_000_000))
    monkeypatch.setattr(server, "runs", lambda: here)
    assert "3 of 3 done" in texts(opened(app, atlas_steps="4"))
    here.jobs = JobTable(measure=lambda job: 0)  # as after a restart
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run().switch_page(PAGE).run()
    again.selectbox(key="layer").select("layer1").run()
    again.number_input(key="atlas_steps").set_value(4).run()
    assert "Draw the atlas" in [each.label for each in again.button]  # of 24 tiles
    again.number_input(key="tiles").set_value(3).run()
    assert "3 of 3 done" in texts(again)


def test_the_atlas_shows_up_to_64_channels_at_once(app: AppTest) -> None:
    page = app.run().switch_page(PAGE).run()
    assert page.number_input(key="tiles").value == 48  # all of layer2.1


@pytest.mark.slow
def test_a_channel_of_the_classifier_is_chosen_by_the_name_of_its_class(app: AppTest) -> None:
    page = opened(app, kinds="linear", layer="fc", tiles="1", atlas_steps="4")
    page.selectbox(key="class of the unit").select("leaf · 8").run()
    assert not page.exception
    assert page.session_state["unit"] == 8
    assert page.number_input(key="unit").value == 8


@pytest.mark.slow
def test_a_layer_that_a_link_names_wrongly_falls_back(app: AppTest) -> None:
    page = opened(app, layer="no such layer")
    assert not page.exception
    assert "done" in texts(page)
