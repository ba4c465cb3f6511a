"""Each page, driven without a browser: it opens, its controls work, and a problem is a sentence."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import numpy as np
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from vizlib import errors
from vizlib.saliency import MENU, saliency_methods
from vizlib.ui import navigation
from vizlib.ui.saliency import maps
from vizlib.ui.shared import live, networks
from vizlib.weights import bundled_models

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["pages/saliency.py", "pages/layers.py"]


def opened(app: AppTest, page: str, **query: str | list[str]) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app if page == PAGES[0] else app.switch_page(page).run()


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def test_the_names_of_files_are_never_a_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["client"]["showSidebarNavigation"] is False, "or Streamlit lists the files until app.py is imported"
    config.set_option("client.showSidebarNavigation", False)
    monkeypatch.setattr(navigation.st, "navigation", lambda *_, **__: config.get_option("client.showSidebarNavigation"))
    monkeypatch.setattr(navigation, "_page", lambda *words: words)
    assert navigation.navigation() is True, "the menu is drawn"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("network", bundled_models())
def test_every_page_opens_on_every_bundled_network(app: AppTest, page: str, network: str) -> None:
    opened(app, page, network=network)
    assert complaints(app) == []
    assert app.selectbox(key="network").value == network


@pytest.mark.slow
@pytest.mark.parametrize("method", saliency_methods())
def test_every_method_of_the_menu_can_be_chosen_on_the_page(app: AppTest, method: str) -> None:
    opened(app, PAGES[0], methods=[MENU[method].label])
    assert complaints(app) == []
    assert len(app.metric) == 1, "the share of the map on the drawn object"


def test_any_class_can_be_the_target(app: AppTest) -> None:
    opened(app, PAGES[0])
    option = app.selectbox(key="target").options[3]
    app.selectbox(key="target").set_value(option).run()
    assert complaints(app) == []
    assert any(f"Evidence for {option}" in each.value for each in app.header)


def test_a_unit_inside_the_network_can_be_the_target(app: AppTest) -> None:
    opened(app, PAGES[0], explain="a unit inside")
    assert complaints(app) == []
    assert any("channel 0" in each.value for each in app.header)


def test_without_a_method_the_page_says_what_to_do(app: AppTest) -> None:
    opened(app, PAGES[0])
    app.button_group(key="methods").set_value([]).run()
    assert complaints(app) == []
    assert any("at least one method" in each.value for each in app.info)


@pytest.mark.parametrize("view", ["Feature maps", "Kernels", "Feature pyramid", "Numbers"])
def test_every_view_of_a_layer_opens(app: AppTest, view: str) -> None:
    opened(app, PAGES[1])
    app.button_group(key="view").set_value(view).run()
    assert complaints(app) == []


def test_the_network_in_numbers_is_said_and_tabled(app: AppTest) -> None:
    opened(app, PAGES[1], view="Numbers", network="bundled/scenes", kinds=["linear"])
    assert complaints(app) == []
    assert any("979,102 parameters" in each.value for each in app.markdown)
    stages, layers = (each.value for each in app.dataframe)
    assert list(stages["name"]) == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    assert stages["share of parameters"].sum() == pytest.approx(100)
    assert list(layers["name"]) == ["fc"], "the table has the kinds that are on"
    assert layers["sees"][0] == "whole picture"


def test_one_picture_of_an_npz_file_can_be_the_sidebar_s(app: AppTest) -> None:
    file = io.BytesIO()
    np.savez(file, X=np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), np.uint8), y=np.array([7, 8, 9]))
    opened(app, PAGES[1], picture="upload", network="bundled/scenes", view="Numbers")
    box = next(each for each in app.file_uploader if each.label == "Picture file")
    box.set_value(("val.npz", file.getvalue(), "application/zip")).run()
    app.number_input(key="which of several").set_value(2).run()
    assert complaints(app) == []
    assert app.session_state["last good picture"]().title == "val 2: 9"


def test_a_layer_without_maps_says_so(app: AppTest) -> None:
    opened(app, PAGES[1])
    app.button_group(key="kinds").set_value(["linear"]).run()
    assert any("numbers, not maps" in each for each in complaints(app))


def test_a_problem_with_the_network_keeps_the_last_one_on_screen(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(app, PAGES[0])

    def broken(*_: object) -> None:
        raise errors.CheckpointMismatch("This file is not a checkpoint.", "Copy it again.")

    monkeypatch.setattr(networks, "open_network", broken)
    app.selectbox(key="network").set_value("resnet18.a1_in1k").run()
    assert complaints(app) == ["**This file is not a checkpoint.**  \nCopy it again."]
    assert any("Still showing bundled/scenes" in each.value for each in app.caption)


@pytest.mark.slow
@pytest.mark.parametrize("kind", errors.VizError.__subclasses__())
def test_every_kind_of_problem_is_a_sentence_on_the_page(
    app: AppTest, kind: type[errors.VizError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise kind("Something is amiss.", "Do this.")

    monkeypatch.setattr(maps, "compute", broken)
    opened(app, PAGES[0], methods=["Gradient"])
    assert complaints(app) == ["**Something is amiss.**  \nDo this."]


def test_a_bug_is_an_apology_and_not_a_traceback(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(maps, "compute", broken)
    opened(app, PAGES[0], methods=["Gradient"])
    assert [each.value.split(".**")[0] for each in app.error] == ["**Something went wrong, and the fault is ours"]
    assert not app.exception


@pytest.mark.slow
def test_an_unrelated_control_does_not_start_a_run_again(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    follow = live.follow

    def counting(place: object, parts: dict, start: object, *rest: object) -> object:  # type: ignore[type-arg]
        def counted() -> object:
            started.append(parts["method"])
            return start()  # type: ignore[operator]

        return follow(place, parts, counted, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(live, "follow", counting)
    opened(app, PAGES[0], methods=["SmoothGrad"], scene="4242")
    app.slider(key="strength").set_value(0.5).run()
    assert started == ["smoothgrad"]


@pytest.mark.parametrize(("kept", "signed"), [("false", False), ("true", True)])
def test_a_map_that_keeps_its_negative_part_is_drawn_in_two_colors(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, kept: str, signed: bool
) -> None:
    drawn = []
    monkeypatch.setattr(maps.show, "legend", lambda two_sided, *_: drawn.append(two_sided))
    opened(app, PAGES[0], methods=["Grad-CAM"], target="goat · 1", **{"grad_cam.keep_negative": kept})
    assert complaints(app) == []
    assert set(drawn) == {signed}
