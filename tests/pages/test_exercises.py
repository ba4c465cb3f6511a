"""The page of exercises without a browser: its cards, its filters, and where its buttons lead."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.exercises import EXERCISES, Exercise, Measured, Row, exercise, kept
from vizlib.models import Classifier
from vizlib.ui.exercises import controls, measuring, opening
from vizlib.ui.shared import asked, live

PAGE = "pages/exercises.py"


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    page = app.switch_page(PAGE).run()
    assert not page.exception
    assert not page.error
    return page


def texts(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.header, *app.subheader, *app.info])


def test_a_card_says_what_the_course_asks_and_where_it_is_published(app: AppTest) -> None:
    page = opened(app, ex_course="CS231n", ex_page="class_picture")
    card = exercise("cs231n_class_picture")
    said = texts(page)
    assert [each.value for each in page.subheader] == [card.title]
    for words in (
        card.asks,
        "0.001 times the sum of squares",
        "assignment 3",
        "What does a class look like?",
        "1 exercise,",
    ):
        assert words in said
    labels = [each.label for each in page.button]
    assert {"Open it on scenes", "Download squeezenet1_1 and open it", "Measure it on scenes"} <= set(labels)


def test_a_course_and_a_page_that_share_no_exercise_say_so(app: AppTest) -> None:
    page = opened(app, ex_course="fast.ai", ex_page="fooling")
    assert "No exercise of this course is answered by that page." in texts(page)


def value_of(app: AppTest, key: str) -> Any:
    return app.session_state.get(key)


def differing(app: AppTest, each: Exercise) -> list[str]:
    """The parts of the exercise's link that the page's widgets do not have."""
    found = []
    for key, values in each.query().items():
        value = value_of(app, key)
        written = [str(one).lower() if isinstance(one, bool) else str(one) for one in _listed(value)]
        same = [_same(one, wanted) for one, wanted in zip(written, values)]
        if len(written) != len(values) or not all(same):
            found.append(f"{key}={values}, but {value!r}")
    return found


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _same(written: str, wanted: str) -> bool:
    try:
        return float(written) == float(wanted)
    except ValueError:
        return wanted.lower() in (written.lower(), written.lower().split(" · ")[0])  # a class ends with its number


@pytest.mark.slow
def test_every_link_opens_its_page_with_exactly_its_settings(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "follow", lambda *words, **more: None)  # nothing computes: this is about the settings
    page = opened(app)
    complaints, last = {}, "exercises"
    for each in EXERCISES:
        page = page.switch_page("pages/about.py").run() if each.page == last else page
        last = each.page
        page.session_state["the next page waits for its button"] = True  # as the button says
        page.session_state["page to open by its link"] = (each.page, each.query())
        page = page.run()
        told = [one.value for one in [*page.exception, *page.error, *page.toast]]
        complaints[each.key] = [*told, *differing(page, each)]
    assert {key: found for key, found in complaints.items() if found} == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "title", "button"),
    [
        ("cs231n_class_picture", "What does a class look like?", "Draw the class"),
        ("pytorch_fgsm", "What fools it?", "Fool it"),  # on another network than the sidebar's
    ],
)
def test_a_click_opens_the_page_and_it_waits_for_its_button(app: AppTest, key: str, title: str, button: str) -> None:
    page = opened(app, ex_course=exercise(key).course)
    page.button(key=f"open {key} 0").click().run()
    assert [each.value for each in page.title] == [title]
    assert button in [each.label for each in page.button], "and the answer is not given away"
    assert differing(page, exercise(key)) == []


def test_a_page_waits_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(asked.st, "session_state", state)
    monkeypatch.setattr(asked.st, "query_params", {"steps": "100"})
    asked.wait()
    asked.opened("one", frozenset())
    assert not asked.includes("a run")
    asked.opened("two", frozenset())
    assert asked.includes("a run")


def test_a_network_that_knows_the_class_takes_the_place_of_a_bundled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "is_here", lambda network: not network.startswith("torchvision"))
    known = exercise("cs231n_fooling")

    class Named:
        name, class_names, has_classes = "local/mine", ["stingray", "hen"], True
        preprocessing = type("P", (), {"channels": 3})

    model: Any = Named
    first, second = opening.ways(known, model)
    assert (first.words, first.query["network"], first.here) == ("Open it on mine", ["local/mine"], True)
    assert second.words == "Download squeezenet1_1 and open it"
    Named.class_names = ["cat", "hen"]
    assert opening.ways(known, model)[0].query["network"] == ["bundled/scenes"]


@pytest.mark.slow
def test_a_click_measures_an_exercise_on_the_network_in_the_sidebar(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def runs(key: str, model: Classifier) -> Any:
        yield Measured(1, 1, key, model.name, "two pictures", (Row("accuracy", "59 %", "60 %", "reproduced"),))

    monkeypatch.setattr("vizlib.exercises.run", runs)
    page = opened(app, ex_course="UvA Deep Learning", network="bundled/scenes_vgg")
    page.button(key="measure uva_fgsm").click().run()
    assert "On **scenes_vgg**, two pictures:" in texts(page)
    assert "| **accuracy** | 59 % | 60 % | reproduced |" in texts(page)


def test_a_gray_exercise_is_measured_on_a_gray_network() -> None:
    gray: Any = type("G", (), {"has_classes": True, "preprocessing": type("P", (), {"channels": 1})})
    color: Any = type("C", (), {"has_classes": True, "preprocessing": type("P", (), {"channels": 3})})
    assert measuring.fits(exercise("pytorch_fgsm"), gray)
    assert not measuring.fits(exercise("pytorch_fgsm"), color)
    assert measuring.fits(exercise("uva_fgsm"), color)
    assert not measuring.fits(exercise("hildesheim_saliency"), color), "it brings its own pictures"


def test_the_summary_counts_what_was_measured_and_reproduced() -> None:
    words = measuring.summary(EXERCISES)
    rows = [row for found in kept().values() for each in found for row in each.rows if row.published != "no figure"]
    same = sum(row.verdict.startswith("reproduced") for row in rows)
    assert words == (
        f"{len(EXERCISES)} exercises, {len(kept())} of them measured here; {same} of {len(rows)} figures beside a "
        "published one are reproduced."
    )
    assert next(iter(controls.by_course(EXERCISES))) == "CS231n"
