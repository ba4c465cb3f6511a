"""The frames of a run wait until the browser has shown the controls of the page that it has just opened."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import opening


def page() -> None:
    """A page on which two runs are watched: "no", to their "end", or until the visitor's "click" during the second."""
    import streamlit as st

    from vizlib.ui.shared import opening

    opening.begin(str(st.session_state["page"]))
    for run in (1, 2) if st.session_state["watched"] != "no" else ():
        st.session_state["patience"] = opening.patience()
        with opening.ended():
            opening.ask()
            if (run, st.session_state["watched"]) == (2, "click"):
                st.stop()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the browser calls when it has shown everything, for each time that it was asked to tell."""
    asked: list[Any] = []
    monkeypatch.setattr("vizlib.ui.shared.opening.shown.tell", asked.append)
    return asked


def visit(app: AppTest, name: str, watched: str = "click") -> float | None:
    app.session_state["page"], app.session_state["watched"], app.session_state["patience"] = name, watched, None
    patience: float | None = app.run().session_state["patience"]
    return patience


def test_frames_wait_on_a_new_page_until_the_browser_tells(told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_function(page)
    assert visit(app, "one") == pytest.approx(15, abs=2)
    assert visit(app, "one") == pytest.approx(15, abs=2), "a click before that changes nothing"
    with monkeypatch.context() as session:
        session.setattr(opening.st, "session_state", app.session_state)
        told[-1]()
    assert visit(app, "one") == 0
    assert visit(app, "another") == pytest.approx(15, abs=2)
    assert len(told) == 3, "it is asked once in each script run, and not again when it has told"


@pytest.mark.parametrize("watched", ["no", "end"])
def test_frames_wait_for_nothing_on_a_page_that_was_complete_once(told: list[Any], watched: str) -> None:
    app = AppTest.from_function(page)
    visit(app, "one", watched)
    asked = len(told)
    assert visit(app, "one") == 0
    assert len(told) == asked == (watched == "end")


def test_a_browser_that_never_tells_is_waited_for_in_vain_for_a_while_only(
    told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = AppTest.from_function(page)
    visit(app, "one")
    monkeypatch.setattr(opening, "_MOST", 0.0)
    assert visit(app, "one") == 0
    assert told


def test_outside_a_dashboard_nothing_is_waited_for() -> None:
    assert "page that opens" not in st.session_state
    assert opening.patience() == 0
