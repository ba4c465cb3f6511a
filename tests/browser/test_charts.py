"""Charts in a real browser: nothing jumps or overlaps, all words are legible and read out, all can be saved."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

Settled = Callable[[Page], None]
SCENES = "network=bundled/scenes"
CONTRASTS = """all => {
    const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(each => each / 255)
            .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = light(getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor);
    return all.filter(each => each.textContent.trim()).map(each => {
        const ink = light(getComputedStyle(each).color);
        return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    });
}"""
BOXES = "all => all.map(each => { const r = each.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; })"
TYPEFACE = "each => getComputedStyle(each).fontFamily"
WORDS = ".chart :is(.name, .value, .axis, .head > *, .ticks i, .limits i)"


def boxes(page: Page, what: str) -> list[list[float]]:
    return [[round(each) for each in box] for box in page.locator(what).evaluate_all(BOXES)]


def overlap(one: list[float], other: list[float]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > 0 and min(one[3], other[3]) - max(one[1], other[1]) > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_words_of_bars_are_legible_beside_them_and_read_out_in_order(
    page: Page, dashboard: str, settled: Settled, theme: Any
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{dashboard}/?{SCENES}")
    chart = page.get_by_role("img", name="sheep 97.2").first
    expect(chart).to_have_accessible_name("Classes: sheep 97.2 %, leaf 0.3 %, cat 0.3 %, shell 0.3 %, goat 0.3 %.")
    settled(page)
    contrasts = page.locator(WORDS).evaluate_all(CONTRASTS)
    assert len(contrasts) > 10
    assert min(contrasts) >= 4.5
    bars, values = boxes(page, ".chart .bar"), boxes(page, ".chart .value")
    assert not [each for each in values if any(overlap(each, bar) for bar in bars)]
    expect(page.locator(".chart .bar.striped")).to_have_count(1)
    assert page.locator(".chart .striped").evaluate("each => getComputedStyle(each).backgroundImage") != "none"


WATCH = """() => {
    window.seen = [];
    setInterval(() => {
        const fields = [...document.querySelectorAll(".chart.curves .field")];
        if (!fields.length || fields[0].closest("[data-stale=true]")) return;
        if (!document.querySelector("[data-testid=stMetric]")) return;  // Streamlit loads its figures when first used
        const step = document.querySelector(".chart.curves").getAttribute("aria-label").match(/at step (\\d+) of/);
        const [main] = document.querySelectorAll("[data-testid=stMain]");
        const places = fields.map(each => each.getBoundingClientRect()).map(
            each => [each.left, each.top + main.scrollTop, each.width, each.height].map(Math.round));
        const blank = [...document.querySelectorAll(".chart.curves img")].some(each => !each.complete);
        window.seen.push({step: Number(step?.[1]), places: JSON.stringify(places), blank});
    }, 30);
}"""


def test_curves_neither_jump_nor_overlap_when_the_run_ends(page: Page, dashboard: str, settled: Settled) -> None:
    page.goto(f"{dashboard}/class_picture?{SCENES}&dream.tv=0.1&dream.norm=0.5&steps=90&size=48&seed=76&second=none")
    page.get_by_role("heading", name="How robust is it?").wait_for()  # by now, Streamlit has loaded its controls
    settled(page)
    seed = page.get_by_test_id("stMain").get_by_role("spinbutton", name="Seed")
    seed.fill("77")
    seed.press("Enter")
    start = page.get_by_role("button", name="Draw the class")
    start.wait_for()
    settled(page)
    page.evaluate(WATCH)
    start.click()
    page.get_by_role("heading", name="How robust is it?").wait_for()
    settled(page)
    seen = page.evaluate("window.seen")
    assert min(each["step"] for each in seen) < 90 == seen[-1]["step"], "it was watched during the run and after it"
    assert len({each["places"] for each in seen}) == 1
    assert not any(each["blank"] for each in seen)
    chart = page.locator(".chart.curves")
    assert chart.evaluate(TYPEFACE) == page.locator("h1").evaluate(TYPEFACE)
    words = boxes(page, ".chart.curves :is(.head > *, .limits i, .ticks i)")
    assert len(words) > 16
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if overlap(a, b)]
    expect(chart).to_have_accessible_name(re.compile("Total variation: from .* at step 90 of 90"))


def test_a_chart_fills_the_window_and_all_of_the_page_is_saved_at_once(
    page: Page, dashboard: str, settled: Settled
) -> None:
    page.goto(f"{dashboard}/?{SCENES}")
    page.locator(".chart .bar").first.wait_for()
    settled(page)
    page.get_by_role("button", name="Full screen", exact=False).filter(has_text="Full screen").first.click()
    large = page.get_by_role("dialog").locator(".chart")
    large.wait_for()
    page.wait_for_function("() => document.querySelector('[role=dialog] .chart').clientWidth > 1200")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save the chart (PNG)").click()
    assert Image.open(io.BytesIO(saving.value.path().read_bytes())).width == 1280
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download everything on this page (ZIP)").click()
    assert saving.value.suggested_filename == "filterscope_Which_pixels_matter.zip"
    with zipfile.ZipFile(io.BytesIO(saving.value.path().read_bytes())) as archive:
        names = archive.namelist()
        assert Image.open(io.BytesIO(archive.read("charts/Classes.png"))).width == 1280
        assert b"sheep" in archive.read("charts/Classes.csv")
    assert {name.split("/")[0] for name in names} == {"about.json", "charts", "files", "pictures"}
