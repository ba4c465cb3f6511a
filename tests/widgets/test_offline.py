"""A lecture as one file: whole, closed, and deaf to what names and notes say."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vizlib.ui.widgets import chart, film, front_end, offline, pictures, removal, shake_strip, walk_slider, wipe, words
from vizlib.ui.widgets.scene import Part, Scene

HOSTILE = "</script><!--<script><img src='https://example.com/x' onerror=alert(1)>\u2028&lt;"
ROOT = Path(__file__).parents[2]
WIDGETS = sorted(path.stem for path in Path(offline.__file__).parent.glob("*.html"))
OF_THE_PAGE = {"access", "address", "map_view", "shown", "visitor"}  # in a lecture, a map is one of its pictures


class Reader(HTMLParser):
    """The elements of a file with their attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def scene(data: Mapping[str, Any], widget: str = "words", more: str = "") -> Scene:
    recipe, part = {"seed": 0, "name": more}, Part(widget, more, data)
    return Scene(f"A title{more}", f"A note{more}", "fooling", {}, [recipe], [part])


def test_every_widget_is_of_the_page_or_of_a_lecture() -> None:
    assert sorted({*offline.PLAYABLE, *OF_THE_PAGE, "player", "offline"}) == WIDGETS


def test_the_file_has_one_script_and_allows_no_other_and_no_request() -> None:
    scenes = [scene(words.data(["It is fooled."])), scene(chart.data("", "None"), "chart")]
    file = Reader(offline.page("A lecture", scenes))
    (policy,) = [a["content"] for tag, a in file.elements if a.get("http-equiv") == "Content-Security-Policy"]
    hashed = base64.b64encode(hashlib.sha256(file.scripts[-1].encode()).digest()).decode()
    rules = ["style-src 'unsafe-inline'", f"script-src 'sha256-{hashed}'", "base-uri 'none'", "form-action 'none'"]
    assert policy == "; ".join(["default-src 'none'", "img-src data: blob:", *rules])
    assert [attributes.get("class") for tag, attributes in file.elements if tag == "script"] == ["scene", "scene", None]
    assert not [attributes for _, attributes in file.elements if {"src", "href"} & set(attributes)]


def test_no_script_or_style_names_another_place() -> None:
    files = [f"{each}.{kind}" for each in (*offline.PLAYABLE, "player", "offline", "common") for kind in ("js", "css")]
    for name in files:
        text = front_end.text(name)
        assert not re.search(r"https?:|url\((?!\$|\"\$)|@import|</script|<!--", text), name


def test_a_widget_that_is_not_used_is_left_out_and_a_used_one_is_there_once() -> None:
    text = offline.page("", [scene(words.data([])), scene(words.data([]))])
    assert len(re.findall(r"^WIDGETS\.(\w+) =", text, re.MULTILINE)) == 2
    assert text.count("WIDGETS.words =") == text.count("WIDGETS.player =") == 1
    assert text.count("export function percent") == 0
    assert text.count("function percent") == 1


def test_hostile_text_stays_text() -> None:
    made = scene(words.data([HOSTILE], [(HOSTILE, HOSTILE)]), more=HOSTILE)
    harmless, hostile = Reader(offline.page("x", [scene(words.data(["x"]))])), Reader(offline.page(HOSTILE, [made]))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in harmless.elements]
    said = json.loads(hostile.scripts[0])
    assert said["title"] == f"A title{HOSTILE}"
    assert said["parts"][0]["data"]["figures"] == [{"label": HOSTILE, "value": HOSTILE}]
    assert said["recipes"] == [{"seed": 0, "name": HOSTILE}]
    assert not re.search("[<>&\u2028]", hostile.scripts[0])


def test_a_widget_that_does_not_exist_and_a_number_that_json_has_not_are_refused() -> None:
    for widget in ("visitor", "player", "offline", "../words"):
        with pytest.raises(ValueError, match="cannot show"):
            offline.page("", [scene({}, widget)])
    with pytest.raises(ValueError, match="JSON"):
        offline.page("", [scene({"share": float("nan")})])


def test_the_size_of_a_lecture_is_that_of_its_data() -> None:
    data = chart.data("data:image/png;base64," + "A" * 100_000, "A chart")
    one, two = (len(offline.page("", [scene(data, "chart")] * count)) for count in (1, 2))
    assert one < 160_000
    assert 100_000 < two - one < 100_500


def test_the_colors_are_those_of_the_dashboard() -> None:
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    light, dark = front_end.text("offline.css").split("data-theme=dark")
    for kind, css in (("light", light), ("dark", dark)):
        for name in ("primary", "background", "secondaryBackground", "text", "border"):
            variable = re.sub("([A-Z])", lambda found: f"-{found[0].lower()}", name)
            assert f"--st-{variable}-color: {theme[kind][f'{name}Color']};" in css


def test_what_widgets_take_is_made_without_drawing_them() -> None:
    image = np.zeros((8, 12, 3), np.uint8)
    settings = shake_strip.Strip("id", "title", ["1"], "px", "a", "b")
    answer = shake_strip.Answer("cat", "source", 0.9, 0.1, 0.9)
    made = [
        film.data([image] * 2, film.Film("id", "label", ["one", "two"])),
        wipe.data(image, image, wipe.Wipe("id", "left", "right", "label")),
        shake_strip.data([shake_strip.Row("a", [answer], [image])], settings),
        walk_slider.data(
            [image] * 2,
            [0, 1],
            walk_slider.Track("id", "label", ["a", "b"], 0, 1, [0, 1], [[1, 0], [0, 1]], ["a", "b"], [], []),
        ),
        removal.data(
            image, image, [removal.Order("a", np.ones((8, 12), np.uint8), [1, 0], 0.5)], removal.Removal("id", "a", "b")
        ),
        pictures.data([pictures.Picture("data:", "caption")], legend=[pictures.Key("data:", "high")]),
        words.data(["It is fooled."], [("L2", "0.42")]),
    ]
    assert all(json.loads(json.dumps(each)) for each in made)
    assert made[0]["captions"] == ["one", "two"]
    assert made[-1]["figures"] == [{"label": "L2", "value": "0.42"}]
