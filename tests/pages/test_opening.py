"""The frames of a run wait until the browser has shown the controls of the page that it has just opened."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import opening


def page() -> None:
    """A page that is called as its visitor says, and watches two runs if its visitor wants some."""
    import streamlit as st

    from vizlib.ui.shared import opening

    opening.begin(str(st.session_state["page"]))
    st.session_state["patience"] = opening.patience() if st.session_state["watches"] else None
    for _ in range(2 * st.session_state["watches"]):
        with opening.ended():
            opening.ask()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the browser calls when it has shown everything, for each time that it was asked to tell."""
    asked: list[Any] = []
    monkeypatch.setattr("vizlib.ui.shared.opening.shown.tell", asked.append)
    return asked


def visit(app: AppTest, name: str, watches: bool = True) -> float | None:
    app.session_state["page"], app.session_state["watches"] = name, watches
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


def test_frames_wait_for_nothing_where_the_visitor_has_used_a_control(told: list[Any]) -> None:
    app = AppTest.from_function(page)
    assert visit(app, "one", watches=False) is None
    assert visit(app, "one") == 0
    assert told == []


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
