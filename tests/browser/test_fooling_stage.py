"""The fooling page as a story on a projector of 1280 x 720: what is seen first, what is compared, what comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

Settled = Callable[[Page], None]
PROJECTOR = {"width": 1280, "height": 720}
AXES = """() => [...document.querySelectorAll(".chart.bars")].slice(-2).map((chart) => ({
    classes: [...chart.querySelectorAll(".name")].map((each) => each.textContent),
    ticks: [...chart.querySelectorAll(".ticks i")].map((each) => each.textContent),
    zero: chart.querySelector(".ticks i").getBoundingClientRect().left - chart.getBoundingClientRect().left,
}))"""

WHOLE = """(each) => {
    const box = each.getBoundingClientRect();
    return document.elementFromPoint(box.right - 3, box.top + box.height / 2).closest("[role=radio]") === each;
}"""


def bottom(box: Locator) -> float:
    """Where an element ends, in pixels from the top of the page."""
    place = box.bounding_box()
    assert place is not None
    return place["y"] + place["height"]


@pytest.mark.parametrize("where", ["fooling", "thin_ice"])
def test_every_goal_and_the_seed_can_be_reached_on_a_projector(
    page: Page, dashboard: str, settled: Settled, where: str
) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{dashboard}/{where}?network=bundled%2Fdigits")
    goals = page.get_by_role("radiogroup", name="Stop when the target is")
    expect(goals).to_be_visible()
    for name in ("on top", "50 %", "90 %", "99 %"):
        assert goals.get_by_role("radio", name=name).evaluate(WHOLE), f"{name} is covered or cut"
    details = page.get_by_test_id("stMain").locator("summary").first
    (details if where == "fooling" else page.get_by_role("button", name="Seed", exact=True)).click()
    seed = page.get_by_role("spinbutton", name="Seed")
    box = page.get_by_test_id("stNumberInputContainer").filter(has=seed).last
    expect(box.get_by_test_id("stNumberInputStepUp")).to_be_visible()
    expect(box.get_by_test_id("stNumberInputStepDown")).to_be_visible()


def test_the_story_has_its_slider_early_and_its_next_steps_at_the_end(
    page: Page, dashboard: str, settled: Settled
) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{dashboard}/fooling?picture=Photo&photo=cat&toward=ring+%C2%B7+12&lattice.steps=40")
    expect(page.get_by_text("Verified: the saved file is ring").first).to_be_visible()
    settled(page)
    assert bottom(page.locator(".walk input")) <= 2 * PROJECTOR["height"]
    assert page.get_by_test_id("stMain").evaluate("(main) => main.scrollHeight") < 2700  # it was 3637
    expect(page.get_by_text(re.compile("was reduced to the size at which the network reads it"))).to_be_visible()

    original, fooled = page.evaluate(AXES)
    assert original == fooled
    assert len(original["classes"]) == 5
    assert original["ticks"] == ["0", "50", "100"]
    assert any("ring" in each for each in original["classes"])

    steps = page.get_by_test_id("stMain").get_by_role("link", name=re.compile("How stable|other networks"))
    expect(steps).to_have_count(2)
    above = page.locator("summary, button:not(.st-key-everything *), .chart").all()
    last = max(bottom(each) for each in above if each.is_visible())
    for step in steps.all():
        assert bottom(step) >= last
        assert step.evaluate("(each) => parseFloat(getComputedStyle(each).borderTopWidth)") >= 1


def test_one_click_plays_the_example_without_asking_the_server_for_the_slider(
    page: Page, dashboard: str, settled: Settled
) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{dashboard}/fooling?network=bundled%2Fdigits&digit=9")  # of which no other test leaves a result
    page.get_by_role("button", name="Show me: a 3 becomes an 8").click()
    thumb, play = page.locator(".walk input"), page.locator(".walk .play")
    expect(play).to_have_text("Pause")
    expect(thumb).to_be_in_viewport()
    expect(page.locator(".walk .verdict b")).to_have_text("3")
    expect(play).to_have_text("Play")
    expect(page.locator(".walk .verdict b")).to_have_text("8")
    expect(thumb).to_have_value("1")
    settled(page)
    asked = parse_qs(urlparse(page.url).query)
    assert asked["digit"] == ["3"]
    assert asked["toward"] == ["8"]
    play.click()
    expect(play).to_have_text("Pause")
    thumb.press("End")
    expect(play).to_have_text("Play")
    expect(thumb).to_have_value("3")
