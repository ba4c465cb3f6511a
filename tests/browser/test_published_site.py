"""The published site, opened from the disk with the network off: to a layer, to a unit and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_every_page import violations
from tests.gallery import atlas_of, fill
from vizlib.batch.gallery import Wish, publish
from vizlib.runs import Store


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    store = Store(folder / "store", 100_000_000)
    fill(store, atlas_of("bundled/scenes", "layer1", 24, order=1, depth=0.3))
    fill(store, atlas_of("bundled/scenes", "layer2.0.conv1", 40, order=2, depth=0.5))
    fill(store, atlas_of("local/<b>mine</b>", "features.0", 16))
    publish(store, folder / "the site", Wish(title="Our zoo", day="2026-01-02"))
    return folder / "the site"


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page without a network. What it asks for beside files, and what it complains about, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: asked.append(str(problem)))
    yield page
    context.close()
    assert [each for each in asked if not each.startswith("file://")] == []


def test_one_goes_to_a_unit_and_back(offline: Page, site: Path) -> None:
    offline.goto((site / "index.html").as_uri())
    expect(offline.get_by_role("heading", level=1)).to_have_text("Our zoo")
    assert offline.evaluate("[...document.images].every((each) => each.complete && each.naturalWidth > 0)")
    offline.get_by_role("link", name=re.compile(r"layer2\.0\.conv1")).click()
    expect(offline.get_by_role("heading", level=1)).to_have_text("bundled/scenes · layer2.0.conv1")
    expect(offline.locator(".units > li:visible")).to_have_count(40)
    offline.get_by_role("link", name="What unit 12 looks for").click()
    expect(offline.get_by_role("heading", name="Unit 12", exact=True)).to_be_visible()
    expect(offline.get_by_text("Mean activation 12.5.")).to_be_visible()
    expect(offline.locator(".units > li:visible")).to_have_count(1)
    assert offline.url.endswith("layer2.0.conv1.html#unit-12")
    box = offline.locator("#unit-12 .tile").bounding_box()
    assert box is not None
    assert box["width"] > 350
    assert box["width"] == pytest.approx(box["height"], abs=1)
    offline.get_by_role("link", name="Unit after").click()
    expect(offline.get_by_role("heading", name="Unit 13", exact=True)).to_be_visible()
    offline.keyboard.press("ArrowLeft")
    offline.keyboard.press("ArrowLeft")
    expect(offline.get_by_role("heading", name="Unit 11", exact=True)).to_be_visible()
    offline.get_by_role("link", name="Back to all units").click()
    expect(offline.locator(".units > li:visible")).to_have_count(40)
    expect(offline.locator("#unit-11 .open")).to_be_focused()
    offline.get_by_role("link", name="bundled/scenes", exact=True).click()
    assert "index.html#bundled--scenes" in offline.url


def test_a_link_to_a_unit_opens_it_and_escape_leads_to_all(offline: Page, site: Path) -> None:
    offline.goto((site / "bundled--scenes" / "layer1.html").as_uri() + "#unit-3")
    expect(offline.get_by_text("Mean activation 3.5. It did not move.")).to_be_visible()
    expect(offline.get_by_text("How these pictures were made")).to_be_visible()
    offline.keyboard.press("Escape")
    expect(offline.locator(".units > li:visible")).to_have_count(24)


def test_it_works_without_javascript(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "bundled--scenes" / "layer1.html").as_uri())
    page.get_by_role("link", name="What unit 5 looks for").click()
    expect(page.get_by_role("heading", name="Unit 5", exact=True)).to_be_visible()
    page.get_by_role("link", name="Back to all units").click()
    expect(page.get_by_role("heading", name="Unit 5", exact=True)).to_be_hidden()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(page: Page, site: Path, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for link in ("index.html", "bundled--scenes/layer1.html", "bundled--scenes/layer1.html#unit-3"):
        path, _, unit = link.partition("#")
        page.goto((site / path).as_uri() + (f"#{unit}" if unit else ""))
        assert violations(page) == []
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert paper == {"light": "rgb(251, 250, 247)", "dark": "rgb(11, 15, 20)"}[theme]
        for width in (320, 390, 1920):
            page.set_viewport_size({"width": width, "height": 720})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (link, width)
