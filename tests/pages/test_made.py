"""The files that a visitor made last: bounded, in the session only, and offered wherever a file is asked for."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import made


def offering() -> None:
    import streamlit as st

    from vizlib.ui.shared import made

    for name in st.session_state.get("new", []):
        made.add(made.File(name, b"one", name.encode()))
    st.session_state["new"] = []
    found = made.choose("box")
    st.text("nothing" if found is None else found.fooled.decode())


@pytest.fixture
def box() -> AppTest:
    return AppTest.from_function(offering)


def make(box: AppTest, *names: str) -> AppTest:
    box.session_state["new"] = list(names)
    return box.run()


def test_without_a_file_nothing_is_offered(box: AppTest) -> None:
    assert not box.run().button_group
    assert box.text[0].value == "nothing"


def test_the_file_made_last_is_offered_first_and_only_taken_when_asked_for(box: AppTest) -> None:
    make(box, "cat as toaster", "cat as ring", "cat as toaster")
    (pills,) = box.button_group
    assert pills.options == ["cat as toaster", "cat as ring"]
    assert box.text[0].value == "nothing"
    pills.set_value("cat as ring").run()
    assert box.text[0].value == "cat as ring"
    make(box, "cat as shell")  # another one does not replace what was taken
    assert box.text[0].value == "cat as ring"


def test_only_the_last_few_are_kept_and_a_taken_one_that_is_gone_is_let_go(
    box: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(box, *"abcde")
    (pills,) = box.button_group
    assert pills.options == list("edcb")
    pills.set_value("b").run()
    monkeypatch.setattr(made, "MOST_BYTES", 8)  # room for two files of four bytes
    make(box, "f")
    assert box.button_group[0].options == ["f", "e"]
    assert not box.exception
    assert box.text[0].value == "nothing"
