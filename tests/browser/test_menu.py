"""The menu in the sidebar: its sections, and titles that can be read in full."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

NARROW = '[data-testid="stSidebar"] { width: 320px !important; min-width: 320px !important; }'
CUT = """() => [...document.querySelectorAll('[data-testid="stSidebarNavLink"] *')]
    .filter((each) => each.scrollWidth > each.clientWidth && getComputedStyle(each).display !== "inline")
    .map((each) => each.textContent)"""


def test_no_title_is_cut_in_a_narrow_sidebar(page: Page, dashboard: str, settled: Callable[[Page], None]) -> None:
    page.goto(f"{dashboard}/about")
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)
    page.add_style_tag(content=NARROW)
    page.wait_for_function(
        """Math.abs(document.querySelector('[data-testid="stSidebar"]').getBoundingClientRect().width - 320) < 2"""
    )
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(16)
    expect(page.get_by_test_id("stNavSectionHeader")).to_contain_text(
        ["Look inside", "Teach it", "Put it to the test", "Show it"]
    )
    assert page.evaluate(CUT) == []
    page.locator("[data-testid=stSidebarNavLink] p, [data-testid=stSidebarNavLink] span").last.evaluate(
        "(title) => { title.textContent = 'A title that is too long for a sidebar of this width'; }"
    )
    assert page.evaluate(CUT) != [], "and a title that is cut would be noticed"
