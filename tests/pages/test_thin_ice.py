"""The ice page and the page for files: sentences that state what was measured, fair questions, files made before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from vizlib.evaluation import Average, Plane, Rate, Survival
from vizlib.pictures import encode_png
from vizlib.ui.shared import judges, made
from vizlib.ui.thin_ice import decision_map, mild_views, picture

LABELS = ["tabby, tabby cat", "toaster", "tiger cat", "ring"]
ICE = {"network": "bundled/digits", "lattice.steps": "40", "scene": "41"}


def opened(app: AppTest, page: str, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    return app.run().switch_page(f"pages/{page}.py").run()


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.info, *app.subheader])


def mean(*rows: list[float]) -> Average:
    """Averages after each view; by itself the file is a toaster."""
    return Average(len(rows), len(rows), torch.tensor(rows), torch.tensor([0.05, 0.9, 0.05, 0.0]))


# Averages


def test_the_average_names_the_class_that_came_back() -> None:
    again = mean([0.1, 0.8, 0.1, 0.0], [0.6, 0.3, 0.1, 0.0], [0.7, 0.2, 0.1, 0.0])
    assert "with 90.0\N{NO-BREAK SPACE}%" in mild_views.in_words(again, 0, 1, LABELS)
    assert mild_views.in_words(again, 0, 1, LABELS).endswith("it is **tabby** again after 2 views.")
    other = mean([0.2, 0.1, 0.7, 0.0], [0.3, 0.1, 0.6, 0.0])
    said = mild_views.in_words(other, 0, 1, LABELS)
    assert "it is **tiger cat** after 1 view, with 60.0\N{NO-BREAK SPACE}% in the end" in said
    assert said.endswith("**tabby**, the class of the original, has 30.0\N{NO-BREAK SPACE}%.")
    assert mild_views.leading(other) == 2


def test_an_average_that_is_still_fooled_is_said_to_be() -> None:
    said = mild_views.in_words(mean([0.1, 0.8, 0.1, 0.0], [0.1, 0.7, 0.2, 0.0]), 0, 1, LABELS)
    assert said.endswith("Averaged over 2 views, it still is, with 70.0\N{NO-BREAK SPACE}%.")


# Survival


def counted(original: int) -> Survival:
    rates = Rate(original, 50), Rate(0, 50), Rate(original, 50)
    lost = ((2, 50 - original), (0, original))
    return Survival(150, 150, (0, 1, 0), rates, (lost, ((2, 46), (3, 3), (0, 1)), lost))


@pytest.mark.slow
@pytest.mark.parametrize(("original", "unsure"), [(4, True), (40, False)])
def test_an_original_that_loses_its_class_is_said_to_be_unsure(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, original: int, unsure: bool
) -> None:
    def surviving(*_: Any) -> Iterator[Survival]:
        yield counted(original)

    monkeypatch.setattr(mild_views, "surviving", surviving)
    opened(app, "thin_ice", **ICE, ice="Survival", views="50" if unsure else "60")
    assert not app.exception
    assert ("Your original is itself unsure" in words(app)) == unsure
    assert f"**{2 * original}.0\N{NO-BREAK SPACE}%** of 50 views" in words(app)
    assert "in **100.0\N{NO-BREAK SPACE}%** of them" in words(app)
    table = next(each.value for each in app.markdown if "What the network answers" in each.value)
    assert "2 92.0\N{NO-BREAK SPACE}%, 3 6.0\N{NO-BREAK SPACE}%, 0 2.0\N{NO-BREAK SPACE}%" in table


# Other networks


def test_a_network_knows_a_class_by_any_of_its_names() -> None:
    assert judges.knows(("tabby", "toaster", "ring"), ("tabby, tabby cat", "ring"))
    assert not judges.knows(("tabby", "ring"), ("tabby, tabby cat", "toaster"))
    assert judges.knows(("tabby",), ())
    assert not judges.knows((), ())  # a backbone knows none


@pytest.mark.slow
def test_only_networks_that_know_the_classes_are_asked_until_a_visitor_asks_the_others(app: AppTest) -> None:
    opened(app, "thin_ice", scene="42", ice="Other networks", **{"lattice.steps": "40"})
    assert "of 2** other networks" in words(app)  # scenes_robust and scenes_vgg; the others do not know both classes
    assert "bundled/scenes_vgg" in words(app)
    assert "bundled/digits" not in words(app)
    app.toggle(key="strangers").set_value(True).run()
    assert "of 5** other networks" in words(app)
    assert not app.exception


# Files that were made before


def file(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    return encode_png(noise)


@pytest.mark.slow
def test_a_file_made_before_is_taken_with_one_click_and_an_upload_replaces_it(app: AppTest) -> None:
    opened(app, "any_file", network="bundled/digits")
    assert not [each for each in app.button_group if "made here" in each.label]
    app.session_state["fooling images made here"] = {"7 as 3": made.File("7 as 3", file(0), file(1))}
    app.run()
    app.button_group(key="any file made here").set_value("7 as 3").run()
    assert not app.exception
    assert "**7 as 3**" in words(app)
    app.file_uploader(key="any file").set_value(("mine.png", file(2), "image/png")).run()
    assert "**mine.png**" in words(app)

    app.switch_page("pages/thin_ice.py").run()
    app.segmented_control(key="pair").set_value("given").run()
    app.button_group(key="ice files made here").set_value("7 as 3").run()
    assert not app.exception
    assert "The original keeps its class in" in words(app)


# The decision map


def plane(side: int = 7) -> Plane:
    """Class 1 from 1 on to the right, class 2 from 1 on upwards, 0 elsewhere."""
    along, across = torch.linspace(-1, 2, side), torch.linspace(-1.5, 1.5, side)
    classes = torch.zeros(side, side, dtype=torch.long)
    classes[:, along >= 1] = 1
    classes[across >= 1] = 2
    sure = torch.full((side, side), 0.9)
    return Plane(side, side, along, across, classes, sure, (0, 1), torch.stack([sure, sure]))


def test_the_map_says_where_the_class_changes_in_both_directions() -> None:
    frame = plane()
    said = decision_map.nearest(frame)
    assert "changes after **1.00** of the fooling change" in said
    assert "it changes after **1.00** of that length" in said
    frame.classes[frame.across >= 1] = 0
    assert "it stays within **1.5** times that length" in decision_map.nearest(frame)


def test_the_ticks_of_the_map_stand_at_the_middle_of_their_points() -> None:
    frame = plane()
    axis = decision_map._axis("change", frame.along)
    assert [name for _, name in axis.ticks] == ["-1", "-0.5", "0", "0.5", "1", "1.5", "2"]
    assert [place for place, _ in axis.ticks] == pytest.approx([(each + 0.5) / 7 for each in range(7)])


def test_the_marks_leave_the_colors_of_their_points_in_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture.show, "dark", lambda: False)
    drawn, cell = picture.image(plane(13)), picture.CELL
    for column, row, label in ((4, 6, 0), (8, 6, 1)):
        inside = drawn[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
        assert len(np.unique(inside.reshape(-1, 3), axis=0)) == 1, label
        around = drawn[(row - 1) * cell : (row + 2) * cell, (column - 1) * cell : (column + 2) * cell]
        assert (around == 255).all(2).any()
    assert Image.fromarray(drawn).size == (13 * cell, 13 * cell)


def test_the_second_class_of_the_map_is_the_next_likely_one() -> None:
    class Model:
        def prepare(self, image: Any) -> Any:
            return image

        def top(self, pixels: Any, count: int) -> list[Any]:
            from vizlib.records import Prediction

            return [Prediction(each, str(each), 0.0, 0.1) for each in (3, 5, 8)][:count]

    class Some:
        model, original, source, target = Model(), None, 3, 5

    some: Any = Some()
    assert decision_map.runner_up(some, some) == 8
    some.target = 9
    assert decision_map.runner_up(some, some) == 5


# Accuracy under attack


def test_accuracy_under_attack_is_a_curve_with_its_control_and_a_sentence(app: AppTest) -> None:
    query = {"ice": "Attack", "under_n": "1", "under_by": "FGSM", "run": "1"}
    opened(app, "thin_ice", **ICE, **query)
    assert [each.message for each in app.exception] + [each.value for each in app.error] == []
    said = words(app)
    assert "of the pictures right unchanged. Under random signs of 8 levels it keeps" in said
    assert "under FGSM of the same size **" in said
    assert "10 pictures of drawn digits, L-infinity." in said
    assert "rounding to whole gray levels" in said
    assert not [each for each in app.segmented_control if each.key == "pair"]  # it needs no pair
    lines = next(each.proto.body for each in app.get("html") if "chart lines" in each.proto.body)
    assert '<b class="quiet round"' in lines
    assert "random signs" in lines
