"""The page about the installation: what is held, what is allowed, and a store that can be cleared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.runs import Sharing, Store
from vizlib.ui.shared import server

KEY = "a" * 64


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    mine = Store(tmp_path / "mine", 1_000_000)
    monkeypatch.setattr(server.runs(), "store", mine)
    return mine


def opened(app: AppTest) -> AppTest:
    app.run()
    return app.switch_page("pages/about.py").run()


def figures(app: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in app.metric}


def tables(app: AppTest) -> list[dict[str, Any]]:
    return [row for each in app.dataframe for row in each.value.to_dict("records")]


@pytest.mark.slow
def test_it_says_what_the_process_holds(app: AppTest, store: Store) -> None:
    store.put(KEY, bytes(2_000_000)[:500_000])
    opened(app)
    assert [*app.error, *app.exception] == []
    shown = figures(app)
    assert shown["Memory of this process"].endswith("\N{NO-BREAK SPACE}MB")
    assert (shown["Results"], shown["Size"]) == ("1", "500\N{NO-BREAK SPACE}kB of 1.0\N{NO-BREAK SPACE}MB")
    rows = tables(app)
    assert {"device": "cpu", "what": "CPU"} in rows
    assert any(row.get("network") == "bundled/scenes" for row in rows)
    assert any("torch" in each.value and "timm" in each.value for each in app.markdown)


def test_clearing_empties_the_store(app: AppTest, store: Store) -> None:
    store.put(KEY, b"tiles")
    opened(app)
    app.button(key="clear store").click().run()
    assert store.count() == 0
    assert figures(app)["Results"] == "0"


def test_a_store_that_is_off_says_so(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runs(), "store", Store(None, 0))
    opened(app)
    assert any("`VIZLIB_STORE` is `off`" in each.value for each in app.markdown)
    assert [*app.error, *app.exception] == []


class Shared(Store):
    """A store whose standing to the shared one the test says."""

    state = Sharing("s3://lab/results", "", None, False, 0)

    def sharing(self) -> Sharing:
        return self.state


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ["copies", "they are shared in s3"]),
        ({"away_since": 1_700_000_000.0}, ["has not answered since 2023-11-1", "meanwhile stays on this server"]),
        ({"refuses": True}, ["cannot be written"]),
        ({"problem": "VIZLIB_STORE names a store that cannot be used."}, ["kept on this server only"]),
    ],
    ids=["well", "away", "refuses", "unusable"],
)
def test_a_shared_store_says_how_it_is_doing(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, Any], told: list[str]
) -> None:
    here = Shared(tmp_path, 1_000_000)
    here.state = replace(here.state, **change)
    monkeypatch.setattr(server.runs(), "store", here)
    opened(app)
    assert [*app.error, *app.exception] == []
    said = " ".join(each.value for each in app.markdown)
    assert all(words in said for words in [*told, "The shared store keeps its results"]), said


def test_results_are_not_listed(app: AppTest, store: Store) -> None:
    """A key would let a visitor ask for what another one made."""
    store.put(KEY, b"tiles")
    opened(app)
    assert KEY[:8] not in str([each.value for each in (*app.markdown, *app.caption, *app.metric)])


def test_the_store_s_folder_is_not_shown(app: AppTest, store: Store) -> None:
    opened(app)
    assert str(store.folder) not in str([each.value for each in (*app.markdown, *app.caption, *app.metric)])


@pytest.mark.slow
def test_the_operator_s_limits_bound_the_controls(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZLIB_MAX_STEPS", "12")
    monkeypatch.setenv("VIZLIB_MAX_SIDE", "64")
    app.query_params["steps"] = "3000"  # a link from an installation with higher limits
    app.query_params["second"] = "none"
    app.run()
    app.switch_page("pages/class_picture.py").run()
    assert [*app.error, *app.exception] == []
    assert (app.number_input(key="steps").max, app.number_input(key="steps").value) == (12, 12)
    assert (app.number_input(key="size").max, app.number_input(key="size").value) == (64, 64)
    app.switch_page("pages/fooling.py").run()
    assert [*app.error, *app.exception] == []
    assert app.slider(key="lattice.steps").max <= 12 or app.number_input(key="lattice.steps").max <= 12
