"""The lecture: what a page shows becomes scenes, which are kept within limits, saved, opened, and filled again."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from vizlib.errors import VizError
from vizlib.runs import Store
from vizlib.ui.lecture import file, filling, sizes, taking
from vizlib.ui.lecture.taking import Offer
from vizlib.ui.shared import lectures, server
from vizlib.ui.shared.lectures import Entry, Lecture, Lectures
from vizlib.ui.shared.words import plain, unmarked
from vizlib.ui.widgets import staged
from vizlib.ui.widgets.data_url import data_url
from vizlib.ui.widgets.scene import Part, Scene, Shown

GRAY = data_url(np.full((8, 8, 3), 128, np.uint8))
RECIPE = {"what": "fooling", "network": "bundled/scenes", "weights": "abc", "steps": 4}


def scene(title: str = "One", **more: Any) -> Scene:
    parts = [Part("pictures", "a cat", {"pictures": [{"source": GRAY, "caption": "a cat", "crisp": True}]})]
    return replace(Scene(title, "", "fooling", {"scene": ["11"]}, [RECIPE], parts), **more)


def entry(title: str = "One", keep: bool = True, **more: Any) -> Entry:
    return Entry(scene(title, **more), keep, b"thumbnail")


def lecture(*titles: str) -> Lecture:
    made = Lecture()
    made.add([entry(each) for each in titles])
    return made


def titles(of: Lecture) -> str:
    return "".join(each.scene.title for each in of.entries)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    staged.begin()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Store:
    made = Store(tmp_path, 10**7)
    monkeypatch.setattr(server, "runs", lambda: SimpleNamespace(store=made))
    return made


def offer(*parts: tuple[str, str], recipes: Any = (RECIPE,), page: str = "fooling") -> Offer:
    shown = [Shown(widget, words, lambda words=words: {"said": words}) for widget, words in parts]  # type: ignore[misc]
    return Offer(page, "What fools it?", shown, {"scene": ["11"]}, list(recipes), True)


# What a page shows


@pytest.mark.usefixtures("stage")
def test_pictures_are_one_board_until_a_widget_divides_them() -> None:
    for name in "ab":
        staged.picture(name, lambda name=name: {"caption": name})  # type: ignore[misc]
    staged.add("chart", "answers", dict)
    staged.picture("c", lambda: {"caption": "c"})
    staged.add("walk_slider", "slide", dict)
    staged.picture("d", lambda: {"caption": "d"})
    parts = staged.take().parts
    assert [(each.widget, each.words) for each in parts] == [
        ("pictures", "a; b; c"),
        ("chart", "answers"),
        ("walk_slider", "slide"),
        ("pictures", "d"),
    ]
    assert parts[0].make() == {"pictures": [{"caption": "a"}, {"caption": "b"}, {"caption": "c"}], "columns": 3}


@pytest.mark.usefixtures("stage")
def test_all_that_a_page_says_is_one_part_and_frames_of_a_run_are_none() -> None:
    staged.say("It is a cat.")
    with staged.paused():
        staged.picture("a frame", dict)
        staged.say("Not yet.")
    staged.add("film", "the run", dict)
    staged.measure("Logit", "3.1")
    said, film = staged.take().parts
    assert (said.words, film.widget) == ("It is a cat.; Logit 3.1", "film")
    assert said.make() == {"sentences": ["It is a cat."], "figures": [{"label": "Logit", "value": "3.1"}]}


@pytest.mark.usefixtures("stage")
def test_one_visitors_own_picture_keeps_the_whole_page_off_the_disk() -> None:
    staged.result("a", RECIPE, True)
    assert staged.take().keep
    staged.begin()
    staged.result("a", RECIPE, True)
    staged.result("b", RECIPE, False)
    assert not staged.take().keep


@pytest.mark.parametrize("name", ["a cat", "a*b_c", "1. `x` | <b> $y$", "tabby, 90.1 %", "http://a", "-> x", "#1"])
def test_a_sentence_loses_its_marks_and_a_name_stays_as_it_is(name: str) -> None:
    assert unmarked(f"**It is:** {plain(name)}") == f"It is: {name}"


def test_one_click_takes_the_main_widget_or_else_the_largest_board() -> None:
    shown = [("words", "so"), ("pictures", "a"), ("pictures", "b; c"), ("chart", "d")]
    assert offer(*shown).usual.words == "b; c"
    assert offer(*shown, ("walk_slider", "slide")).usual.words == "slide"


def test_numbers_that_no_file_can_hold_are_left_out() -> None:
    shown = Shown("points", "map", lambda: {"x": [np.float32(0.5), float("nan")], "y": (1, 2)})
    made = Offer("linear_probe", "", [shown], {}, [], True)
    assert made.part(shown).data == {"x": [0.5, None], "y": [1, 2]}
    assert made.part(shown) is made.part(shown), "and the data is made once"


# The scenes of a visitor


def test_scenes_move_within_their_list() -> None:
    made = lecture(*"abc")
    first, _, last = (each.number for each in made.entries)
    made.move(first, -1)
    made.move(last, 1)
    assert titles(made) == "abc"
    made.move(first, 1)
    assert titles(made) == "bac"
    made.move(last, -1)
    assert titles(made) == "bca"


def test_what_was_removed_last_comes_back_to_its_place() -> None:
    made = lecture(*"abcd")
    made.remove([made.entries[1].number, made.entries[2].number])
    made.add([entry("e")])
    assert (titles(made), made.removed) == ("ade", 2)
    made.undo()
    assert (titles(made), made.removed) == ("abcde", 0)


def test_a_lecture_has_limits_which_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    made = lecture(*"a" * lectures.MOST)
    with pytest.raises(VizError, match="at most 40 scenes"):
        made.add([entry()])
    monkeypatch.setattr(lectures, "MOST_BYTES", entry().size * 2)
    made = lecture(*"ab")
    with pytest.raises(VizError, match="MB"):
        made.add([entry("c")])
    assert titles(made) == "ab"


def test_memory_for_all_is_taken_from_those_who_were_away_longest() -> None:
    everybody = Lectures(entry().size * 2)
    for owner in "abc":
        everybody.of(owner).add([entry(owner)])
    everybody.find("a")  # was here just now
    everybody.bound()
    assert [everybody.of(owner).entries[0].filled for owner in "abc"] == [True, False, True]
    assert everybody.of("b").entries[0].scene.title == "b", "and the scene is still there, to be filled again"


def test_a_visitor_with_another_token_keeps_the_scenes() -> None:
    everybody = Lectures(10**9)
    everybody.of("before").add([entry("mine")])
    everybody.of("now").add([entry("other")])
    everybody.hand_over("before", "now")
    assert everybody.find("before") is None
    assert [each.scene.title for each in everybody.of("now").entries] == ["other", "mine"]


# The file


def test_a_saved_lecture_is_small_and_opens_as_it_was_without_pictures() -> None:
    made = [entry("One", note="Ümlaut <b>"), entry("Two", controls={"methods": ["a", "b"]})]
    text = file.saved("Monday", made)
    assert "base64" not in text
    assert len(text) < 2000
    title, found = file.opened(text.encode())
    assert title == "Monday"
    assert [each.scene for each in found] == [each.emptied().scene for each in made]
    assert not any(each.filled for each in found)


def damaged(**changes: Any) -> bytes:
    saved = json.loads(file.saved("Monday", [entry()]))
    saved["scenes"][0] |= {key: value for key, value in changes.items() if key in saved["scenes"][0]}
    return json.dumps(saved | {key: value for key, value in changes.items() if key in saved}).encode()


def deep(levels: int) -> Any:
    return {} if not levels else {"in": deep(levels - 1)}


HOSTILE = {
    "nothing": b"",
    "no JSON": b"\x89PNG",
    "a list": b"[]",
    "no lecture": b"{}",
    "too deep to read": b"[" * 200_000,
    "too long a number": b'{"filterscope": ' + b"1" * 5000 + b"}",
    "an infinite number": damaged(recipes=[{"x": 7}]).replace(b"7", b"1e999"),
    "half a letter": damaged(title="\ud800"),
    "no name of a control": damaged(controls={"token of the visitor": []}),
    "no number": b'{"filterscope": NaN}',
    "too large": b" " * (file.MOST_BYTES + 1),
    "a later version": damaged(version=2),
    "too many scenes": damaged(scenes=[{}] * 41),
    "a scene that is none": damaged(scenes=["x"]),
    "an unknown page": damaged(page="../secret"),
    "the lecture itself": damaged(page="lecture"),
    "a title that is none": damaged(title=3),
    "a long note": damaged(note="x" * 3000),
    "controls that are none": damaged(controls=["x"]),
    "a control that is none": damaged(controls={"scene": 3}),
    "a recipe that is none": damaged(recipes=["x"]),
    "a deep recipe": damaged(recipes=[deep(30)]),
    "a long recipe": damaged(recipes=[{"x": list(range(30_000))}]),
    "an unknown widget": damaged(parts=[{"widget": "script", "words": ""}]),
    "data in a part": damaged(parts=[{"widget": "film", "words": "", "data": {}}]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_file_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(VizError, match=r"(?i)this (file|lecture)") as told:
        file.opened(HOSTILE[name])
    assert told.value.remedy


def test_the_size_is_known_before_the_file_is_made() -> None:
    many = [entry(str(at)) for at in range(5)]
    said, made = sizes.of_file(many), len(sizes.file("Monday", many).encode())
    assert said == pytest.approx(made, rel=0.25)


# Filling


def test_a_scenes_content_is_found_by_what_it_depends_on_and_not_by_its_title(store: Store) -> None:
    filling.keep(entry("One"))
    assert len(store.keys()) == 1
    again = filling.stored(entry("Renamed", note="new").emptied())
    assert again.filled
    assert again.scene.parts == scene().parts
    for other in (
        scene(recipes=[{**RECIPE, "weights": "other"}]),
        scene(controls={"scene": ["12"]}),
        scene(page="saliency"),
        scene(parts=[Part("pictures", "a dog", {})]),
    ):
        assert not filling.stored(Entry(other).emptied()).filled


def test_another_engine_and_other_widgets_leave_the_scene_to_its_page(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling.keep(entry())
    with monkeypatch.context() as patch:
        patch.setattr(filling, "versions", lambda: {"vizlib": "later"})
        assert not filling.stored(entry().emptied()).filled
    monkeypatch.setattr(filling.front_end, "digest", lambda: "other")
    assert not filling.stored(entry().emptied()).filled
    assert len(store.keys()) == 1


def test_what_shows_a_visitors_own_picture_is_never_written_to_disk(store: Store) -> None:
    filling.keep(entry(keep=False))
    assert not store.keys()
    mine = filling.again(entry().emptied(), [entry(keep=False)])
    assert mine.filled, "but this visitor's own scenes are filled from memory"
    assert not mine.keep


@pytest.mark.usefixtures("store")
def test_damaged_content_leaves_the_scene_empty(store: Store) -> None:
    store.put(filling.stored_key(scene()), b"something else")
    assert not filling.stored(entry().emptied()).filled


@pytest.mark.usefixtures("store")
def test_a_page_fills_the_scene_whose_result_it_shows() -> None:
    made = Lecture()
    made.add([entry("a").emptied(), entry("b", page="saliency").emptied()])
    assert not filling.fill(made, offer(("pictures", "a dog")), 0)
    assert not filling.fill(made, offer(("pictures", "a cat"), recipes=[{**RECIPE, "steps": 5}]), 0)
    done = filling.fill(made, offer(("chart", "x"), ("pictures", "a cat"), recipes=[{"what": "walk"}, RECIPE]), 0)
    assert [each.scene.title for each in done] == ["a"]
    assert made.entries[0].scene.parts[0].data == {"said": "a cat"}
    assert not made.entries[0].other
    assert not made.entries[1].filled


@pytest.mark.usefixtures("store")
def test_a_scene_whose_page_was_opened_is_filled_and_says_what_is_other_in_its_recipe() -> None:
    made = Lecture()
    made.add([entry("a").emptied()])
    now = offer(("chart", "x"), ("pictures", "a dog"), recipes=[{**RECIPE, "weights": "other"}])
    (done,) = filling.fill(made, now, made.entries[0].number)
    assert done.other == ["weights"]
    assert made.entries[0].scene.recipes == [{**RECIPE, "weights": "other"}]
    assert made.entries[0].scene.parts[0].words == "a dog"


# The pages


def test_a_result_is_added_with_one_click_named_removed_and_presented_without_anything_else(app: AppTest) -> None:
    app.query_params["network"] = "bundled/digits"
    app.query_params["methods"] = "Gradient"
    app.run()
    app.button(key="add scene").click().run()
    assert not app.exception
    assert app.toast[0].value == "Added as scene 1 of your lecture: pictures."
    app.switch_page("pages/lecture.py").run()
    assert not app.exception
    assert app.text_input(key="lecture title 0").value == ""
    (number,) = [each.key.split()[1] for each in app.text_input if each.key.startswith("title ")]
    title = app.text_input(key=f"title {number}")
    assert title.value.startswith("Which pixels matter? ")
    title.set_value("Mine").run()
    app.button(key=f"small remove {number}").click().run()
    assert [each.value for each in app.info] == [
        "Your lecture has no scenes yet. Every page that shows a result has **Add to my lecture** beside its title. "
        "You can also open a lecture that was saved."
    ]
    app.button(key="undo").click().run()
    assert app.text_input(key=f"title {number}").value == "Mine"
    app.button(key="present").click().run()
    assert not app.exception
    assert [each.label for each in app.button] == ["Back to the list"]
    assert not app.title
    app.button(key="end of lecture").click().run()
    assert app.title[0].value == "My lecture"


def test_a_thumbnail_of_a_strip_of_pictures_shows_the_first_ones() -> None:
    wide = np.zeros((10, 400, 3), np.uint8)
    wide[:, :10] = 255
    small = taking.thumbnail([Part("shake_strip", "", {"rows": [{"sprite": data_url(wide)}]})])
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.size == (10, 10)
        assert np.asarray(picture).min() > 200
    assert taking.thumbnail([Part("words", "", {"sentences": ["data:"]})]) == b""
