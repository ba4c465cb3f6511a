"""A person adapts a network: watches, turns a knob in the middle, stops, moves through the clouds, looks inside it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

SETS = "td_pair=Two+sets+of+your+choice&td_source_set=digits&td_target_set=real_digits&td_batch=16"


def test_a_knob_is_turned_in_the_middle_and_the_adapted_network_is_opened(
    page: Page, dashboard: str, settled: Callable[[Page], None], console_errors: list[str]
) -> None:
    page.goto(f"{dashboard}/two_domains?{SETS}&td_steps=1000")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("restarts only the adapted run")).to_be_visible()
    expect(main.get_by_text(re.compile(r"Training: \d+ of 3,?000")).first).to_be_visible()
    expect(main.get_by_role("img", name=re.compile(r"Source only: 0 \d")).first).to_be_visible()
    main.get_by_role("radio", name="Fixed").or_(main.get_by_text("Fixed", exact=True)).first.click()
    expect(main.get_by_role("combobox", name="Value")).to_be_visible()
    expect(main.get_by_role("img", name=re.compile(r"Adapted: 0 \d")).first).to_be_visible()
    main.get_by_role("button", name="Stop").click()
    expect(main.get_by_text("Stopped after step").first).to_be_visible()
    expect(main.get_by_role("heading", name="Take a network with you")).to_be_visible()
    settled(page)

    slider = main.get_by_role("slider", name=re.compile("^Features of"))
    slider.focus()
    page.keyboard.press("Home")
    expect(main.locator("figcaption")).to_have_text("step 0")
    expect(main.get_by_role("img", name=re.compile(r"^Adapted, step 0: domain accuracy \d"))).to_be_visible()

    main.get_by_role("button", name="Its filters").click()
    expect(page.get_by_role("heading", name="What does a filter look for?")).to_be_visible()
    network = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Network")
    expect(network).to_have_value(re.compile("^trained/"))
    assert [each for each in console_errors if "Failed to load" not in each] == []  # a deep link asks beside the page
