"""A visitor keeps a training, leaves its page, finds it in the list after a reload, and stops it there."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_a_kept_run_goes_on_when_its_page_is_left_and_is_found_again(
    page: Page, dashboard: str, settled: Callable[[Page], None], console_errors: list[str]
) -> None:
    main = page.get_by_test_id("stMain")
    page.goto(
        f"{dashboard}/fine_tune?network=bundled%2Fdigits&ft_set=real_digits&ft_steps=1000&ft_runs=One+setting&run=1"
    )
    main.get_by_role("button", name="Keep running").click()
    expect(main.get_by_text("Goes on when you leave").first).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Runs").click()
    expect(main.get_by_text("digits learns")).to_be_visible()
    far = main.get_by_text(re.compile(r"^Step \d"))
    before = far.inner_text()
    expect(far).not_to_have_text(before)  # nobody watches it but this list
    page.goto(f"{dashboard}/runs")  # a new session, with the browser's cookie
    main.get_by_role("button", name="Stop").click()
    expect(main.get_by_text("Stopped after step")).to_be_visible()
    main.get_by_role("button", name="Open").click()
    expect(main.get_by_role("heading", name="Fine-tune it")).to_be_visible()
    expect(main.get_by_text("Stopped after step").first).to_be_visible()
    page.goto(f"{dashboard}/runs")
    main.get_by_role("button", name="Remove").click()
    expect(main.get_by_text("You keep no runs.")).to_be_visible()
