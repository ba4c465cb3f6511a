"""The walk slider in a real browser: exact pixels, the keyboard, dragging without messages, use without a server."""

from __future__ import annotations

import base64
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import wait_until_alone

Settled = Callable[[Page], None]
DEMO = Path(__file__).parent / "scripts/walk_demo.py"
READ = """(canvas) => {
    const bytes = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return [canvas.width, canvas.height, btoa(text)];
}"""
WATCH = """() => {
    window.drawn = [];
    window.addEventListener("walkdrawn", (event) => window.drawn.push(event.detail));
}"""
FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def demo(serve: Callable[..., str]) -> str:
    return serve(DEMO)


def thumb(page: Page, address: str, words: str, settled: Settled) -> Locator:
    """Opens the demo and waits until the pictures are there."""
    page.add_init_script(f"({WATCH})()")
    page.goto(f"{address}/?{words}")
    page.wait_for_function("window.drawn.some((each) => each.painted)")
    settled(page)
    return page.locator(".walk input[type=range]")


def put(page: Page, slider: Locator, amount: float) -> np.ndarray[Any, Any]:
    """Moves the thumb there and reads the canvas back, (H, W, 4)."""
    slider.evaluate("(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }", amount)
    page.evaluate(FRAME)
    width, height, text = page.locator(".walk canvas").evaluate(READ)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


def drag(page: Page, box: Any, shares: Any, pause: int = 0) -> None:
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * shares[0], middle)
    page.mouse.down()
    for share in shares:
        page.mouse.move(box["x"] + box["width"] * share, middle)
        if pause:
            page.wait_for_timeout(pause)
    page.mouse.up()


def blended(images: list[Any], amount: float) -> Any:
    """The picture at this amount by the formula: clamp(round(a + t (b - a)))."""
    index = min(int(amount), len(images) - 2)
    low, high = images[index].astype(float), images[index + 1].astype(float)
    return np.clip(np.rint(low + (amount - index) * (high - low)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("words", "count"), [("", 1), ("&snap=1", 3)])
def test_the_canvas_holds_exactly_the_blend_between_and_beyond(
    page: Page, demo: str, settled: Settled, console_errors: list[str], words: str, count: int
) -> None:
    images = runpy.run_path(str(DEMO), run_name="demo")["pictures"](97, count)
    slider = thumb(page, demo, f"size=97{words}", settled)
    for amount in (1, 0, 0.01, 0.5, 0.62, 0.99, 1.37, 2, 2.5, 3):
        seen = put(page, slider, amount)
        assert (seen[..., 3] == 255).all()
        assert np.array_equal(seen[..., :3], blended(images, amount)), amount
    assert np.array_equal(put(page, slider, 1)[..., :3], images[1])
    assert np.array_equal(put(page, slider, 0)[..., :3], images[0])
    assert console_errors == []


def test_the_keyboard_moves_the_thumb_and_the_words_follow(page: Page, demo: str, settled: Settled) -> None:
    slider = thumb(page, demo, "size=97", settled)
    said, amount = page.locator(".walk .verdict b"), page.locator(".walk .amount")
    expect(slider).to_have_attribute("aria-label", re.compile("A cat and its twin"))
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^1.00: 99.8\s% timber wolf, 0.2\s% tabby$"))
    expect(amount).to_have_text(re.compile(r"1\.00\s+x the change"))
    expect(said).to_have_text("timber wolf")
    for key, value in {
        "ArrowRight": "1.05",
        "ArrowLeft": "1",
        "ArrowDown": "0.95",
        "ArrowUp": "1",
        "PageUp": "1.25",
        "PageDown": "1",
        "Shift+ArrowRight": "1.01",
        "End": "3",
        "2": "2",
        "7": "2",
        "Home": "0",
    }.items():
        slider.press(key)
        expect(slider).to_have_js_property("value", value)
    expect(said).to_have_text("tabby")
    expect(said).to_have_class("source")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^0.00: .*\s% tabby, < 0.1\s% timber wolf$"))
    put(page, slider, 2.9)
    expect(said).to_have_text("grey whale, gray whale")
    expect(said).to_have_class("other")
    expect(slider).to_have_attribute(
        "aria-valuetext", re.compile(r"> 99.9\s% timber wolf.*the network says grey whale")
    )
    put(page, slider, 0.57)  # between two amounts that were computed
    figures = page.locator(".walk .bars .figure")
    at = runpy.run_path(str(DEMO), run_name="demo")["probabilities"]
    assert figures.nth(1).inner_text() == f"{60 * at(0.55)[1] + 40 * at(0.6)[1]:.1f}\N{NO-BREAK SPACE}%"
    widths = page.locator(".walk .bar i").evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().width)")
    assert (
        abs(widths[1] / widths[0] - (0.6 * at(0.55)[1] + 0.4 * at(0.6)[1]) / (0.6 * at(0.55)[0] + 0.4 * at(0.6)[0]))
        < 0.01
    )


def test_the_flip_is_marked_and_the_label_flips_there(page: Page, demo: str, settled: Settled) -> None:
    slider = thumb(page, demo, "size=97", settled)
    mark = page.get_by_text("label flips at 0.62", exact=True)
    expect(mark).to_be_visible()
    said = page.locator(".walk .verdict b")
    put(page, slider, 0.61)
    expect(said).to_have_text("tabby")
    put(page, slider, 0.62)
    expect(said).to_have_text("timber wolf")
    dashed = page.locator(".walk svg line.flip").first.bounding_box()
    tick, cursor = page.locator(".walk .tick.flip").first.bounding_box(), page.locator(".walk .cursor").bounding_box()
    written = mark.bounding_box()
    assert dashed
    assert tick
    assert cursor
    assert written
    middles = [dashed["x"] + dashed["width"] / 2, tick["x"] + tick["width"] / 2, cursor["x"]]
    assert max(middles) - min(middles) < 2, middles  # thumb, axis and curves agree
    assert abs(written["x"] + written["width"] / 2 - middles[0]) < 2
    names = page.locator(".walk .marks.stops span").all_inner_texts()
    assert names == ["original", "fooled", "p = 0.9"]
    expect(page.get_by_text("beyond", exact=True)).to_be_visible()


def test_dragging_is_silent_and_fast(
    page: Page, demo: str, settled: Settled, console_errors: list[str], record_property: Callable[[str, Any], None]
) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda words: sent.append(words)))
    page.on("request", lambda request: sent.append(request.url))
    slider = thumb(page, demo, "size=512", settled)
    assert sent  # the listener works
    page.evaluate("window.drawn = []")
    heard, place, box = len(sent), page.locator(".walk").bounding_box(), slider.bounding_box()
    drag(page, box, 0.5 + 0.45 * np.sin(np.linspace(0, 12, 150)))
    page.wait_for_timeout(300)
    assert len(sent) == heard
    drawn = page.evaluate("window.drawn")
    gap = float(np.median(np.diff([each["frame"] for each in drawn])))
    cost = float(np.median([each["milliseconds"] for each in drawn]))
    sys.stdout.write(f"\nwhile dragging at 512 px: a frame every {gap:.1f} ms, {cost:.1f} ms to draw, {len(drawn)}\n")
    record_property("gap", gap)
    assert len({each["amount"] for each in drawn}) > 40
    page.evaluate("window.drawn = []")
    slider.evaluate("(slider) => [0, 1, 2].forEach(() => slider.dispatchEvent(new Event('input')))")
    page.evaluate(FRAME)
    assert page.evaluate("window.drawn.length") == 1  # many inputs in one frame are drawn once
    assert cost < 8
    assert gap < 34
    assert page.locator(".walk").bounding_box() == place  # nothing jumps
    assert console_errors == []


def test_a_rerun_leaves_the_thumb_alone_and_another_walk_resets_it(
    page: Page, demo: str, settled: Settled, console_errors: list[str]
) -> None:
    slider = thumb(page, demo, "size=97", settled)
    seen = put(page, slider, 2.3)
    page.get_by_text("Something above", exact=True).click()
    expect(page.get_by_text("Something came in above.")).to_be_visible()
    settled(page)
    expect(slider).to_have_attribute("aria-label", re.compile("The same cat"))
    expect(slider).to_have_js_property("value", "2.3")
    assert np.array_equal(put(page, slider, 2.3), seen)
    slider.press("ArrowRight")
    expect(page.locator(".walk .amount")).to_have_text(re.compile(r"2\.35"))
    page.get_by_test_id("stNumberInputStepUp").click()
    expect(slider).to_have_js_property("value", "1")
    expect(page.locator(".walk .amount")).to_have_text(re.compile(r"1\.00"))
    assert console_errors == []


def test_the_frontier_has_buttons_to_its_stops(page: Page, demo: str, settled: Settled) -> None:
    slider = thumb(page, demo, "size=97&snap=1", settled)
    expect(page.locator(".walk .jumps button")).to_have_text(["original", "just fooled", "p = 0.9", "p = 0.99"])
    button = page.get_by_role("button", name="p = 0.9", exact=True)
    button.click()
    expect(slider).to_have_js_property("value", "2")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".walk .amount")).to_have_text(re.compile(r"^\s*p = 0.9\s*$"))
    put(page, slider, 1.4)
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".walk .amount")).to_have_text(re.compile("40 % of the way from just fooled to p = 0.9"))
    expect(page.get_by_text("beyond", exact=True)).to_be_hidden()


def test_it_goes_on_after_the_server_has_stopped(page: Page, serve: Callable[..., str], settled: Settled) -> None:
    address = serve(DEMO)
    slider = thumb(page, address, "size=97&mortal=1", settled)
    page.get_by_role("button", name="Stop the server").click()
    wait_until_alone(page, address)
    page.evaluate("window.drawn = []")
    drag(page, slider.bounding_box(), np.linspace(0.3, 0.9, 25))
    page.evaluate(FRAME)
    drawn = page.evaluate("window.drawn")
    assert len(drawn) > 5
    assert drawn[-1]["amount"] > 2.6
    images = runpy.run_path(str(DEMO), run_name="demo")["pictures"](97, 1)
    assert np.array_equal(put(page, slider, 2.2)[..., :3], blended(images, 2.2))
