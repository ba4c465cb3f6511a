"""A run starts when somebody asks for it, says when it ends, and says truly where it stands after a Stop."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.errors import VizError
from vizlib.runs import Recipe, as_stored, by_name, pack
from vizlib.ui.shared import asked, live, progress, server

HERE = live.Place("cpu", keep=False)


@dataclass(frozen=True)
class Count:
    step: int
    total: int


def page() -> None:
    """A page with a slow run of three steps, whose number is in the session."""
    import streamlit as st

    from tests.pages import test_live

    test_live.draw(str(st.session_state["run"]))


def draw(number: str) -> None:
    import streamlit as st

    asked.opened("a page", frozenset({"network"}))
    live.forget()
    live.status()
    invitation = live.Invitation("Start it", partial(st.caption, "what is shown until then"))
    last = live.follow(HERE, {"what": "slow", "number": number}, counting, None, "Counting", invitation)
    st.write(f"last: {last.step if last else None}")
    asked.drawn()


def counting() -> Generator[Count, None, None]:
    for step in (1, 2, 3):
        yield Count(step, 3)


def opened(number: str, **query: str) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["run"] = number
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def last(app: AppTest) -> str:
    return str(app.markdown[-1].value)


def test_a_slow_run_waits_for_its_button_and_says_in_the_link_that_it_was_pressed() -> None:
    app = opened("button")
    assert (last(app), [each.label for each in app.button]) == ("last: None", ["Start it"])
    assert [each.value for each in app.caption] == ["what is shown until then"]
    app.button[0].click().run()
    assert (last(app), len(app.button), len(app.caption)) == ("last: 3", 0, 0)
    assert app.query_params["run"] == "1"


def test_a_link_to_a_result_asks_for_it_and_a_link_to_a_network_does_not() -> None:
    assert last(opened("linked", target="toaster")) == "last: 3"
    assert last(opened("pressed before", run="1")) == "last: 3"
    assert last(opened("only a network", network="bundled/scenes")) == "last: None"


def test_what_the_link_asked_for_is_its_own_view_only() -> None:
    app = opened("first view", target="toaster")
    app.session_state["run"] = "another view"
    assert last(app.run()) == "last: None"


def test_a_result_that_is_there_is_shown_at_once() -> None:
    server.runs().job(Recipe({"what": "slow", "number": "known"}), counting, "cpu", False).result()
    assert last(opened("known")) == "last: 3"


def test_a_result_that_only_the_store_has_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.pages.test_live.HERE", live.Place("cpu", keep=True))
    monkeypatch.setattr(server.runs(), "kinds", by_name([Count]))
    recipe = as_stored(Recipe({"what": "slow", "number": "stored"}), "cpu")
    assert last(opened("stored")) == "last: None"
    server.runs().store.put(recipe.key, pack(Count(3, 3), by_name([Count])))
    assert last(opened("stored")) == "last: 3"


def test_a_run_that_another_visitor_has_begun_is_watched() -> None:
    job = server.runs().job(Recipe({"what": "slow", "number": "begun"}), counting, "cpu", False)
    next(iter(job))
    assert last(opened("begun")) == "last: 3"


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([(0.0, 1)], ""),
        ([(0.0, 1), (0.9, 10)], ""),
        ([(0.0, 10), (2.0, 30)], ", about 7 s left"),
        ([(0.0, 1), (60.0, 11)], ", about 9 min left"),
        ([(0.0, 0), (60.0, 1), (62.0, 21)], ", about 8 s left"),
        ([(0.0, 1), (5.0, 1)], ""),
        ([(0.0, 1), (5.0, 100)], ""),
    ],
)
def test_the_time_left_follows_from_the_pace_since_the_visitor_watches(
    frames: list[tuple[float, int]], words: str
) -> None:
    """20 steps in 2 seconds leave 7 seconds for the 70 that are missing of 100."""
    pace = progress.Pace()
    said = [pace.left(Count(step, 100), now) for now, step in frames]
    assert said[-1] == words


def test_after_the_last_step_the_row_says_that_the_result_is_checked() -> None:
    assert progress.text("Looking for toaster", Count(44, 240)) == "Looking for toaster: 44 of 240"
    assert progress.text("Looking for toaster", Count(240, 240)) == "Looking for toaster: checking the result ..."


def test_a_run_that_was_stopped_after_its_last_step_does_not_offer_more_steps() -> None:
    stopped: list[str] = []
    for number, steps in (("one", 1), ("all", 3)):
        recipe = Recipe({"what": "slow", "number": f"stopped {number}"})
        job: Any = server.runs().job(recipe, counting, "cpu", False)
        reader = iter(job)
        for _ in range(steps):
            next(reader)
        app = AppTest.from_function(page)
        app.session_state["run"] = f"stopped {number}"
        app.session_state["runs left"] = {recipe.key: True}
        app.run()
        stopped += [each.value for each in app.markdown if "Stopped" in each.value]
    assert stopped == ["Stopped after step 1 of 3.", "Stopped before the result was checked."]


@dataclass(frozen=True)
class Named:
    step: int
    total: int
    name: str


def three() -> None:
    from tests.pages import test_live

    test_live.draw_three()


def draw_three() -> None:
    import streamlit as st

    from vizlib.ui.shared.guard import guard

    live.status()
    number = str(st.session_state["run"])
    runs = [live.Run({"what": "one of three", "number": number, "name": each}, partial(naming, each)) for each in "abc"]
    with guard():
        last = live.follow_all(HERE, runs, lambda frames: ORDER.append([each and each.step for each in frames]))
        st.write(f"last: {[each and each.step for each in last]}")


ORDER: list[Any] = []


def naming(name: str) -> Generator[Named, None, None]:
    for step in (1, 2, 3):
        if name == "b" and step == 3:
            raise VizError("It broke.", "Repair it.")
        yield Named(step, 3, name)


def test_several_runs_make_a_step_in_turn_and_one_that_breaks_lets_the_others_end() -> None:
    app = AppTest.from_function(three)
    app.session_state["run"] = "in turn"
    app.run()
    assert ORDER[0] == [1, None, None]
    assert ORDER[-1] == [3, 2, 3]
    assert ["It broke." in each.value for each in app.error] == [True]


def test_several_runs_wait_for_one_button_and_are_stopped_by_one() -> None:
    parts = [{"what": "one of three", "number": "stopped", "name": each} for each in "abc"]
    jobs: list[Any] = [server.runs().job(Recipe(each), partial(naming, "a"), "cpu", False) for each in parts]
    next(iter(jobs[0]))
    app = AppTest.from_function(three)
    app.session_state["run"] = "stopped"
    app.session_state["runs left"] = {Recipe({"runs": [Recipe(each).key for each in parts]}).key: True}
    app.run()
    assert [each.value for each in app.markdown] == ["Stopped after step 1 of 9.", "last: [1, None, None]"]
    assert [each.label for each in app.button] == ["Go on"]
