"""The row in which a page's runs say how they go, on a projector of 1280 x 720: in sight, in one place, no ghosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

Settled = Callable[[Page], None]
WIDE = {"width": 1280, "height": 720}
STOP = re.compile("^Stop$")
SLOW = {
    "fooling": "Fool it",
    "thin_ice": "Fool it",
    "class_picture": "Draw the class",
    "filters": "Draw the atlas",
    "what_changed": "Compare the features",
    "believe": "Scramble the weights",
    "linear_probe": "Measure every layer",
    "fine_tune": "Train",
    "two_domains": "Train",
    "pictures_out_of_noise": "Train",
}
LONG = {
    "fooling": "lattice.steps=4000&scene=31&toward=cat+%C2%B7+2",
    "class_picture": "steps=3000&size=64&second=none&seed=31",
    "filters": "atlas_steps=500&tiles=64&atlas_seed=31",
    "fine_tune": "network=bundled%2Fdigits&ft_set=real_digits&ft_steps=1000",
    "filters?show=One+unit": "card_steps=1000&card_seed=31",
}  # by page: runs that take longer than their test
STALE = """() => [...document.querySelectorAll('[data-testid=stMain] [data-stale=true]')]
    .filter((each) => each.checkVisibility({ visibilityProperty: true })).length"""

WATCHED = """() => {
    window.lost = 0;
    let shown = false;
    new MutationObserver(() => {
        const buttons = [...document.querySelectorAll("[data-testid=stMain] button")];
        const now = buttons.some(
            (each) => each.textContent.endsWith("Stop") && each.checkVisibility({ visibilityProperty: true }));
        if (shown && !now) window.lost += 1;
        shown = now;
    }).observe(document, { attributes: true, childList: true, subtree: true });
}"""  # how often Stop goes out of sight


def go(page: Page, address: str) -> None:
    page.set_viewport_size(WIDE)
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()


def stop_at(page: Page) -> dict[str, Any]:
    box = page.get_by_test_id("stMain").get_by_role("button", name=STOP).bounding_box()
    assert box is not None
    return dict(box)


def test_nothing_slow_starts_unasked(page: Page, serve: Callable[..., str], settled: Settled) -> None:
    """I1: each page opens on the picture, its answer, and one button on the first screen, where nothing is stored."""
    go(page, f"{serve('app.py', VIZLIB_STORE='off')}/about?scene=32")
    for name, words in SLOW.items():
        page.locator(f"[data-testid=stSidebarNavLink][href$='/{name}']").click()
        button = page.get_by_test_id("stMain").get_by_role("button", name=words, exact=True)
        expect(button.first).to_be_in_viewport(ratio=1)
        settled(page)
        expect(button).to_have_count(1)
        expect(button).to_be_in_viewport(ratio=1)
        assert f"/{name}" in page.url
        expect(page.get_by_role("progressbar")).to_have_count(0)


@pytest.mark.parametrize("name", LONG)
def test_stop_is_on_the_first_screen_and_stays_where_it_is(page: Page, dashboard: str, name: str) -> None:
    """S2 and I4: before the first frame, while frames come, and with the time that is left; also when the script runs
    again because the browser has shown the page.
    """
    page.add_init_script(f"({WATCHED})()")
    go(page, f"{dashboard}/{name}{'&' if '?' in name else '?'}{LONG[name]}")
    main = page.get_by_test_id("stMain")
    main.get_by_role("button", name=STOP).wait_for()
    main.get_by_role("combobox").first.wait_for()  # Streamlit gives boxes their height when it has loaded them
    main.get_by_role("radiogroup").or_(main.get_by_role("spinbutton")).first.wait_for()
    if name.startswith("filters"):
        page.locator(".strip .layer").first.wait_for()  # so do custom components
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(300)  # a box that has been loaded takes its height a moment later
    places = [stop_at(page)]
    expect(main.get_by_text(re.compile(r"\d+ of \d+.*about \d+ (s|min) left")).first).to_be_in_viewport()
    places.append(stop_at(page))
    assert places[0]["y"] == pytest.approx(places[1]["y"], abs=1), "nothing jumps when frames come"
    assert all(each["y"] + each["height"] <= WIDE["height"] for each in places)
    assert all(each["x"] + each["width"] <= WIDE["width"] for each in places)
    assert page.evaluate("window.lost") == 0
    main.get_by_role("button", name=STOP).click()
    expect(main.get_by_text(re.compile(r"Stopped after step \d+ of")).first).to_be_in_viewport()


def test_a_new_run_hides_what_belonged_to_the_last_one(page: Page, dashboard: str, settled: Settled) -> None:
    """I2: no pale ghosts of the old result under the new run."""
    go(page, f"{dashboard}/class_picture?steps=12&size=64&second=none&seed=33")
    page.locator(".film").wait_for()
    settled(page)
    main = page.get_by_test_id("stMain")
    steps = main.get_by_role("spinbutton", name="Steps", exact=True)
    steps.fill("3000")
    steps.press("Enter")
    main.get_by_role("button", name="Draw the class").click()
    main.get_by_role("button", name=STOP).wait_for()
    expect(page.locator(".film")).to_be_hidden()
    page.wait_for_timeout(1200)  # Streamlit fades old elements after a second
    assert page.evaluate(STALE) == 0
    main.get_by_role("button", name=STOP).click()


def test_the_row_stays_in_sight_when_a_page_is_scrolled_while_it_runs(page: Page, dashboard: str) -> None:
    go(page, f"{dashboard}/class_picture?steps=3000&size=64&second=none&seed=34")
    stop = page.get_by_test_id("stMain").get_by_role("button", name=STOP)
    stop.wait_for()
    page.get_by_test_id("stMain").evaluate("each => each.scrollBy(0, 600)")
    page.wait_for_timeout(500)
    expect(stop).to_be_in_viewport(ratio=1)
    stop.click()
