"""The page that examines maps, without a browser: each examination with its control and a sentence with numbers."""

from __future__ import annotations

import re
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from vizlib.faithfulness import CRITERIA, Mean
from vizlib.ui.believe import many, report
from vizlib.ui.shared import basket, printed

PAGE = "pages/believe.py"
EXAMINED = ["gradient", "grad_cam"]


def opened(app: AppTest, **query: Any) -> AppTest:
    for key, value in {"examined": EXAMINED, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(PAGE).run()


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def said(app: AppTest) -> str:
    return " ".join(each.value for each in app.markdown)


def saved(app: AppTest) -> set[str]:
    return {each.proto.label for each in app.main.get("download_button")}


def test_scrambled_weights_end_in_a_sentence_with_a_number_for_each_method(app: AppTest) -> None:
    opened(app)
    assert complaints(app) == []
    words = said(app)
    for method in ("Gradient", "Grad-CAM"):
        assert re.search(rf"{method}[^.]*\d", words)
    assert "that learned nothing" in words, "the control is explained"
    assert {"Curves (CSV)", "Maps (PNG)"} <= saved(app)


def test_deletion_stands_beside_random_and_reversed_order(app: AppTest) -> None:
    opened(app, examination="Deletion and insertion")
    assert complaints(app) == []
    words = said(app)
    assert "The probability falls sooner than in every random order by" in words
    assert re.search(r"has the area 0\.\d+; random orders have 0\.\d+ \(0\.\d+ to 0\.\d+\)\.", words)
    assert "Curves (CSV)" in saved(app)


@pytest.mark.slow
def test_insertion_says_that_larger_is_better(app: AppTest) -> None:
    opened(app, examination="Deletion and insertion", mode="brought in", fill="gray")
    assert complaints(app) == []
    assert "The probability rises sooner than in every random order by" in said(app)


def test_the_known_truth_of_a_drawn_scene_stands_beside_the_maps(app: AppTest) -> None:
    opened(app, examination="Known truth")
    assert complaints(app) == []
    words = said(app)
    assert "The score of this class depends most on" in words
    assert "what the score depends on" in words
    assert "background" in words
    assert "Shares (CSV)" in saved(app)


def test_a_photograph_has_no_known_truth_and_the_page_says_so(app: AppTest) -> None:
    opened(app, examination="Known truth", picture="photo")
    assert complaints(app) == []
    assert "drawn scenes only" in app.info[0].value


def test_many_scenes_make_one_table_with_chance_and_truth(app: AppTest) -> None:
    opened(app, examination="Many pictures", judged_n="5 pictures")
    assert complaints(app) == []
    table = next(each.value for each in app.markdown if each.value.startswith("| method"))
    assert all(each.label in table for each in CRITERIA.values())
    assert "**chance**" in table
    assert "**truth**" in table
    assert "Table (CSV)" in saved(app)


@pytest.mark.slow
def test_pictures_without_truth_are_examined_by_what_needs_none(app: AppTest) -> None:
    opened(
        app, network="bundled/digits", examination="Many pictures", judged_n="5 pictures",
        judged_on="a set of pictures", judged_set="digits",
    )  # fmt: skip
    assert complaints(app) == []
    table = next(each.value for each in app.markdown if each.value.startswith("| method"))
    assert "Changes with the weights" in table
    assert "truth" not in table


@pytest.mark.parametrize(
    ("examination", "name", "panels"),
    [
        ("Scrambled weights", "scrambled", 5),
        ("Deletion and insertion", "deletion", 4),
        ("Many pictures", "examination", 7),
        pytest.param("Known truth", "known_truth", 8, marks=pytest.mark.slow),
    ],
)
def test_a_whole_examination_is_saved_as_one_picture(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, examination: str, name: str, panels: int
) -> None:
    """The report holds its sentences and at least so many panels."""
    made: dict[str, Any] = {}
    drawn: list[Any] = []
    add, png = basket.add, printed.png
    monkeypatch.setattr(basket, "add", lambda _, stem, end, make: (made.update({stem: make}), add(_, stem, end, make)))

    def noting(panels: Any, head: str) -> bytes:
        drawn.extend([panels, head])
        return png(panels, head)

    monkeypatch.setattr(printed, "png", noting)
    opened(app, examination=examination, judged_n="5 pictures")
    assert complaints(app) == []
    assert "Report (PNG)" in saved(app)
    content = made[f"filterscope_{name}"]()
    picture = np.asarray(Image.open(BytesIO(content)))
    assert picture.shape[1] == 1280
    assert picture.std() > 20
    found, head = drawn
    assert len(found) >= panels
    assert "**" not in head
    assert head.startswith("scenes")


def test_a_report_shows_its_pictures_as_they_are_under_its_sentences() -> None:
    red, blue = np.zeros((2, 40, 40, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    panels = [*report.rows(["red", "blue"], [red, blue], 1), report.bars("Areas", "", ["one"], [0.5])]
    assert [each.title for each in panels] == ["red", "blue", "Areas"]
    plain, headed = (
        np.asarray(Image.open(BytesIO(printed.png(panels, head))).convert("RGB")).astype(int)
        for head in ("", "A sentence.")
    )
    assert len(headed) > len(plain)
    for color in ([255, 0, 0], [0, 0, 255]):
        assert (headed == color).all(-1).mean() > 0.2


def test_without_a_method_the_page_asks_for_one(app: AppTest) -> None:
    app.query_params["examined"] = []
    app.run()
    app.switch_page(PAGE).run()
    app.session_state["examined"] = []
    app.run()
    assert complaints(app) == []
    assert any("at least one method" in each.value for each in app.info)


def test_methods_with_equal_means_share_a_place() -> None:
    """Two methods on two criteria: equal by one, and the second is better by the other."""
    values = {"one": (1.0, 0.2), "two": (1.0, 0.7)}
    table = {
        name: {each: Mean(value, value, value, 5) for each, value in zip(("shares", "pointing"), row)}
        for name, row in values.items()
    }
    found: Any = SimpleNamespace(
        table=table,
        criteria=("shares", "pointing"),
        total=5,
        ranking={"shares": ("one", "two"), "pointing": ("two", "one")},
    )
    assert many._places(found) == {"one": [1, 2], "two": [1, 1]}
    assert many._said(found) == "First by every criterion, in part together with others, over 5 pictures: **two**."
    table["one"]["shares"] = Mean(1.1, 1.1, 1.1, 5)
    assert many._said(found) == (
        "The criteria disagree over 5 pictures. First is **one** by shares; **two** by pointing game."
    )
