"""The page about a network's features: what it computes unasked, what it measures, and sentences that say no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib import load_model, training
from vizlib.ui.linear_probe import amounts_view, controls, feature_map, measured, mistakes, questions, sources
from vizlib.ui.linear_probe.fitted import Fitted
from vizlib.ui.linear_probe.measured import Amounts, Measured
from vizlib.ui.shared import confusion, picture_set

PAGE = "pages/linear_probe.py"
SMALL = {"network": "bundled/digits", "probe_n": "5"}
SPACE = "\N{NO-BREAK SPACE}"


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in (SMALL | query).items():
        app.query_params[key] = value
    return app.run().switch_page(PAGE).run()


def said(app: AppTest) -> str:
    assert not app.exception
    assert not app.error
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.info])


def right(*shares: float, count: int = 100) -> Any:
    """Held-out pictures of which these shares are right at each place, the first ones."""
    return np.stack([np.arange(count) < share * count for share in shares])


def one(*shares: float, random: bool = False, about: str = "drawn scenes") -> Measured:
    return Measured(about, about, ("a", "b", "c")[: len(shares)], right(*shares), random)


# The page


def test_before_it_is_asked_the_page_draws_no_more_pictures_than_it_shows(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: dict[str, list[int]] = {"digits": [], "real_digits": []}

    def drawn(name: str, per_class: int, seed: int, *, tests: int) -> Any:
        counts[name] += per_class, tests
        return training.drawn(name, per_class, seed, tests=tests)

    monkeypatch.setattr(picture_set, "drawn", drawn)
    monkeypatch.setattr(picture_set.uploads, "held", lambda key, make: make())
    app.query_params["network"] = "bundled/digits"
    assert "A first look" in said(app.run().switch_page(PAGE).run())
    assert max(counts["digits"]) == sources.FIRST


@pytest.mark.slow
def test_the_page_begins_with_a_first_look_and_measures_every_layer_when_it_is_asked(app: AppTest) -> None:
    app.query_params["network"] = "bundled/digits"
    app = app.run().switch_page(PAGE).run()
    assert "A first look: from 5 pictures of each class" in said(app)
    app.selectbox(key="probe_n").set_value(5).run()
    assert [each.label for each in app.button if each.proto.type == "primary"] == ["Measure every layer"]
    app.button(key=next(each.key for each in app.button if each.label == "Measure every layer")).click().run()
    words = said(app)
    assert "**Drawn digits**: best at **act3**" in words
    assert "**Handwritten digits**: best at" in words
    assert words.count("more than with random weights") == 2
    charts = " ".join(each.proto.body for each in app.get("html"))
    assert "handwritten digits, random weights: act1 " in charts
    assert app.query_params["run"] == "1"
    by_question(app)


def by_question(app: AppTest) -> None:
    """From here on, all features are there: a question of the lectures is answered at once."""
    app.button(key="ask What does a tiny C do?").click().run()
    assert app.button_group(key="probe_view").value == "C"
    assert "best with **C = " in said(app)
    app.button_group(key="probe_view").set_value("Mistakes").run()
    assert "held-out pictures are wrong" in said(app)
    assert [each.value for each in app.header] == ["What is taken for what", "The wrong pictures, surest first"] * 2
    next(each for each in app.button if each.label == "Take it as a network").click().run()
    name = next(each for each in app.selectbox(key="network").options if each.startswith("trained/digits-act3-drawn"))
    app.selectbox(key="network").set_value(name).run()
    assert "Made here: a linear classifier on act3 of bundled/digits, which learned drawn digits" in said(app)


@pytest.mark.slow
@pytest.mark.parametrize("view", ["ReLU", "How many", "Map"])
def test_every_view_is_drawn_for_a_link_that_asks_for_it(app: AppTest, view: str) -> None:
    words = said(opened(app, probe_view=view, beside_set="none", probe_control="false", run="1"))
    assert {"ReLU": "after the ReLU", "How many": "with 1 of each class", "Map": "nearest pictures"}[view] in words


def test_without_pictures_the_page_asks_for_them_and_keeps_its_controls(app: AppTest) -> None:
    app = opened(app, probe_set="own")
    assert "Give pictures of at least two classes above" in said(app)
    assert app.button_group(key="probe_view").value == "Layers"
    assert "Measure every layer" not in [each.label for each in app.button]


def test_the_exercise_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "local_models", lambda: {"local/resnet18": "", "local/vgg16": ""})
    assert questions.vgg16() == ("local/vgg16", True)
    monkeypatch.setattr(questions, "local_models", dict)
    monkeypatch.setattr(questions.hub, "is_downloaded", lambda name: False)
    assert questions.vgg16() == ("vgg16.tv_in1k", False)


def test_a_layer_before_and_after_its_activation_is_found() -> None:
    found = controls.before_and_after(load_model("bundled/scenes_vgg", device="cpu"))
    assert found[-4:] == ("pre_logits.fc1", "pre_logits.act1", "pre_logits.fc2", "pre_logits.act2")
    assert found[:2] == ("features.9", "features.10"), "the last six, each after its input"
    inside = controls.before_and_after(load_model("bundled/scenes", device="cpu"))
    assert inside[-2:] == ("layer4.1.bn1", "layer4.1.act1"), "before act2, a residual connection is added"


# The sentences


def test_the_best_layer_is_named_with_its_interval_and_its_gain_over_random_weights() -> None:
    words = measured.over_layers([one(0.3, 0.9, 0.7), one(0.2, 0.4, 0.3, random=True)])
    assert words.startswith(f"**Drawn scenes**: best at **b**, 90.0{SPACE}% (82.6 to 94.5{SPACE}%)")
    assert words.endswith(
        ", 50.0 ± 9.8 points more than with random weights. The last layer has 20.0 ± 7.8 points fewer."
    )


def test_a_difference_within_its_interval_may_be_chance() -> None:
    words = "The last layer has 1.0 ± 2.0 points fewer, which may be chance."
    assert words in measured.over_layers([one(0.3, 0.90, 0.89)])
    assert "The last layer" not in measured.over_layers([one(0.3, 0.8, 0.9)]), "it is the best one"


def test_what_the_relu_changes_is_counted_where_it_is_clear() -> None:
    four = Measured("x", "x", ("fc1", "act1", "fc2", "act2"), right(0.5, 0.9, 0.79, 0.8))
    words = measured.before_and_after([four])
    assert "of 2 activations, 1 are clearly better after the ReLU and 0 before it" in words
    assert "At the last one, **act2**, it is 1.0 ± 2.0 points more after it." in words


def test_what_the_smallest_c_loses_is_said() -> None:
    words = measured.over_c([Measured("x", "x", ("1e-06", "0.01"), right(0.5, 0.9))])
    assert "best with **C = 0.01**" in words
    assert words.endswith("; C = 1e-06 has 40.0 ± 9.6 points fewer.")


def test_the_fewest_and_the_most_pictures_are_compared() -> None:
    grown = Amounts("drawn scenes", (1, 20), [0.41, 1.0], [(0.3, 0.5), (1.0, 1.0)])
    words = f"41.0{SPACE}% with 1 of each class, 100.0{SPACE}% with 20 of each class (means of 5 choices)."
    assert amounts_view.said(grown) == f"**Drawn scenes**: {words}"
    assert grown.line([0.0, 1.0]).band == [(30.0, 50.0), (100.0, 100.0)]


def test_the_pictures_nearest_by_their_features_are_counted() -> None:
    apart = np.repeat(np.eye(2, dtype=np.float32), 6, axis=0) + np.random.default_rng(0).normal(0, 0.01, (12, 2))
    labels = np.repeat([0, 1], 6)
    assert feature_map.neighbors(apart.astype(np.float32), labels) == 1.0
    assert feature_map.neighbors(apart.astype(np.float32), np.arange(12) % 2) == pytest.approx(0.4)


def test_the_most_frequent_mistake_is_named_and_the_table_is_read_out() -> None:
    data = SimpleNamespace(
        name="pets", classes=("cat", "dog", "hen"), labels=np.array([0, 0, 0, 1, 2]), titles=tuple("abcde")
    )
    probe = SimpleNamespace(
        layers=("x",), predictions=np.array([[[0, 1, 1, 1, 0]]]),
        confusion=lambda layer: np.array([[4, 2, 0], [0, 1, 0], [1, 0, 0]]), wrong=lambda layer: [4, 1, 2],
    )  # fmt: skip
    found = Fitted({}, data, probe, None, None)  # type: ignore[arg-type]  # what is read of them
    words = f"3 of 5 held-out pictures are wrong (60.0{SPACE}%); most often **cat** is taken for **dog**, 2 times."
    assert mistakes.summary(found) == f"**Pets**: {words}"
    once = SimpleNamespace(
        layers=("x",), predictions=np.array([[[0, 1, 0, 1, 2]]]),
        confusion=lambda layer: np.array([[2, 1, 0], [0, 1, 0], [0, 0, 1]]), wrong=lambda layer: [1],
    )  # fmt: skip
    assert mistakes.summary(Fitted({}, data, once, None, None)).endswith("**cat** is taken for **dog**, once.")  # type: ignore[arg-type]
    assert (
        confusion.in_words(found.confusion, data.classes)
        == "cat: 4 right, taken for dog 2; dog: 1 right; hen: 0 right, taken for cat 1."
    )
    assert (found.said(4), found.said(3)) == ("hen (e), taken for cat", "dog (d)")
