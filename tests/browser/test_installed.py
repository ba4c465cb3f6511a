"""The dashboard of an installed package, opened by its command in an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from vizlib import ui

STYLE = Path(ui.__file__).with_name("style.css").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_opens_the_dashboard_with_its_settings_and_pages(
    launch: Callable[..., str],
    installed: Path,
    page: Page,
    settled: Callable[[Page], None],
    console_errors: list[str],
    tmp_path: Path,
) -> None:
    address = launch([str(installed / "filterscope")], tmp_path, PYTHONPATH="")
    page.goto(f"{address}/layers")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert size == "17px"  # baseFontSize of .streamlit/config.toml, where Streamlit's own is 16
    rules = page.evaluate("[...document.querySelectorAll('style')].map(each => each.textContent).join('')")
    assert STYLE.partition("{")[0].rpartition("*/")[2].strip() in rules
    wordmark = page.get_by_test_id("stSidebarLogo")
    expect(wordmark).to_be_visible()
    assert wordmark.evaluate("image => image.naturalWidth") > 0
    # A deep link asks beside the page first (404), and plotly asks for a font that is not needed.
    assert [each for each in console_errors if "Failed to load" not in each] == []
    assert not list(tmp_path.iterdir())
