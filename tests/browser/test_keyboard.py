"""A person who has a keyboard and no mouse turns a cat into another class, and saves the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from vizlib import load_model, open_picture, to_pixels
from vizlib.pictures import read_recipe

Settled = Callable[[Page], None]
HERE = """() => {
    let here = document.activeElement;
    while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
    return here === document.body ? "" : `${here.ariaLabel || here.innerText || ""}`.replace(/^\\w+\\n+/, "").trim();
}"""

IN_ROW = "document.activeElement.closest('.st-key-status') !== null"


def tab_to(page: Page, name: str, most: int = 40) -> int:
    """Presses Tab until the focus is on the element with that name, a regular expression; answers how often."""
    passed = []
    for count in range(1, most + 1):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(HERE))
        if re.match(name, passed[-1]):
            return count
    raise AssertionError(f"no {name!r} among {passed}")


def choose(page: Page, box: str, option: str, settled: Settled) -> None:
    tab_to(page, box)
    page.keyboard.type(option)
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    settled(page)


def answer(file: Path) -> str:
    model = load_model("bundled/scenes")
    return model.class_names[int(model.predict(to_pixels(open_picture(file), model))[0].argmax())]


def test_a_cat_becomes_a_fish_with_the_keyboard_alone(
    page: Page, dashboard: str, settled: Settled, tmp_path: Path
) -> None:
    page.goto(f"{dashboard}/?scene=23")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    tab_to(page, r"What fools it\?")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What fools it?").wait_for()
    settled(page)
    choose(page, "Object", "cat", settled)
    choose(page, "Make it", "fish", settled)
    tab_to(page, "Fool it")
    page.keyboard.press("Enter")
    news = page.get_by_role("status").filter(has_text="Looking for fish")
    expect(news).to_have_count(1)  # a screen reader is told that the run goes on
    page.get_by_role("button", name="Fooling image").wait_for()
    settled(page)
    expect(page.locator(".news")).to_have_text(re.compile("fish|Finished"))  # and that it has ended
    page.wait_for_function(IN_ROW, polling=100)  # the button is gone, and the focus is not lost with it
    slider = tab_to(page, "From the original to fish", 60)
    thumb = page.get_by_role("slider", name=re.compile("From the original"))
    before = str(thumb.get_attribute("aria-valuetext"))
    page.keyboard.press("Home")
    expect(thumb).not_to_have_attribute("aria-valuetext", before)
    for _ in range(slider):
        page.keyboard.press("Shift+Tab")
    tab_to(page, "Fooling image", 60)
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    file = tmp_path / "saved.png"
    coming.value.save_as(file)
    assert answer(file) == "fish"
    assert read_recipe(file.read_bytes()) is not None


def test_a_stopped_run_keeps_the_focus_in_its_row(page: Page, dashboard: str, settled: Settled) -> None:
    page.goto(f"{dashboard}/fooling?scene=29&lattice.steps=900&goal=99+%25")
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    page.locator('[data-testid="stSidebarNavItems"][role]').wait_for()  # the browser loads widgets last
    tab_to(page, "Stop$", 60)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Go on").wait_for()
    settled(page)
    page.wait_for_function(IN_ROW, polling=100)  # the button is gone, and the focus is not lost with it
    assert tab_to(page, "Go on", 3) <= 2
