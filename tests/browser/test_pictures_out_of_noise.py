"""A person watches pictures come out of noise, changes a setting on the way, stops, and walks without a server."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

MOVE = "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }"


def shown(film: Locator) -> str:
    """The picture that the film shows now, with its caption."""
    return f"{film.locator('img').get_attribute('src')} {film.locator('figcaption').inner_text()}"


def test_a_run_is_watched_changed_stopped_and_its_film_and_walk_need_no_server(
    page: Page, dashboard: str, settled: Callable[[Page], None], console_errors: list[str]
) -> None:
    page.goto(f"{dashboard}/pictures_out_of_noise?gan_set=real_digits&gan_per_class=10&gan_steps=4000&gan_latent=8")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("Any change here starts another run at step 0")).to_be_visible()
    expect(main.get_by_role("img", name="The same 40 latent vectors")).to_be_visible()
    expect(main.get_by_role("img", name="Generator: ")).to_be_visible()
    main.get_by_role("spinbutton", name="Steps").fill("3000")
    main.get_by_role("spinbutton", name="Steps").press("Enter")
    measured = re.compile("^Fréchet distance: from .* at step [1-9][0-9]* of 3000")
    expect(main.get_by_role("img", name=measured)).to_be_visible()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text("Stopped after step").first).to_be_visible()
    expect(main.get_by_role("heading", name="Take them with you")).to_be_visible()
    settled(page)
    films = main.locator(".film")
    for film in (films.nth(0), films.nth(1)):
        expect(film).to_be_visible()
    assert [each for each in console_errors if "Failed to load" not in each] == []  # a deep link asks beside the page
    page.context.set_offline(True)
    try:
        for film in (films.nth(0), films.nth(1)):
            last = shown(film)
            film.locator("input").evaluate(MOVE, 0)
            assert shown(film) != last
        assert films.nth(1).locator("figcaption").inner_text() == "0 % of the way from 1 to 2"
    finally:
        page.context.set_offline(False)
