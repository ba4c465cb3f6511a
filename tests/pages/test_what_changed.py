"""The page about what training changed: which network came first, what is measured, and what is said of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib import load_model
from vizlib.faithfulness import SETTINGS
from vizlib.ui.shared import trained
from vizlib.ui.what_changed import lesson, twins, units_view
from vizlib.units import Survey

PAGE = "pages/what_changed.py"
DIGITS = {"network": "bundled/digits", "run": "1"}


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    return app.run().switch_page(PAGE).run()


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.info, *app.subheader])


def complaints(app: AppTest) -> list[str]:
    return [*(each.value for each in app.error), *(each.message for each in app.exception)]


def test_a_network_alone_is_compared_with_random_weights_and_nothing_slow_runs_unasked(app: AppTest) -> None:
    opened(app, network="bundled/digits")
    assert complaints(app) == []
    assert "**Before:** bundled/digits, random weights. **After:** bundled/digits." in words(app)
    assert [each.label for each in app.button if each.label == "Compare the features"]
    assert "changed most" not in words(app)
    app.button_group(key="change").set_value("Where it looks").run()
    assert "one of the two networks has no such classes" in words(app)


def test_features_are_compared_and_what_was_measured_is_said(app: AppTest) -> None:
    opened(app, **DIGITS)
    assert complaints(app) == []
    assert "moved most, by" in words(app)
    assert "their CKA is" in words(app)


def test_old_classes_are_counted_as_forgotten_by_what_was_measured(app: AppTest) -> None:
    """Random weights know nothing, so nothing is forgotten on the way from them to the trained network."""
    opened(app, **DIGITS, change="Answers")
    assert complaints(app) == []
    assert "Of 10 old classes, **0** are forgotten" in words(app)
    assert "Both networks have the same classes" in words(app)


def test_units_are_shown_before_and_after_with_their_found_pictures(app: AppTest) -> None:
    opened(app, **DIGITS, change="Units", wc_units="1", wc_steps="4", layer="conv1")
    assert complaints(app) == []
    assert len([each for each in app.subheader if "of 9 found pictures stayed" in each.value]) == 1
    assert "Half of the 16 channels of **conv1** changed by at most" in words(app)


@pytest.mark.slow
def test_one_button_plays_the_story_of_the_sheep(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a lesson of one step, which teaches nothing: the sentence says what was measured."""
    monkeypatch.setitem(SETTINGS, "steps", 1)
    monkeypatch.setattr(lesson, "PER_CLASS", 4)
    opened(app, network="bundled/digits", wc_scenes="20")
    app.button(key="sheep").click().run()
    assert complaints(app) == []
    assert "On swapped grounds, **" in words(app)
    assert "after training on usual grounds); the animal is" in words(app)
    assert app.query_params["network"] == "bundled/sheep_or_goat"
    assert app.query_params["change"] == twins.STORY
    (taught,) = [each for each in app.selectbox(key="network").options if each.startswith("trained/")]
    app.switch_page("pages/saliency.py").run()
    app.selectbox(key="network").set_value(taught).run()
    assert complaints(app) == []
    assert any("Trained here from bundled/sheep_or_goat on sheep and goats: half" in each.value for each in app.caption)


# What is compared with what


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three networks that were trained here: from scenes, from that one again, and from digits."""
    sources = {"trained/a": "bundled/scenes", "trained/b": "trained/a", "trained/c": "bundled/digits"}
    monkeypatch.setattr(trained, "names", lambda: list(sources))
    monkeypatch.setattr(
        trained, "find", lambda name: SimpleNamespace(source=sources[name]) if name in sources else None
    )


@pytest.mark.usefixtures("known")
def test_networks_that_were_trained_from_this_one_come_first() -> None:
    robust = "bundled/scenes_robust"
    assert twins._options(named("bundled/scenes")) == ["trained/a", "trained/b", twins.RANDOM, robust]
    assert twins._options(named("trained/b")) == ["bundled/scenes", "trained/a", twins.RANDOM, robust]
    assert twins._options(named(robust)) == ["bundled/scenes", "trained/a", "trained/b", twins.RANDOM]
    assert twins._options(named("bundled/sheep_or_goat"))[0] == "both"
    unrelated = twins._options(named("bundled/scenes_half"))  # of the same architecture, but trained by itself
    assert unrelated == [twins.RANDOM, "bundled/sheep_or_goat"]


@pytest.mark.usefixtures("known")
def test_the_source_of_a_trained_network_is_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = load_model("bundled/digits")
    monkeypatch.setattr(twins.networks, "open_network", lambda name, device: digits)
    after, before = load_model("bundled/digits"), load_model("bundled/digits")
    after.name, before.name = "trained/c", "bundled/digits"
    place = SimpleNamespace(caption=lambda text: None)
    pairs = [
        twins.find(here(model), option, place) for model, option in ((after, "bundled/digits"), (before, "trained/c"))
    ]
    assert [each and (each.before is digits, each.after is digits) for each in pairs] == [(True, False), (False, True)]


def named(name: str) -> Any:
    return SimpleNamespace(name=name)


def here(model: Any) -> Any:
    return SimpleNamespace(model=model)


def survey(means: list[float]) -> Survey:
    values = np.array(means, dtype=np.float32)[:, None]
    places = np.zeros_like(values, dtype=np.int32)
    return Survey(len(values), len(values), values, places, places)


def test_found_pictures_that_stayed_are_counted_whatever_their_order() -> None:
    rising = survey([float(each) for each in range(20)])
    turned = survey([float(-each) for each in range(20)])
    moved = survey([float(each) for each in [*range(11), *range(40, 31, -1)]])
    assert [units_view.stayed([rising, each], 0) for each in (rising, turned, moved)] == [9, 0, 9]
    assert units_view.stayed([rising, None], 0) is None
