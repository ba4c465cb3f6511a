"""A lecturer adds two results, orders them, presents and exports them, and opens the saved lecture elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

Settled = Callable[[Page], None]


def add(page: Page, address: str, settled: Settled) -> None:
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    page.get_by_role("button", name="Add to my lecture").click()
    settled(page)


def saved(page: Page, button: str | re.Pattern[str], path: Path) -> Path:
    with page.expect_download() as got:
        page.get_by_role("button", name=button).click()
    got.value.save_as(path)
    return path


def present(page: Page, settled: Settled) -> None:
    """The arrow keys lead from the note of the first scene to the slider of the second."""
    page.get_by_role("button", name="Present").click()
    settled(page)
    lecture = page.get_by_role("region", name="Lecture: My lecture")
    expect(lecture.get_by_text("Look at the loop.")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(lecture.get_by_role("slider", name=re.compile("From the original"))).to_be_visible()
    expect(lecture.get_by_text("2 / 2")).to_be_visible()
    page.get_by_role("button", name="Back to the list").click()
    settled(page)


def opened_elsewhere(browser: Browser, address: str, file: Path, settled: Settled) -> None:
    """Another visitor opens the file, and the store fills its scenes."""
    elsewhere = browser.new_context()
    other = elsewhere.new_page()
    other.goto(address)
    other.get_by_role("heading", level=1).wait_for()
    settled(other)
    other.get_by_role("button", name="Open a lecture").click()
    other.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(other.get_by_role("textbox", name="Scene 2: title")).to_have_value("What fools it? 8")
    expect(other.get_by_text("2 scenes,")).to_be_visible()
    expect(other.get_by_text("This scene is empty")).to_have_count(0)
    elsewhere.close()


def test_a_lecture_is_put_together_presented_exported_and_opened_in_another_browser(
    page: Page, dashboard: str, settled: Settled, browser: Browser, tmp_path: Path
) -> None:
    add(page, f"{dashboard}/fooling?network=bundled%2Fdigits&lattice.steps=40&toward=8&run=1", settled)
    add(page, f"{dashboard}/?network=bundled%2Fdigits&methods=Gradient&methods=Grad-CAM", settled)
    page.get_by_role("link", name="My lecture (2)").click()
    title = page.get_by_role("textbox", name="Scene 1: title")
    expect(title).to_have_value("What fools it? 8")
    page.get_by_role("button", name="Move scene 2 up").click()
    settled(page)
    expect(title).to_have_value(re.compile("^Which pixels matter"))
    page.get_by_role("textbox", name="Note").first.fill("Look at the loop.")
    page.keyboard.press("Tab")
    settled(page)

    present(page, settled)
    html = saved(page, re.compile("^Export as HTML"), tmp_path / "lecture.html").read_text(encoding="utf-8")
    assert html.count('class="scene"') == 2
    assert "Look at the loop." in html
    file = saved(page, "Save lecture", tmp_path / "lecture.json")
    assert file.stat().st_size < 10_000
    page.reload()
    settled(page)
    expect(title).to_have_value(re.compile("^Which pixels matter"))  # a reload loses nothing

    opened_elsewhere(browser, f"{dashboard}/lecture", file, settled)
