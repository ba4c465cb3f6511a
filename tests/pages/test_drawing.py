"""The other pictures that the class-picture page draws, without a browser: each with its control and a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import live

PAGE = "pages/class_picture.py"
QUICK = {"network": "bundled/digits"}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The recipes of the runs that really started together."""
    begun: list[dict[str, Any]] = []
    follow = live.follow_all

    def counting(place: Any, runs: Any, *rest: Any) -> Any:
        found = follow(place, runs, *rest)
        begun.extend(each.parts for each, frame in zip(runs, found) if frame is not None and len(runs) > 1)
        return found

    monkeypatch.setattr(live, "follow_all", counting)
    return begun


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in {**QUICK, **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(PAGE).run()


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def said(app: AppTest) -> str:
    return " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("Inversion", {"inversion.steps": "3"}),
        pytest.param("caricature", {"caricature.steps": "2"}, marks=pytest.mark.slow),
        pytest.param(
            "Accentuation",
            {"accentuation.steps": "2", "control": "random direction"},
            marks=pytest.mark.slow,
        ),
        pytest.param("DeepDream", {"deep dream.steps": "2", "deep dream.octaves": "2"}, marks=pytest.mark.slow),
    ],
)
def test_a_layer_draws_the_picture_beside_a_control_and_says_what_was_measured(
    app: AppTest, started: list[dict[str, Any]], what: str, more: dict[str, str]
) -> None:
    opened(app, draw=what, layer="conv2", **more)
    assert complaints(app) == []
    drawn, control = started
    assert (drawn["what"], drawn["layer"]) == (what.lower().replace("deepdream", "deep dream"), "conv2")
    assert control == drawn | {"control": more.get("control", "random weights")}
    words = "correlate with the original" if what == "Inversion" else "times** as strongly to this picture"
    assert words in said(app)
    labels = [each.proto.label for each in app.main.get("download_button")]
    assert {"Picture (PNG)", "Control (PNG)"} <= {*labels}


@pytest.mark.slow
def test_a_matched_class_picture_stands_beside_the_plain_one(app: AppTest, started: list[dict[str, Any]]) -> None:
    opened(app, **{"draw": "Matched class picture", "class": "3 · 3", "matched.steps": "4"})
    assert complaints(app) == []
    matched, plainly = started
    assert matched["pictures"] == {"set": "digits", "per_class": 50, "tests": 0, "seed": 0}
    assert (plainly["what"], plainly["target"], plainly["start"], plainly["steps"]) == ("class picture", 3, "noise", 4)
    assert "differ from those of the real pictures" in said(app)
    assert "None" not in said(app), "Streamlit draws the value of an expression that stands alone"


def test_without_a_choice_the_page_draws_a_class_as_before(app: AppTest) -> None:
    opened(app, steps="4")
    assert complaints(app) == []
    assert app.session_state["draw"] == "class"
    assert {"Probability of the class", "Logit of the class"} == {each.label for each in app.metric}
