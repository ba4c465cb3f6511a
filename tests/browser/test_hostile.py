"""Hostile links and files in a real browser: the page opens, says what is wrong, and fetches nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Request, expect

from benchmarks.hostile.pictures import with_text

Settled = Callable[[Page], None]
EVIL = "![x](http://127.0.0.1:9/x.png)<img src=http://127.0.0.1:9/y.png onerror=alert(1)>[a](javascript:alert(1))"
MARKUP = f"network={quote(EVIL)}&target={quote(EVIL)}&object={quote(EVIL)}"


@pytest.fixture
def elsewhere(page: Page, dashboard: str) -> list[str]:
    """What the page asks of other servers, and the dialogs that it opens; empty at the end of a good test."""
    found: list[str] = []

    def noted(request: Request) -> None:
        if not request.url.startswith((dashboard, "data:", "blob:", "ws")):
            found.append(request.url)

    page.on("request", noted)
    page.on("dialog", lambda dialog: (found.append(dialog.message), dialog.dismiss()))
    return found


def opens(page: Page) -> str:
    expect(page.locator("[data-testid=stImage] img").first).to_be_visible()
    text = page.locator("body").inner_text()
    for words in ("Traceback", "fault is ours", "encountered an error", "Oh no"):
        assert words not in text
    return text


def test_a_link_full_of_markup_opens_the_page_and_nothing_else(
    page: Page, dashboard: str, settled: Settled, elsewhere: list[str]
) -> None:
    """The one hostile link in a real browser; tests/pages/test_hostile.py opens every other kind without one."""
    page.goto(f"{dashboard}/?{MARKUP}")
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)
    text = opens(page)
    assert len(text) < 8000
    assert elsewhere == []


def test_a_link_straight_to_a_page_with_everything_wrong_opens_it(
    page: Page, dashboard: str, settled: Settled, elsewhere: list[str]
) -> None:
    numbers = "channel=1e999&seed=inf&steps=8&size=32&tiles=2&atlas_steps=8&chance=inf&unit=1e999&upwards_seed=inf"
    page.goto(f"{dashboard}/thin_ice?{numbers}&view=&show=&goal=&start=&ice=&pair=&layer={quote(EVIL)}")
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)
    expect(page.get_by_test_id("stMain").get_by_role("heading").first).to_be_visible()
    text = page.locator("body").inner_text()
    for words in ("Traceback", "fault is ours", "encountered an error"):
        assert words not in text
    assert elsewhere == []


def test_a_hostile_file_is_told_in_a_sentence_and_the_last_picture_stays(
    page: Page, dashboard: str, settled: Settled, elsewhere: list[str]
) -> None:
    data = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    page.goto(dashboard)
    page.get_by_test_id("stSidebar").get_by_text("Upload", exact=True).click()
    settled(page)
    box = page.get_by_test_id("stSidebar").locator("input[type=file]")
    box.set_input_files({"name": "<img src=x onerror=alert(1)>.png", "mimeType": "image/png", "buffer": data})
    expect(page.get_by_test_id("stAlert").first).to_contain_text("an SVG drawing")
    settled(page)
    opens(page)
    assert elsewhere == []


def test_the_recipe_of_a_stranger_s_file_is_only_text(
    page: Page, dashboard: str, settled: Settled, elsewhere: list[str]
) -> None:
    page.goto(f"{dashboard}/any_file")
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)
    recipe = f'{{"what": "fooling image", "network": "{EVIL}", "x": "{EVIL}"}}'.encode()
    box = page.get_by_test_id("stMain").locator("input[type=file]")
    box.set_input_files(
        {"name": f"{EVIL.replace('/', '_')[:90]}.png", "mimeType": "image/png", "buffer": with_text(recipe)}
    )
    expect(page.get_by_text("This file was made to fool")).to_be_visible()
    settled(page)
    assert elsewhere == []
