"""The shake strip in a real browser: pictures and words of each column, the keyboard, aria, no needless messages."""

from __future__ import annotations

import io
import re
import runpy
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from vizlib.ui.shared.words import percent

Settled = Callable[[Page], None]
DEMO = Path(__file__).parent / "scripts/shake_demo.py"
SCRIPT = runpy.run_path(str(DEMO), run_name="demo")
COUNT = 26
PLACES = "(all) => JSON.stringify(all.map((e) => [e.offsetLeft, e.offsetTop, e.offsetWidth, e.offsetHeight]))"
INSIDE = """(now) => [...now.querySelectorAll(".view")].map((view) => {
    const outer = now.getBoundingClientRect(), box = view.getBoundingClientRect();
    return [box.left - outer.left, box.top - outer.top, box.right - outer.left, box.bottom - outer.top];
})"""


@pytest.fixture(scope="module")
def demo(serve: Callable[..., str]) -> str:
    return serve(DEMO)


def opened(page: Page, address: str, settled: Settled) -> None:
    page.goto(address)
    page.locator(".shake .view").first.wait_for()
    settled(page)


def point_at(page: Page, column: int, row: int = 1) -> None:
    box: Any = page.locator(".shake .cells").nth(row).bounding_box()
    page.mouse.move(box["x"] + box["width"] * (column + 0.5) / COUNT, box["y"] + 5)
    expect(page.locator(".shake .plot")).to_have_attribute("aria-valuenow", str(column))


def shown(page: Page) -> list[Any]:
    """The pixels of the three pictures, without their rounded corners."""
    now = page.locator(".shake .now")
    image = np.asarray(Image.open(io.BytesIO(now.screenshot())).convert("RGB")).astype(int)
    boxes = now.evaluate(INSIDE)
    return [
        image[int(top) + 12 : int(bottom) - 12, int(left) + 4 : int(right) - 4] for left, top, right, bottom in boxes
    ]


def words(page: Page, row: int) -> list[str]:
    caption = page.locator(".shake figcaption").nth(row).locator("> *")
    return [text.strip() for text in caption.all_inner_texts()]


def test_hovering_shows_a_column_asks_nothing_and_moves_nothing(
    page: Page, demo: str, settled: Settled, console_errors: list[str]
) -> None:
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append("frame")))
    opened(page, demo, settled)
    assert sent
    sent.clear()
    boxes = page.locator(".shake figure, .shake .view, .shake .row, .shake .unit, .shake .axis")
    before = boxes.evaluate_all(PLACES)
    for column in (0, 13, 25):
        point_at(page, column, column % 3)
        value = 200 + 8 * column
        pictures = shown(page)
        for row, name in enumerate(SCRIPT["NAMES"]):
            cell = SCRIPT["cell"](row, column, COUNT)
            one, two = SCRIPT["CLASSES"]
            expected = [
                f"{name.split(':')[0]} at {value}:",
                cell.label,
                one,
                percent(cell.source),
                two,
                percent(cell.target),
            ]
            assert words(page, row) == expected
            expect(page.locator(".shake figcaption strong").nth(row)).to_have_class(cell.kind)
            assert np.abs(pictures[row] - SCRIPT["color"](row, column, COUNT)).max() <= 5  # WebP's share of it
        expect(page.locator(".shake .unit")).to_have_text(re.compile(f"^Size before the crop: {value} px, short side"))
        expect(page.locator(".shake .axis strong")).to_have_text(str(value))
        assert boxes.evaluate_all(PLACES) == before
    page.wait_for_timeout(200)
    assert sent == []
    for row in range(3):
        drawn_as_given(page, row)
    assert page.locator(".shake .legend > span").all_inner_texts() == [*SCRIPT["CLASSES"], "another class"]
    assert console_errors == []


def drawn_as_given(page: Page, row: int) -> None:
    """The cells and curves as the browser draws them."""
    cells = [SCRIPT["cell"](row, column, COUNT) for column in range(COUNT)]
    drawn = page.locator(".shake .row").nth(row)
    found = drawn.locator(".cells b").evaluate_all("(all) => all.map((e) => [e.className, +e.style.opacity])")
    assert [kind for kind, _ in found] == [cell.kind for cell in cells]
    assert [opacity for _, opacity in found] == pytest.approx([0.25 + 0.75 * cell.sure for cell in cells], abs=1e-4)
    for kind in ("source", "target"):
        points = str(drawn.locator(f"polyline.{kind}").get_attribute("points")).split()
        heights = [float(each.split(",")[1]) for each in points]
        assert heights == pytest.approx([100 - 100 * getattr(cell, kind) for cell in cells])


def test_the_keyboard_moves_the_slider_speaks_and_a_rerun_keeps_its_place(
    page: Page, demo: str, settled: Settled
) -> None:
    opened(page, demo, settled)
    plot = page.get_by_role("slider", name=re.compile("^Size before the crop"))
    expect(plot).to_have_attribute("aria-valuenow", "13")  # the middle, before any hover
    expect(plot).to_have_attribute("aria-valuemax", "25")
    said = [
        f"{name}: {cell.label}, {percent(cell.sure)}"
        for row, name in enumerate(SCRIPT["NAMES"])
        for cell in [SCRIPT["cell"](row, 13, COUNT)]
    ]
    expect(plot).to_have_attribute("aria-valuetext", "; ".join(["304", *said]))
    for key, place in {
        "ArrowRight": 14,
        "ArrowDown": 13,
        "PageDown": 8,
        "Home": 0,
        "ArrowLeft": 0,
        "PageUp": 5,
        "End": 25,
        "ArrowUp": 25,
    }.items():
        plot.press(key)
        expect(plot).to_have_attribute("aria-valuenow", str(place))
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^400; .*same size: lynx, 70.0\s%$"))

    point_at(page, 4)
    page.get_by_role("button", name="Again").click()
    settled(page)
    expect(plot).to_have_attribute("aria-valuenow", "4")
    page.get_by_text("Something above").click()
    page.get_by_text("Something came in above.").wait_for()
    settled(page)
    expect(plot).to_have_attribute("aria-valuenow", "4")
    page.get_by_label("Sweep").first.fill("2")
    page.get_by_label("Sweep").first.press("Enter")
    expect(plot).to_have_attribute("aria-valuenow", "13")


@pytest.fixture
def phone(browser: Browser, demo: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(f"{demo}/?settings={COUNT}")
    page.locator(".shake .view").first.wait_for()
    yield page
    context.close()


CUT = """(shake) => [...shake.querySelectorAll(".name, .now figcaption > *, .legend span, .unit")]
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.checkVisibility())
    .map((each) => each.textContent)"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (690, 900), (390, 844), (320, 700)])
def test_every_name_beside_a_picture_is_readable_at_every_width(
    page: Page, demo: str, settled: Settled, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    opened(page, demo, settled)
    strip = page.locator(".shake")
    point_at(page, 13)
    assert strip.evaluate(CUT) == []
    assert strip.evaluate("(shake) => shake.scrollWidth <= shake.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".shake figcaption").nth(1).locator(".share").all_inner_texts() == list(SCRIPT["CLASSES"])
    assert page.locator(".shake output").count() == 0  # only the slider speaks


def test_a_tap_moves_it_too_and_nothing_overflows(phone: Page) -> None:
    cells = phone.locator(".shake .cells").first
    cells.scroll_into_view_if_needed()
    box: Any = cells.bounding_box()
    phone.touchscreen.tap(box["x"] + box["width"] * 2.5 / COUNT, box["y"] + 5)
    expect(phone.locator(".shake .plot")).to_have_attribute("aria-valuenow", "2")
    fits = phone.locator(".shake").evaluate("(shake) => shake.scrollWidth <= shake.clientWidth")
    assert fits
    ticks = phone.locator(".shake .axis span:visible").evaluate_all(
        "(all) => all.map((each) => { const box = each.getBoundingClientRect(); return [box.left, box.right]; })"
    )
    assert len(ticks) >= 3
    assert all(one[1] < two[0] for one, two in pairwise(ticks))
