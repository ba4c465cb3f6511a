"""Links as people write them: values in any case are understood, and what is not understood is told once."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import links


def opened(app: AppTest, page: str = "", **query: Any) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app = app.switch_page(page).run() if page else app
    assert [each.message for each in app.exception] == []
    return app


def told(app: AppTest) -> list[str]:
    return [each.value for each in app.toast]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "values"),
    [
        ({"picture": "upload"}, {"picture": "upload"}),
        ({"picture": "PHOTO"}, {"picture": "photo"}),
        ({"network": "Bundled/Scenes_VGG"}, {"network": "bundled/scenes_vgg"}),
        ({"network": "RESNET18.A1_in1k", "object": "Cat"}, {"object": "cat"}),
        ({"object": "CAT", "background": "Grass"}, {"object": "cat", "background": "grass"}),
        ({"methods": ["gradient", "GRAD-CAM"]}, {"methods": ["gradient", "grad_cam"]}),
        ({"methods": "grad_cam"}, {"methods": ["grad_cam"]}),
        ({"target": "Goat · 1", "outline": "TRUE"}, {"target": "goat · 1", "outline": True}),
        ({"explain": "A Unit Inside", "unit_layer": "Layer2.1"}, {"unit_layer": "layer2.1"}),
    ],
)
def test_a_value_in_other_letters_is_the_same_value(
    app: AppTest, query: dict[str, Any], values: dict[str, Any]
) -> None:
    found = opened(app, **query)
    assert {key: found.session_state[key] for key in values} == values
    assert told(found) == []


@pytest.mark.slow
def test_a_link_to_another_page_is_matched_there(app: AppTest) -> None:
    found = opened(app, "pages/layers.py", view="kernels", layer="LAYER2.1")
    assert (found.session_state["view"], found.session_state["layer"]) == ("Kernels", "layer2.1")
    assert told(found) == []


def test_what_is_not_understood_is_told_once(app: AppTest) -> None:
    found = opened(app, picture="upolad", scene="many")
    assert told(found) == [
        "The page cannot use these parts of the link: **picture=upolad**, **scene=many**. It uses other values."
    ]
    assert (found.session_state["picture"], found.session_state["scene"]) == ("drawn", 7)
    assert told(found.run()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"scene": "1e999"}, "scene=1e999"),
        ({"scene": "9999999"}, "scene=9999999"),
        ({"strength": "half"}, "strength=half"),
        ({"outline": "maybe"}, "outline=maybe"),
        ({"methods": ["Gradient", "Gradeint"]}, "methods=Gradeint"),
        ({"object": ":smile: [a](b)"}, r"object=\::small[]smile: \[a](b)"),
        ({"object": "x" * 3000}, f"object={'x' * 53}"),
    ],
)
def test_the_sentence_names_key_and_value_as_they_are(app: AppTest, query: dict[str, Any], shown: str) -> None:
    (words,) = told(opened(app, **query))
    assert words == f"The page cannot use this part of the link: **{shown}**. It uses another value."


def test_many_unknown_values_are_counted(app: AppTest) -> None:
    (words,) = told(opened(app, methods=[f"m{number}" for number in range(8)]))
    assert "**methods=m4** and 3 more. It" in words


@pytest.mark.slow
@pytest.mark.parametrize("query", [{}, {"picture": ""}, {"scene": "7"}, {"scene": "12", "strength": "0.5"}])
def test_a_link_that_is_understood_says_nothing(app: AppTest, query: dict[str, str]) -> None:
    assert told(opened(app, **query)) == []


@pytest.mark.slow
def test_a_value_that_a_control_has_by_then_is_not_asked_for_again(app: AppTest) -> None:
    found = opened(app, object="Cat")
    found.selectbox(key="object").set_value("star").run()
    assert found.session_state["object"] == "star"
    assert told(found) == []


def test_without_the_reading_an_infinite_number_breaks_the_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "unreadable", lambda value: False)
    app.query_params["scene"] = "1e999"
    assert app.run().exception, "Streamlit has mended it: ours can go"
