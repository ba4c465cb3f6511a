"""The ice page in a real Chromium: fair lessons, axes, and every width."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

UNSURE = "scene=279&object=bird"  # bundled/scenes calls it a fish with 47 %, and half of its mild views birds
BOXES = """(all) => all.map((each) => { const box = each.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom]; })"""
SIDEWAYS = """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
    .map((each) => each.scrollWidth - each.clientWidth)"""


def test_an_unsure_original_is_said_to_be_so_and_what_it_becomes_is_named(
    page: Page, dashboard: str, settled: Callable[[Page], None]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{dashboard}/thin_ice?{UNSURE}&ice=Survival&views=20")
    page.get_by_text("Your original is itself unsure").wait_for()
    settled(page)
    expect(page.get_by_text(re.compile(r"The original stays fish in 50.0\s% of 20 views")).first).to_be_in_viewport()
    expect(page.get_by_role("row", name=re.compile("^Original 10 of 20"))).to_contain_text(re.compile(r"bird 50.0\s%"))
    page.get_by_role("radio", name="Other networks").click()
    page.get_by_role("row", name="bundled/scenes_vgg").wait_for()
    settled(page)
    expect(page.get_by_role("row")).to_have_count(4)  # the head, this network, and the two that know its classes
    page.get_by_text("Also ask networks with other classes").click()
    page.get_by_role("row", name="bundled/digits").wait_for()
    expect(page.get_by_role("row")).to_have_count(7)


def test_the_map_has_axes_and_fits_on_a_phone(page: Page, dashboard: str, settled: Callable[[Page], None]) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{dashboard}/thin_ice?{UNSURE}&ice_attack=classic&ice=Decision+map&upwards=class")
    sheet = page.locator(".sheet.plane")
    sheet.wait_for()
    settled(page)
    picture, under, beside = (sheet.locator(each).first for each in ("canvas", ".axis.x b", ".axis.y b"))
    expect(page.get_by_role("combobox", name="Second class")).to_have_value("the network's next choice")
    expect(under).to_have_text("fooling change")
    expect(beside).to_contain_text("change towards ")
    assert sheet.locator(".axis.x span").all_inner_texts() == ["-1", "-0.5", "0", "0.5", "1", "1.5", "2"]
    ((left, _, _, bottom),) = picture.evaluate_all(BOXES)
    assert all(top >= bottom for _, top, _, _ in sheet.locator(".axis.x *").evaluate_all(BOXES))
    assert all(right <= left for _, _, right, _ in sheet.locator(".axis.y *").evaluate_all(BOXES))
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SIDEWAYS) == [0, 0]
    page.get_by_role("radio", name="Shake").click()
    page.locator(".shake .plot").wait_for()
    settled(page)
    assert page.evaluate(SIDEWAYS) == [0, 0]
