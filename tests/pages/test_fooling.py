"""The fooling pages without a browser: they run by themselves, tell the truth about the file, and fail in sentences."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from vizlib import load_model, open_picture, synthetic, to_pixels
from vizlib.evaluation import Opinion
from vizlib.fooling import MENU, fool
from vizlib.pictures import encode_png
from vizlib.records import Prediction
from vizlib.ui.any_file import answers
from vizlib.ui.fooling import attack, details, example, request, saved_file, walk
from vizlib.ui.thin_ice import decision_map, other_networks

ROOT = Path(__file__).resolve().parents[2]
FOOLING, ICE, FILE = "pages/fooling.py", "pages/thin_ice.py", "pages/any_file.py"
SIZE, LENGTH = "How large is the change?", "L2, for values from 0 to 1"
QUICK = {"network": "bundled/digits", "lattice.steps": "40", "judges": "bundled/scenes"}


def opened(app: AppTest, page: str, **query: str) -> AppTest:
    for key, value in {**QUICK, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(page).run()


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.header, *app.subheader, *app.success, *app.warning, *app.info]
    return " ".join(str(each.value) for each in parts)


def figures(app: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in app.metric}


def open_details(app: AppTest, *titles: str) -> None:
    for title in titles:
        app.session_state[f"details {title}"] = True


@pytest.mark.slow
def test_a_link_fools_and_one_sentence_says_what_was_verified(app: AppTest) -> None:
    opened(app, FOOLING, scene="31")
    assert complaints(app) == []
    assert len(app.success) == 1
    assert re.fullmatch(r"\*\*Verified: the saved file is \d, 9\d\.\d\s%\.\*\*", app.success[0].value)
    assert "SHA-256" not in words(app)  # what is under a heading is computed when it is opened
    assert figures(app) == {}
    open_details(app, SIZE, "What is in the file?")
    app.run()
    assert "SHA-256" in words(app)
    assert "gradients" in words(app)
    kept = list(app.session_state["fooling images made here"].values())
    assert [each.name.split(" as ")[1] for each in kept] == [app.success[0].value.split(" is ")[1].rstrip(".*")]
    assert open_picture(kept[0].original).size == open_picture(kept[0].fooled).size == (28, 28)
    assert set(figures(app)) == {"L2, for values from 0 to 1", "Largest change", "Values changed", "PSNR"}
    assert figures(app)["Largest change"].endswith("of 255")
    assert figures(app)["PSNR"].endswith("dB")


@pytest.mark.slow
def test_another_goal_of_the_frontier_is_there_without_a_new_run(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    open_details(app, SIZE)
    opened(app, FOOLING, scene="32")
    sure = figures(app)[LENGTH]
    monkeypatch.setattr(attack, "start_run", lambda *words: pytest.fail("the run began again"))
    app.segmented_control(key="goal").set_value("99 %").run()
    assert complaints(app) == []
    assert float(figures(app)[LENGTH]) > float(sure)


@pytest.mark.slow
def test_the_controls_have_the_same_size_and_other_answers(app: AppTest) -> None:
    open_details(app, "Is the network only sensitive to noise?")
    opened(app, FOOLING, scene="33")
    table = next(each.value for each in app.markdown if "Fooling | Noise | Flipped" in each.value)
    rows = [[cell.strip() for cell in line.split("|")[2:-1]] for line in table.split("\n")[2:]]
    source, _, *sizes = rows
    assert [noise for _, noise, _ in sizes[:3]] == [fooling for fooling, _, _ in sizes[:3]]
    assert source[1] > source[0]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["classic", "pgd", "ddn", "fmn"])
def test_every_method_runs_on_the_page(app: AppTest, method: str) -> None:
    opened(
        app, FOOLING, scene="34", attack=MENU[method].label, goal="first", **{"classic.steps": "60", "fmn.steps": "60"}
    )
    assert complaints(app) == []
    assert app.success or "Not found within the budget" in words(app)


UNTARGETED = [each.key for each in MENU if each.begin is None]
FEW = {f"{key}.steps": "12" for key in UNTARGETED if key != "fgsm"}


@pytest.mark.slow
@pytest.mark.parametrize("method", UNTARGETED)
def test_every_method_gets_away_from_a_class_and_says_from_which(app: AppTest, method: str) -> None:
    query = {"scene": "34", "attack": MENU[method].label, "toward": request.ANY, "goal": "99 %"}
    opened(app, FOOLING, **{**query, **FEW, "classic.steps": "60", "fmn.steps": "60"})
    assert complaints(app) == []
    assert re.search(r"saved file is 6, .*, and no longer 8\.\*\*$", app.success[0].value)
    assert app.segmented_control(key="goal away").disabled  # there is no probability to ask for
    assert app.query_params["toward"] == request.ANY


def test_a_method_that_begins_with_noise_has_no_class_to_get_away_from(app: AppTest) -> None:
    opened(app, ICE, scene="34", ice_toward=request.ANY, ice_attack="FGSM", ice="Survival", views="10")
    assert complaints(app) == []
    assert {MENU[key].label for key in UNTARGETED} == set(app.selectbox(key="ice_attack").options)
    opened(app, FOOLING, scene="34", toward=request.ANY, attack="FGSM")
    assert {MENU[key].label for key in UNTARGETED} == set(app.selectbox(key="attack").options)


@pytest.mark.slow
def test_from_noise_the_page_tells_how_soon_the_network_was_sure(app: AppTest) -> None:
    opened(app, FOOLING, attack=MENU["noise"].label)
    assert complaints(app) == []
    assert {"has the highest score", "is 99.0\N{NO-BREAK SPACE}% sure"} <= set(figures(app))


def test_what_is_not_found_is_a_result_with_the_best_probability(app: AppTest) -> None:
    opened(app, FOOLING, scene="35", attack=MENU["classic"].label, **{"classic.steps": "1", "classic.step_size": "0.5"})
    assert complaints(app) == []
    assert not app.success
    assert "Not found within the budget of 1 gradient: the target reached" in words(app)
    assert "Other settings, another method or another target may find one." in words(app)


@pytest.mark.parametrize(
    ("network", "words", "values"),
    [
        ("bundled/scenes", "a cat becomes a flower", {"object": "cat", "toward": "flower · 7"}),
        ("bundled/sheep_or_goat", "a sheep becomes a goat", {"object": "sheep", "toward": "goat · 1"}),
        ("bundled/digits", "a 3 becomes an 8", {"digit": "3", "toward": "8 · 8"}),
    ],
)
def test_the_example_is_about_classes_that_the_network_has(network: str, words: str, values: dict[str, str]) -> None:
    found = example.example_of(load_model(network))
    assert found.words == words
    assert found.widgets == {"picture": "drawn", **values}


def test_the_example_is_a_cat_that_becomes_a_toaster_where_there_is_one() -> None:
    model: Any = SimpleNamespace(class_names=["tabby, tabby cat", "toaster"], preprocessing=SimpleNamespace(channels=3))
    found = example.example_of(model)
    assert found.words == "a cat becomes a toaster"
    assert found.widgets == {"picture": "photo", "photo": "cat", "toward": "toaster · 1"}


@pytest.mark.slow
def test_one_click_shows_the_example(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks: list[Any] = []
    monkeypatch.setattr(walk, "slider", lambda images, places, track, key: tracks.append(track))
    app.query_params["network"] = "bundled/digits"
    app.run()
    app.switch_page(FOOLING).run()
    assert not app.success
    next(each for each in app.button if each.label == "Show me: a 3 becomes an 8").click().run()
    assert complaints(app) == []
    assert app.success[0].value.startswith("**Verified: the saved file is 8, 90")
    assert app.query_params["toward"] == "8"
    app.run()
    assert [track.play for track in tracks] == [True, False]  # it moves by itself once


def test_the_size_of_the_file_is_explained() -> None:
    here: Any = SimpleNamespace(
        model=load_model("bundled/scenes"), subject=SimpleNamespace(picture=Image.new("RGB", (256, 192)))
    )
    result: Any = SimpleNamespace(image=np.zeros((128, 171, 3), np.uint8), method="lattice")
    said = saved_file.size_words(here, result)
    assert "171 x 128 pixels. The picture, 256 x 192, was reduced to the size at which the network reads it" in said
    result.image = np.zeros((192, 256, 3), np.uint8)
    assert saved_file.size_words(here, result) == "The file has 256 x 192 pixels."


def test_special_targets_are_read_off_the_current_picture() -> None:
    model = load_model("bundled/digits")
    pixels = model.prepare(synthetic.draw_digit(synthetic.HELD_OUT_SEED + 4).image)
    order = model.predict(pixels)[0].argsort(descending=True, stable=True).tolist()

    class Here:
        pass

    here: Any = Here()
    here.model, here.pixels = model, pixels
    assert request._target(here, request._NEAR, 0) == order[1]
    assert request._target(here, request.FAR, 0) == order[-1]
    chances = {request._target(here, request._CHANCE, seed) for seed in range(40)}
    assert chances == set(order[1:])
    assert request._target(here, "3 · 3", 0) == 3


@pytest.mark.slow
def test_the_slide_by_confidence_has_a_stop_per_goal(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks: list[Any] = []
    monkeypatch.setattr(walk, "slider", lambda images, places, track, key: tracks.append((images, places, track)))
    opened(app, FOOLING, scene="36", slide="Slide: by confidence", **{"lattice.steps": "96"})
    assert complaints(app) == []
    images, places, track = tracks[-1]
    stops = ["original", "on top", "50 % sure", "90 % sure", "99 % sure"]
    assert [name.replace("\N{NO-BREAK SPACE}", " ") for _, name in track.stops] == stops
    assert track.start == 3.0  # the goal is 90 %
    assert places == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert len(images) == 5
    at_last = track.probabilities[-1][track.target]
    assert at_last >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("view", ["Survival", "Average", "Decision map", "Other networks"])
def test_the_laboratory_shows_each_experiment(app: AppTest, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_map, "SIDE", 13)
    opened(app, ICE, scene="37", ice=view, views="10", averaged="10")
    assert complaints(app) == []
    expected = {
        "Survival": "recompressed and brightened",
        "Average": "test-time augmentation",
        "Decision map": "Along the line",
        "Other networks": "of 1** other networks answer",
    }
    assert expected[view] in words(app)


def test_other_networks_that_answer_the_target_are_counted() -> None:
    def opinion(fooled: str) -> Opinion:
        return Opinion("x", tuple((Prediction(0, label, 1.0, 0.9),) for label in ("cat", fooled, "cat")))

    others = [opinion("ring"), opinion("cat"), Opinion("y", problem="It could not be loaded.")]
    assert other_networks.summary(others, "ring").startswith("**1 of 2** other networks answer **ring**")
    assert other_networks.summary(others[2:], "ring") == ""


def test_a_file_that_is_dropped_is_classified_from_its_bytes() -> None:
    model = load_model("bundled/digits")
    result = fool(model, synthetic.draw_digit(synthetic.HELD_OUT_SEED + 5).image, 3, steps=30)
    file = answers.File("mine.png", result.png, open_picture(result.png))
    assert file.sha256 == result.sha256
    assert int(model.predict(to_pixels(file.picture, model))[0].argmax()) == 3
    recipe = answers.read_recipe(file.data)
    assert answers._target(recipe, model) == 3
    assert answers._target(recipe, load_model("bundled/scenes")) is None
    assert answers._target(answers.read_recipe(encode_png(np.zeros((9, 9, 3), np.uint8))), model) is None


def test_the_page_for_files_waits_for_one(app: AppTest) -> None:
    opened(app, FILE)
    assert complaints(app) == []
    assert "Drop a file above" in words(app)


def test_names_in_file_names_are_harmless() -> None:
    assert saved_file.safe_name("../C:\\a b") == "___c__a_b"


def test_the_line_of_a_control_is_measured_on_the_file() -> None:
    model = load_model("bundled/digits")
    result = fool(model, synthetic.draw_digit(synthetic.HELD_OUT_SEED + 6).image, 1, steps=30)
    row = details.Row("same", "same", result.image)
    column = details.measured(result, row, result.probabilities_after)
    assert column[2:] == [
        f"{result.l2:.2f}",
        str(result.linf_levels),
        f"{100 * result.changed:.1f}\N{NO-BREAK SPACE}%",
        f"{result.psnr:.1f}",
    ]
