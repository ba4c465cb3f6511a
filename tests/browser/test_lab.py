"""The regularizer lab in a real browser: its sheet is in sight, and a mistake keeps its controls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

UNDER = """() => {
    const place = (which) => document.querySelector(`[data-testid=stMain] ${which}`).getBoundingClientRect();
    const gap = place('[role=alert]').top - place('input[aria-label=Values]').bottom;
    return 0 < gap && gap < 40;
}"""


def test_the_lab_s_sheet_is_on_the_first_screen(page: Page, dashboard: str, settled: Callable[[Page], None]) -> None:
    """S2: its button is beside the controls; Stop and the pictures are on the same screen, and nothing jumps."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{dashboard}/class_picture?network=bundled/digits")
    settled(page)
    page.get_by_role("button", name="Run the lab").click()
    sheet = page.get_by_test_id("stMain").locator(".st-key-lab_sheet img")
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)).to_be_in_viewport(ratio=1)
    expect(sheet).to_be_in_viewport(ratio=0.4)
    before = sheet.bounding_box() or {}
    expect(page.get_by_role("button", name="Sheet (PNG)")).to_be_visible()
    after = sheet.bounding_box() or {}
    assert (after["y"], after["height"] < 720) == (pytest.approx(before["y"], abs=1), True)


def test_a_mistake_in_a_field_of_the_lab_keeps_its_controls(
    page: Page, dashboard: str, settled: Callable[[Page], None]
) -> None:
    """I14: the message is under the field, and the button waits."""
    page.goto(f"{dashboard}/class_picture?lab.tv=0%2C+two%2C+10&steps=4&size=32&second=none")
    settled(page)
    main = page.get_by_test_id("stMain")
    fields = main.get_by_role("textbox", name="Values")
    expect(main.get_by_role("alert")).to_contain_text("'two' is not a number")
    expect(fields).to_have_count(2)
    page.wait_for_function(UNDER, polling=100)  # the lab's controls unfold
    expect(main.get_by_role("button", name="Run the lab")).to_be_disabled()
    fields.first.fill("0, 2, 10")
    fields.first.press("Enter")
    expect(main.get_by_role("button", name="Run the lab")).to_be_enabled()
    expect(main.get_by_role("alert")).to_have_count(0)
