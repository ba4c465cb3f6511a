"""Hostile links through the pages: every control falls back to what is usual, no name reaches a file or a server."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.hostile import links
from vizlib.ui.shared import guard

ROOT = Path(__file__).resolve().parents[2]
SIDEBAR = {"network", "device", "picture", "object", "background", "scene"}


def opened(app: AppTest, page: str = "", **query: Any) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(page).run() if page else app


def values(app: AppTest) -> dict[str, Any]:
    boxes = [*app.selectbox, *app.number_input, *app.slider, *app.toggle]
    return {each.key: each.value for each in boxes if each.key}


@pytest.mark.slow
@pytest.mark.parametrize("value", links.VALUES.values(), ids=list(links.VALUES))
def test_the_first_page_opens_with_every_control_wrong(app: AppTest, value: str | list[str]) -> None:
    keys = sorted(links.controls(links.FIRST))
    assert set(keys) >= SIDEBAR | {"explain", "target", "methods", "strength", "shared"}
    usual = values(AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run())
    found = opened(app, **dict.fromkeys(keys, value))
    assert links.faults(found) == []
    assert len(found.error) <= 1, "only the network has no usual name to fall back to"
    without_network = {key: each for key, each in values(found).items() if key != "network"}
    assert without_network == {key: each for key, each in usual.items() if key != "network"}


@pytest.mark.slow
@pytest.mark.parametrize("page", ["pages/layers.py", "pages/thin_ice.py", "pages/fooling.py", "pages/any_file.py"])
@pytest.mark.parametrize("value", ["unknown", "infinite", "empty", "negative", "markup"])
def test_the_other_pages_open_with_every_control_wrong(page: str, value: str) -> None:
    assert links.attempt(page, {}, links.VALUES[value]) in ("result", "sentence")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"scene": "1e999"}, {}),
        ({"scene": "-Infinity", "strength": "0.5"}, {"strength": "0.5"}),
        ({"scene": ["3", "inf"]}, {}),
        ({"picture": ""}, {}),
        ({"scene": "9" * 400}, {}),
        ({"scene": "12"}, {"scene": "12"}),
    ],
)
def test_what_streamlit_s_boxes_fail_at_is_taken_out_of_the_link(
    app: AppTest, query: dict[str, Any], left: dict[str, str]
) -> None:
    found = opened(app, **query)
    assert not found.exception
    assert not found.error
    assert found.query_params == left


def test_markdown_in_a_link_is_told_as_text(app: AppTest) -> None:
    found = opened(app, network="![x](http://127.0.0.1:9/x.png)")
    assert len(found.error) == 1
    assert r"!\[x](http\::small[]//127.0.0.1\::small[]9/x.png)" in found.error[0].value


def test_a_sentence_of_thousands_of_letters_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(guard.st, "error", lambda text, **_: told.append(text))
    guard.tell(guard.VizError("x" * 5000, "y" * 5000))
    assert len(told[0]) < 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "local/../../etc/passwd",
        "/etc/passwd",
        "bundled/../..",
        "hf-hub:someone/resnet18.a1_in1k",
        "http://127.0.0.1:9/x.pth",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "local-dir:/etc",
    ],
)
def test_no_name_in_a_link_reaches_a_file_or_a_server(
    app: AppTest, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    opened(app)
    reached: list[str] = []
    real_open, real_connect = os.open, socket.socket.connect

    def noting(path: Any, *words: Any, **more: Any) -> int:
        reached.append(os.fspath(path) if not isinstance(path, bytes) else path.decode())
        return real_open(path, *words, **more)

    def connecting(self: socket.socket, address: Any) -> None:
        reached.append(str(address))
        real_connect(self, address)

    monkeypatch.setattr(os, "open", noting)
    monkeypatch.setattr(socket.socket, "connect", connecting)
    app.query_params["network"] = name
    found = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    found.query_params["network"] = name
    found.run()
    assert len(found.error) == 1
    assert "There is no" in found.error[0].value
    assert any("Still showing bundled/scenes" in each.value for each in found.caption)
    assert not [each for each in reached if "etc" in each or "127.0.0.1" in each or "169.254" in each]


def test_the_command_knows_which_controls_are_bound_to_the_address() -> None:
    source = 'linked(left).slider("a", key="x")\nst.slider("a", key="y")\nlinked().slider("a", key=z)'
    assert links.bound_in(source) == {"x"}


def test_a_control_that_is_never_tried_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "controls", lambda page, door: ("scene",) if page.endswith("layers.py") else ())
    assert links.unreached().startswith("controls behind doors not opened: ['atlas_order'")


def asks_for_a_file_and_gets_an_empty_one() -> None:
    from vizlib.pictures import open_picture
    from vizlib.ui.shared.guard import Missing, guard

    with guard():
        raise Missing(lambda: open_picture(b"") and None)


def test_a_file_that_is_asked_for_again_and_is_empty_is_a_sentence() -> None:
    app = AppTest.from_function(asks_for_a_file_and_gets_an_empty_one, default_timeout=60).run()
    assert not app.exception
    assert "The file is empty" in app.error[0].value
