"""The layers page in a real browser: the strip's key, kernels of every kind, and sheets for fingers, eyes and keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

Settled = Callable[[Page], None]
COLORS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const pixels = Array.from({ length: data.length / 4 }, (_, at) => data.subarray(4 * at, 4 * at + 4));
    const share = (test) => pixels.filter(test).length / pixels.length;
    return { red: share(([r, , b, a]) => a && r > b + 60), blue: share(([r, , b, a]) => a && b > r + 60),
             gap: share(([, , , a]) => !a) };
}"""
BOX = "(element) => { const { width, height } = element.getBoundingClientRect(); return [width, height]; }"


def opened(page: Page, address: str, settled: Settled, width: int = 1280, height: int = 720) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    page.locator(".tile").first.wait_for()
    settled(page)


def top(page: Page, selector: str) -> dict[str, Any]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return dict(box)


def test_kernels_on_one_channel_are_red_and_blue_tiles_with_gaps_and_a_legend(
    page: Page, dashboard: str, settled: Settled
) -> None:
    opened(page, f"{dashboard}/layers?network=bundled/digits&view=Kernels", settled)
    expect(page.get_by_role("option", name=re.compile("^filter "))).to_have_count(16)
    share = page.locator(".sheet canvas").evaluate(COLORS)
    assert share["red"] > 0.1
    assert share["blue"] > 0.1
    assert 0.01 < share["gap"] < 0.2
    page.get_by_role("option", name=re.compile("^filter 9 ")).click()
    expect(page.get_by_role("heading", name="Filter 9", exact=True)).to_be_visible()
    expect(page.locator("[data-testid=stMain] [data-testid=stImage] img")).to_have_count(2)  # the filter, the legend


def test_a_layer_with_many_input_channels_shows_all_its_filters(page: Page, dashboard: str, settled: Settled) -> None:
    opened(page, f"{dashboard}/layers?view=Kernels&layer=layer2.0.conv1", settled)
    expect(page.get_by_role("option", name=re.compile("^filter "))).to_have_count(48)
    expect(page.get_by_text(re.compile("one of the 48 filters of layer2.0.conv1"))).to_be_visible()


def test_the_strip_has_a_key_and_names_its_stages_and_the_controls_are_low(
    page: Page, dashboard: str, settled: Settled
) -> None:
    opened(page, f"{dashboard}/layers", settled)
    style = "(element) => getComputedStyle(element, '::before').backgroundColor"
    dots = {
        kind: page.get_by_role("button", name=kind, exact=True).evaluate(style) for kind in ("stage", "convolution")
    }
    bars = {
        kind: page.locator(f".layer[aria-label*=' {kind} ']").first.evaluate(style) for kind in ("stage", "convolution")
    }
    assert dots == bars
    assert len({*dots.values()}) == 2
    assert page.locator(".names span").all_inner_texts() == ["layer1", "layer2", "layer3", "layer4"]
    row = top(page, ".st-key-channel")
    assert row["y"] + row["height"] - top(page, ".network")["y"] <= 240  # a third of the screen


def test_tiles_can_be_hit_with_a_finger_on_a_telephone(page: Page, dashboard: str, settled: Settled) -> None:
    opened(page, f"{dashboard}/layers?layer=layer3", settled, 390, 844)
    sizes = page.locator(".tile").evaluate_all(f"(all) => all.map({BOX})")
    assert len(sizes) == 96
    assert min(min(each) for each in sizes) >= 40
    scroll = "(main) => main.scrollWidth - main.clientWidth"
    assert page.get_by_test_id("stMain").evaluate(scroll) == 0


def test_arrow_keys_and_digits_move_over_the_tiles_and_are_announced(
    page: Page, dashboard: str, settled: Settled
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    opened(page, f"{dashboard}/layers?layer=layer3", settled)
    sheet = page.get_by_role("listbox", name=re.compile("^96 feature maps of layer3"))
    lefts = page.locator(".tile").evaluate_all("(all) => all.map((each) => each.offsetLeft)")

    def active() -> str:
        name = sheet.get_attribute("aria-activedescendant")
        return page.locator(f"#{name}").get_attribute("aria-label") or ""

    page.keyboard.press("Tab")  # a key, so that the browser shows the focus
    sheet.press("ArrowDown")
    assert active().startswith(f"channel {len(set(lefts))} ")
    assert page.locator(".tile.here").evaluate("(tile) => getComputedStyle(tile).outlineStyle") == "solid"
    sheet.press("3")
    sheet.press("7")
    assert active().startswith("channel 37 ")
    sheet.press("Enter")
    expect(page.get_by_role("heading", name="Channel 37", exact=True)).to_be_visible()
    expect(page.locator(".said").last).to_have_text(re.compile("^Chosen: channel 37 "))
    settled(page)
    assert active().startswith("channel 37 ")
    assert problems == []
