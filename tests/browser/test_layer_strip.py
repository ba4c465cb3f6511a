"""The architecture strip in a real browser: a long network shows its end, and the keyboard moves along it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

Settled = Callable[[Page], None]
DEMO = Path(__file__).parent / "scripts/strip_demo.py"
EDGES = "(all) => all.map((each) => { const box = each.getBoundingClientRect(); return [box.left, box.right]; })"


@pytest.fixture(scope="module")
def demo(serve: Callable[..., str]) -> str:
    return serve(DEMO)


def opened(page: Page, address: str, settled: Settled, width: int, layers: int) -> Locator:
    """Opens a network of `layers` layers in a window of this width."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/?layers={layers}")
    page.locator(".strip .layer").first.wait_for()
    settled(page)
    return page.locator(".strip")


def edges(found: Locator) -> list[list[float]]:
    """Left and right of all elements, in pixels of the window."""
    return [[float(left), float(right)] for left, right in found.evaluate_all(EDGES)]


@pytest.mark.parametrize("width", [1280, 800])
def test_a_long_network_fits_from_the_picture_to_the_logits(
    page: Page, demo: str, settled: Settled, console_errors: list[str], width: int
) -> None:
    opened(page, demo, settled, width, 76)
    ((first, _),) = edges(page.get_by_text("picture", exact=True))
    ((_, last),) = edges(page.get_by_text("logits", exact=True))
    layers = edges(page.locator(".strip .layer"))
    assert len(layers) == 76
    assert 0 <= first < layers[0][0] < layers[-1][1] < last <= width
    assert min(right - left for left, right in layers) >= 7  # wide enough to be hit
    expect(page.locator(".end button:visible")).to_have_count(0)
    assert console_errors == []


def test_a_short_network_is_not_stretched(page: Page, demo: str, settled: Settled) -> None:
    opened(page, demo, settled, 1280, 8)
    ((_, right),) = edges(page.locator(".strip .layer").last)
    ((logits, _),) = edges(page.get_by_text("logits", exact=True))
    assert 0 < logits - right < 40


def test_a_network_too_long_to_fit_says_how_much_is_out_of_view_and_goes_there(
    page: Page, demo: str, settled: Settled
) -> None:
    strip = opened(page, demo, settled, 390, 200)
    back, onward = page.locator(".end button").first, page.locator(".end button").last
    ((_, end),) = edges(page.get_by_text("logits", exact=True))
    assert end <= 390
    expect(back).to_be_disabled()
    expect(onward).to_have_attribute("aria-label", f"{hidden(page)} layers further on: scroll there")
    assert hidden(page) > 100
    onward.click()
    page.wait_for_function("(strip) => strip.scrollLeft > 200", arg=strip.element_handle())
    expect(back).to_be_enabled()
    strip.press("End")
    expect(onward).to_be_disabled()
    expect(onward).to_have_text(re.compile(r"^0 "))
    ((_, right),), ((_, room),) = edges(page.locator(".strip .layer").last), edges(strip)
    assert right <= room
    expect(page.get_by_text("Chosen: head.")).to_be_visible()
    settled(page)
    expect(page.locator(".strip .layer.on")).to_have_attribute("data-path", "head")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def hidden(page: Page) -> int:
    """How many layers have their middle to the right of what is in view."""
    ((_, room),) = edges(page.locator(".strip"))
    return sum((left + right) / 2 > room for left, right in edges(page.locator(".strip .layer")))


def test_arrow_keys_move_at_once_and_choose_after_a_pause(
    page: Page, demo: str, settled: Settled, console_errors: list[str]
) -> None:
    strip = opened(page, demo, settled, 1280, 76)
    here = page.locator(".strip .layer.here")
    expect(page.get_by_text("Chosen: blocks.1.")).to_be_visible()
    page.keyboard.press("Tab")  # a key, so that the browser shows the focus
    strip.focus()
    strip.evaluate(
        "(strip) => ['ArrowRight', 'ArrowRight', 'ArrowRight'].forEach("
        "(key) => strip.dispatchEvent(new KeyboardEvent('keydown', { key })))"
    )
    expect(here).to_have_attribute("data-path", "blocks.4")
    assert strip.get_attribute("aria-activedescendant") == here.get_attribute("id")
    style = "(element) => getComputedStyle(element{}).{}"
    assert page.locator(".window").evaluate(style.format("", "boxShadow")) != "none"
    expect(page.locator(".network .hint")).to_have_text(re.compile("^blocks.4 · convolution"))
    expect(page.get_by_text("Chosen: blocks.4.")).to_be_visible()
    settled(page)
    expect(page.locator(".strip .layer.on")).to_have_attribute("data-path", "blocks.4")
    strip.press("Home")
    assert here.evaluate(style.format(", '::before'", "outlineStyle")) == "solid"
    strip.press("Enter")
    expect(page.get_by_text("Chosen: blocks.0.")).to_be_visible()
    settled(page)
    page.locator(".strip .layer").nth(30).click()
    expect(page.get_by_text("Chosen: blocks.30.")).to_be_visible()
    page.get_by_role("button", name="Again").click()
    settled(page)
    expect(here).to_have_attribute("data-path", "blocks.30")
    assert console_errors == []
