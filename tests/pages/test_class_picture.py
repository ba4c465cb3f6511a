"""The page of optimized classes without a browser: it runs by itself, stops, resets, and bad values are sentences."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib.activation_maximization import COURSES, Settings, presets
from vizlib.batch.kinds import class_pictures
from vizlib.errors import TooBig
from vizlib.render.labeled import Words, labeled
from vizlib.runs import Recipe
from vizlib.ui.class_picture import lab_controls, settings
from vizlib.ui.shared import live, server

ROOT = Path(__file__).resolve().parents[2]
PAGE = "pages/class_picture.py"
QUICK = {"steps": "4", "size": "32", "second": "none"}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The recipes of the runs that really started."""
    begun: list[dict[str, Any]] = []
    follow = live.follow

    def counting(place: Any, parts: dict[str, Any], start: Any, *rest: Any) -> Any:
        def counted() -> Any:
            if "what" in parts:  # leaves out the first page's maps
                begun.append(parts)
            return start()

        return follow(place, parts, counted, *rest)

    monkeypatch.setattr(live, "follow", counting)
    return begun


def opened(app: AppTest, **query: str | list[str]) -> AppTest:
    for key, value in {**QUICK, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(PAGE).run()


def drawn(app: AppTest) -> AppTest:
    """The page after its controls have changed and its button was pressed."""
    (button,) = [each for each in app.button if each.label == "Draw the class"]
    return button.click().run()


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def first_to_save(app: AppTest) -> str:
    return next(each.proto.label for each in app.main.get("download_button"))


def figures(app: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in app.metric}


@pytest.mark.slow
def test_the_page_opens_and_runs_by_itself(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="901")
    assert complaints(app) == []
    assert [each["seed"] for each in started] == [901]
    assert set(figures(app)) == {"Probability of the class", "Logit of the class"}
    assert any("after 4 steps" in each.value for each in app.markdown)
    assert any("How robust is it?" in each.value for each in app.header)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["bundled/digits", "bundled/scenes_vgg", "bundled/sheep_or_goat"])
def test_the_page_opens_on_other_networks_at_their_own_size(
    app: AppTest, network: str, started: list[dict[str, Any]]
) -> None:
    app.query_params["network"] = network
    for key in ("steps", "second"):
        app.query_params[key] = QUICK[key]
    app.run()
    app.switch_page(PAGE).run()
    assert complaints(app) == []
    assert started[-1]["size"] == ([28, 28] if network == "bundled/digits" else [128, 128])


def test_a_link_brings_back_class_start_and_settings(app: AppTest, started: list[dict[str, Any]]) -> None:
    link = {
        "class": "mushroom · 6",
        "start": "Gray",
        "seed": "902",
        "dream.tv": "2.5",
        "dream.parameterization": "pixels",
    }
    opened(app, **link)
    assert complaints(app) == []
    run = started[-1]
    assert (run["target"], run["name"], run["start"], run["seed"]) == (6, "mushroom", "gray", 902)
    assert (run["settings"]["tv"], run["settings"]["parameterization"]) == (2.5, "pixels")
    assert "picture" not in run, "another picture in the sidebar must not start it again"


@pytest.mark.slow
def test_a_start_from_the_current_picture_is_another_run_for_another_picture(
    app: AppTest, started: list[dict[str, Any]]
) -> None:
    opened(app, start="Current picture", seed="903")
    assert complaints(app) == []
    assert started[-1]["settings"]["pull"] == 1.0
    drawn(app.number_input(key="scene").set_value(11).run())
    assert len(started) == 2
    assert started[0]["picture"] != started[1]["picture"]


@pytest.mark.slow
def test_an_unrelated_control_does_not_start_the_run_again(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="904")
    app.number_input(key="scene").set_value(12).run()
    app.selectbox(key="lab_x").set_value("blur").run()
    app.number_input(key="lab_steps").set_value(9).run()
    assert complaints(app) == []
    assert len(started) == 1


@pytest.mark.slow
def test_a_preset_sets_all_settings_and_the_steps_and_a_link_names_it(
    app: AppTest, started: list[dict[str, Any]]
) -> None:
    opened(app, preset="CS231n", seed="915", **{"dream.l2": "0.01"})
    assert complaints(app) == []
    run, wanted = started[-1], COURSES["cs231n"].settings
    own = {name: run["settings"].get(name, wanted[name]) for name in wanted if name != "diversity"}
    assert own == {name: wanted[name] for name in own} | {"l2": 0.01}
    assert any("Stretched for display" in each.value for each in app.caption)
    app.selectbox(key="preset").set_value("RDFIA").run()
    assert [app.number_input(key=f"dream.{name}").value for name in ("learning_rate", "l2")] == [5.0, 0.001]
    assert app.number_input(key="steps").value == COURSES["rdfia"].steps
    app.selectbox(key="preset").set_value("Family's preset").run()
    drawn(app.number_input(key="steps").set_value(4).run())
    assert complaints(app) == []
    assert "optimizer" not in started[-1]["settings"], "a setting that came later would change the keys of old results"
    assert started[-1]["settings"]["tv"] == 1.0
    assert not any("Stretched for display" in each.value for each in app.caption)


@pytest.mark.slow
def test_the_preset_button_sets_everything_back(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="905", **{"dream.tv": "7.0", "dream.transforms": "none", "dream.blur": "2.0"})
    assert started[-1]["settings"]["blur"] == 2.0
    assert any("residual network" in each.value for each in app.markdown)
    drawn(app.button(key="dream preset").click().run())
    assert complaints(app) == []
    wanted = {**presets.PRESETS["residual"]["class"]}
    assert {name: started[-1]["settings"][name] for name in wanted} == wanted
    assert started[-1]["settings"]["blur"] == 0.0
    assert app.slider(key="dream.blur").value == 0.0


@pytest.mark.slow
def test_the_preset_has_a_pull_that_leaves_the_start_to_be_seen(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="914", start="Current picture", **{"dream.pull": "0.0"})
    assert started[-1]["settings"]["pull"] == 0.0
    drawn(app.button(key="dream preset").click().run())
    assert complaints(app) == []
    assert started[-1]["settings"]["pull"] == 1.0


@pytest.mark.slow
def test_what_nobody_touched_follows_another_network_s_preset(
    app: AppTest, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {**presets.PRESETS, "chain": {"class": {"tv": 3.5, "norm": 1.5}, "unit": {}}}
    own["residual"] = {"class": {"tv": 1.5, "norm": 0.5}, "unit": {}}
    monkeypatch.setattr(presets, "PRESETS", own)
    opened(app, seed="906")
    app.slider(key="dream.norm").set_value(2.0).run()
    drawn(app.selectbox(key="network").set_value("bundled/scenes_vgg").run())
    assert complaints(app) == []
    settings = started[-1]["settings"]
    assert (settings["tv"], settings["norm"]) == (3.5, 2.0)


@pytest.mark.slow
def test_stop_keeps_the_picture_and_its_film_and_go_on_goes_on(
    app: AppTest, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = live.follow

    def stopped_at_the_first_frame(place: Any, parts: dict[str, Any], start: Any, draw: Any, *rest: Any) -> Any:
        if parts.get("what"):
            next(iter(server.runs().jobs.get(Recipe(parts).key, start)))  # another visitor reads the first frame
            live.leave(Recipe(parts).key)
        return real(place, parts, start, draw, *rest)

    monkeypatch.setattr(live, "follow", stopped_at_the_first_frame)
    opened(app, seed="907", steps="50")
    assert complaints(app) == []
    assert any(each.value == "Stopped after step 1 of 50." for each in app.markdown)
    assert figures(app)["Logit of the class"]
    monkeypatch.setattr(live, "follow", real)
    app.run()
    assert any(each.value == "Stopped after step 1 of 50." for each in app.markdown), "it stays stopped"
    next(each for each in app.button if each.label == "Go on").click().run()
    assert any("after 50 steps" in each.value for each in app.markdown)


def test_another_network_is_asked_whether_it_holds(app: AppTest) -> None:
    for key, value in {"seed": "915", "steps": "4", "size": "32"}.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(PAGE).run()
    assert complaints(app) == []
    assert app.selectbox(key="second").value == "bundled/scenes_vgg", "it knows the same classes"
    charts = "".join(each.proto.body for each in app.get("html"))
    for words in ("as optimized", "rounded to 8 bits", "shifted by 5 px", "saved and opened again", "scenes_vgg"):
        assert words in charts
    for words in ("Logit of sheep", "Probability of sheep", "Total variation", "Distance from gray (norm, p = 6)"):
        assert words in charts


def test_the_notes_of_a_run_are_shown(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = class_pictures.film

    def noted(*words: Any, **more: Any) -> Any:
        for reel in engine(*words, **more):
            yield replace(reel, frame=replace(reel.frame, notes=("There was nothing to climb.",)))

    monkeypatch.setattr(class_pictures, "film", noted)
    opened(app, seed="916")
    assert [each.value for each in app.info] == ["There was nothing to climb."]


def test_a_problem_with_the_run_is_a_sentence_and_the_lab_stays(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise TooBig("The picture is too large for the device.", "Choose a smaller size.")

    monkeypatch.setattr(class_pictures, "film", broken)
    opened(app, seed="908")
    assert complaints(app) == ["**The picture is too large for the device.**  \nChoose a smaller size."]
    assert not app.button(key="lab start").disabled


# The lab


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        {"class": "nonsense"},
        {"steps": "-4"},
        {"size": "1"},
        {"seed": "x"},
        {"start": "x"},
        {"dream.tv": "lots"},
        {"lab.tv": "lots"},
        {"lab_x": "x"},
        {"second": "x"},
    ],
    ids=str,
)
def test_a_link_with_nonsense_in_it_opens_all_the_same(app: AppTest, words: dict[str, str]) -> None:
    opened(app, **words)
    assert not app.exception
    assert not [each.value for each in app.error if "fault is ours" in each.value]
    assert "Logit of the class" in figures(app), "the picture was made"


@pytest.mark.slow
def test_the_lab_waits_for_its_button_and_then_stays(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="909", lab_steps="4", **{"lab.tv": "0, 5", "lab.norm": "0, 1"})
    assert [each["what"] for each in started] == ["class picture"]
    app.button(key="lab start").click().run()
    assert complaints(app) == []
    assert [each["what"] for each in started] == ["class picture", "regularizer lab"]
    assert started[1]["experiment"]["columns"] == {"setting": "tv", "values": (0.0, 5.0)}
    assert "tv" not in started[1]["settings"]
    numbers = app.dataframe[0].value
    assert list(numbers["Total variation weight"]) == ["0", "5", "0", "5"]
    assert list(numbers["steps"]) == [4, 4, 4, 4]
    assert numbers["total variation"][0] > numbers["total variation"][1]
    app.number_input(key="scene").set_value(13).run()
    assert len(started) == 2
    assert len(app.dataframe) == 1, "the sheet stays"
    app.text_input(key="lab.tv").set_value("0, 7").run()
    assert len(started) == 2
    assert any("Run the lab again" in each.value for each in app.caption)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"lab.tv": "0, lots"}, "'lots' is not a number"),
        ({"lab.tv": "0, 1e9"}, "tv is 1000000000.0"),
        ({"lab.norm": "1,2,3,4,5,6"}, "has 6 values"),
        ({"lab_y": "Total variation weight"}, "Both axes vary the same setting"),
    ],
)
def test_bad_values_of_the_lab_are_told_and_the_picture_runs(
    app: AppTest, query: dict[str, str], sentence: str
) -> None:
    opened(app, seed="910", **query)
    assert len(complaints(app)) == 1
    assert sentence in complaints(app)[0]
    assert any("after 4 steps" in each.value for each in app.markdown)
    assert app.button(key="lab start").disabled
    assert [app.number_input(key="lab_steps").value, app.selectbox(key="lab_x").value] == [64, "tv"], "nothing is lost"


@pytest.mark.slow
def test_what_was_started_last_is_drawn_first(app: AppTest) -> None:
    opened(app, seed="917", lab_steps="4", **{"lab.tv": "0", "lab.norm": "0"})
    app.button(key="lab start").click().run()
    assert first_to_save(app) == "Sheet (PNG)"
    drawn(app.number_input(key="seed").set_value(918).run())
    assert first_to_save(app) == "Picture (PNG)"
    app.button(key="lab start").click().run()
    assert first_to_save(app) == "Sheet (PNG)"


def test_an_order_without_a_norm_is_pointed_out(app: AppTest) -> None:
    opened(app, seed="911", lab_x="Order p of the norm", lab_y="Blur radius (px)", **{"dream.norm": "0.0"})
    assert complaints(app) == []
    assert any("order p changes nothing" in each.value for each in app.info)


@pytest.mark.slow
def test_words_can_be_an_axis(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="912", lab_x="Parameterization", lab_y="Steps", **{"lab.steps": "2, 3"})
    app.button(key="lab start").click().run()
    assert complaints(app) == []
    assert started[-1]["experiment"]["columns"]["values"] == ("fourier", "pixels", "maco")
    assert list(app.dataframe[0].value["steps"]) == [2, 2, 2, 3, 3, 3]


# The parts


def test_every_setting_of_the_engine_has_its_place_on_the_page() -> None:
    shown = [name for names, _ in settings._GROUPS.values() for name in names]
    by_device = ["precision"]
    assert sorted([*shown, *settings._ALONE, *by_device]) == sorted(each.name for each in fields(Settings))


def test_a_sheet_shows_each_picture_at_its_place() -> None:
    colors = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250), (250, 0, 250)]
    images = [np.full((40, 40, 3), color, np.uint8) for color in colors]
    words = Words("title", "across", "down", ["a", "b", "c"], ["1", "2"], [["x", "y"]] * 6)
    sheet = labeled(images, words)
    centers = [np.argwhere((sheet == color).all(2)).mean(0) for color in colors]
    rows, columns = [center[0] for center in centers], [center[1] for center in centers]
    assert rows[0] == rows[1] == rows[2] < rows[3] == rows[4] == rows[5]
    assert columns[0] == columns[3] < columns[1] == columns[4] < columns[2] == columns[5]
    assert labeled(images, words, dark=True)[0, -1].mean() < 40 < 200 < sheet[0, -1].mean()


@pytest.mark.slow
def test_the_lab_goes_with_its_class(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, seed="913", lab_steps="4", **{"lab.tv": "0", "lab.norm": "0"})
    app.button(key="lab start").click().run()
    app.selectbox(key="network").set_value("bundled/digits").run()
    assert complaints(app) == []
    assert len(app.dataframe) == 0, "digits know no sheep"
    assert lab_controls._RUN in app.session_state
