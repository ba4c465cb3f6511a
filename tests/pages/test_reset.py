"""Resetting a page: each kind of control gets the value that it has without a link."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from vizlib.ui.shared import reset
    from vizlib.ui.shared.links import linked

    linked().number_input("Of the sidebar", 0, 9, 1, key="stays")
    reset.begin()
    linked().selectbox("A", ["x", "y"], 1, key="a")
    linked().multiselect("B", ["x", "y"], ["x"], key="b")
    linked().pills("C", ["x", "y"], selection_mode="multi", default=["y"], key="c")
    linked().segmented_control("D", ["x", "y"], default="x", key="d")
    linked().slider("E", 0.0, 1.0, 0.5, key="e")
    linked().number_input("F", 0, 9, 3, key="f")
    linked().toggle("G", key="g")
    st.button("Reset", on_click=reset.back)


@pytest.mark.slow
def test_every_control_of_the_page_gets_its_default_and_the_sidebar_stays() -> None:
    app = AppTest.from_function(page)
    links = {"stays": "2", "a": "x", "b": "y", "c": "x", "d": "y", "e": "0.25", "f": "7", "g": "true"}
    for key, value in links.items():
        app.query_params[key] = value
    app.run()
    changed = {"stays": 2, "a": "x", "b": ["y"], "c": ["x"], "d": "y", "e": 0.25, "f": 7, "g": True}
    assert {key: app.session_state[key] for key in links} == changed
    app.button[0].click().run()
    usual = {"stays": 2, "a": "y", "b": ["x"], "c": ["y"], "d": "x", "e": 0.5, "f": 3, "g": False}
    assert {key: app.session_state[key] for key in links} == usual
    assert not app.exception
