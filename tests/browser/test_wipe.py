"""The wipe in a real browser: the line under the mouse and the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

Settled = Callable[[Page], None]
DEMO = Path(__file__).parent / "scripts/walk_demo.py"
FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_the_wipe_follows_mouse_and_keyboard(
    page: Page, serve: Callable[..., str], settled: Settled, console_errors: list[str]
) -> None:
    page.goto(f"{serve(DEMO)}/?size=97&wipe=1")
    panes, slider = page.locator(".wipe .panes"), page.locator(".wipe input[type=range]")
    slider.wait_for()
    settled(page)
    expect(slider).to_have_attribute("aria-valuetext", "50 % original, 50 % fooled: timber wolf")
    box = panes.bounding_box()
    assert box

    def line() -> float:
        found = page.locator(".wipe .line").bounding_box()
        assert found
        return (found["x"] - box["x"]) / box["width"]

    for share in (0.2, 0.85, 0.4):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 80)
        page.evaluate(FRAME)
        assert abs(line() - share) < 0.01
    sides = page.locator(".wipe .side").evaluate_all("(all) => all.map((each) => getComputedStyle(each).clipPath)")
    assert re.fullmatch(r"inset\(0(px)? calc\(60(\.\d+)?%.*|inset\(0(px)? (60|59)(\.\d+)?% .*", sides[0]), sides
    assert re.search(r"(40|39)(\.\d+)?%", sides[1]), sides
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "42 % original, 58 % fooled: timber wolf")
    slider.press("Home")
    assert abs(line()) < 0.01
    slider.press("PageUp")
    assert abs(line() - 0.1) < 0.01
    page.get_by_text("Something above", exact=True).click()
    settled(page)
    expect(slider).to_have_js_property("value", "10")
    page.get_by_test_id("stNumberInputStepUp").click()
    expect(slider).to_have_js_property("value", "50")
    assert console_errors == []
