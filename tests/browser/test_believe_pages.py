"""The two pages of maps in a real browser: a pixel is read on four maps, and deletion goes on without the server."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, end, free_port, wait_for_health, wait_until_alone
from tests.browser.test_believe import BOX, READING, area, canvases, dragged, pointed, written
from vizlib.ui.believe.asked import VIEWS
from vizlib.ui.shared.words import percent

Settled = Callable[[Page], None]
METHODS = ("guided", "grad_cam", "gradient_x_input", "layer_cam")


@pytest.fixture
def mortal(chromium: str, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a dashboard, and its process."""
    port, log = free_port(), tmp_path / "log.txt"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_for_health(port, process, log)
    yield f"http://127.0.0.1:{port}", process
    end(process)


def saved(page: Page, name: str, number: int = 0) -> bytes:
    with page.expect_download() as coming:
        page.get_by_role("button", name=name).nth(number).click()
    return Path(coming.value.path()).read_bytes()


def test_a_pixel_is_read_on_four_maps_of_the_page(
    page: Page, dashboard: str, settled: Settled, console_errors: list[str]
) -> None:
    """What is written is the value in the file that the page saves of each map."""
    page.goto(f"{dashboard}/?{'&'.join(f'methods={each}' for each in METHODS)}&scene=31")
    expect(page.locator(READING)).to_have_text([re.compile("^from ")] * len(METHODS))
    settled(page)
    maps = [np.load(io.BytesIO(saved(page, "Raw (.npy)", at))) for at in range(len(METHODS))]
    side = maps[0].shape[0]
    assert {each.shape for each in maps} == {(side, side)}
    field = page.locator(BOX).first
    field.scroll_into_view_if_needed()
    for x, y in ((side // 2, side // 2), (side // 3, side - 1)):
        pointed(page, field, x, y, side)
        wanted = [written(float(each[y, x]), bool((each < 0).any())) for each in maps]
        expect(page.locator(READING)).to_have_text(
            [re.compile(rf"^\(x {x}, y {y}\): {re.escape(each)}\s") for each in wanted]
        )
        assert page.locator(".mark:visible").count() == len(METHODS)
    assert console_errors == []


def test_deletion_is_dragged_on_the_page_after_the_server_has_ended(
    page: Page, mortal: tuple[str, subprocess.Popen[bytes]], settled: Settled
) -> None:
    address, process = mortal
    page.goto(
        f"{address}/believe?examination=Deletion+and+insertion&examined=gradient&examined=grad_cam&scene=31&run=1"
    )
    thumb = page.locator(".removal input")
    thumb.wait_for()
    settled(page)
    rows = list(csv.DictReader(io.StringIO(saved(page, "Curves (CSV)").decode())))
    before = canvases(page)
    end(process)
    wait_until_alone(page, address)
    dragged(page, thumb, 0.25, 0.4, 0.6)
    step = int(thumb.input_value())
    count = len(rows) // 2
    assert step > count // 2
    wanted = [percent(float(rows[at * count + step]["probability"])) for at in range(2)]
    assert page.locator(".removal figcaption b").all_inner_texts() == wanted
    after = canvases(page)
    removed = [gone(one, other) for one, other in zip(before, after, strict=True)]
    assert all(share > 0.1 for share in removed)
    thumb.press("End")
    assert all(np.array_equal(each, canvases(page)[0]) for each in canvases(page)), "all is removed on both"
    assert area(page.locator(".removal"))["width"] > 300


def test_every_examination_is_seen_on_a_phone(page: Page, dashboard: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{dashboard}/believe?scene=31")
    examinations = page.get_by_role("radiogroup", name="Examination").get_by_role("radio")
    expect(examinations).to_have_count(len(VIEWS))
    for each in examinations.all():
        expect(each).to_be_in_viewport(ratio=0.99)


def gone(one: Any, other: Any) -> float:
    """The share of the pixels that differ."""
    return float((one != other).any(-1).mean())
