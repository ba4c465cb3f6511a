"""The page Zoo in a real browser, over a store that was filled by hand: to an atlas, and to a unit."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

import vizlib
from tests.browser.test_every_page import ROOM, SIZES, cut, darken, ready, script, stops, violations
from tests.gallery import fill
from vizlib.activation_maximization import AtlasPlan, stored_atlas
from vizlib.runs import Store

Settled = Callable[[Page], None]


@pytest.fixture(scope="module")
def zoo(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A dashboard whose store has tiles of two networks: each of one color, so that none was computed."""
    folder = tmp_path_factory.mktemp("store")
    for name, paths in {"bundled/digits": ("conv1", "conv2", "fc"), "bundled/scenes": ("layer1", "layer3")}.items():
        model = vizlib.load_model(name, device="cpu")
        for layer in vizlib.list_layers(model):
            if layer.path in paths:
                plan = AtlasPlan(layer.path, tuple(range(layer.shape[0])), 8, 5)
                fill(Store(folder, 500_000_000), stored_atlas(model, plan))
    return serve("app.py", VIZLIB_STORE=str(folder))


def said(page: Page, words: str) -> Locator:
    """The page's one sentence, which a screen reader also gets from a second place."""
    return page.get_by_role("paragraph").filter(has_text=words)


def test_a_click_on_a_strip_opens_the_atlas_as_it_is_stored(page: Page, zoo: str, settled: Settled) -> None:
    page.goto(f"{zoo}/zoo")
    page.get_by_role("gridcell", name=re.compile(r"^conv1, 16 of 16 units\. opens its atlas")).click()
    sheet = page.locator(".sheet[aria-label^='Atlas of conv1']")
    expect(sheet).to_be_visible()
    sheet.get_by_role("option", name=re.compile("^channel 15 · mean activation 15.5")).wait_for()
    settled(page)
    expect(page.get_by_text("16 of 16 done.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Draw the atlas")).to_have_count(0)
    for part in ("/filters?", "network=bundled%2Fdigits", "layer=conv1", "atlas_steps=8", "atlas_seed=5"):
        assert part in page.url
    assert "run=" not in page.url, "the link would compute what is not stored"
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_text("16 of 16 done.", exact=True)).to_be_visible()


def test_a_tile_shows_its_unit_large_and_the_keyboard_does_the_same(page: Page, zoo: str, settled: Settled) -> None:
    page.goto(f"{zoo}/zoo")
    page.get_by_role("gridcell", name=re.compile("^layer3, unit 4, mean activation 4.5")).click()
    expect(said(page, "Channel 4 of layer3 has a mean activation of 4.5")).to_be_visible()
    settled(page)
    for part in ("zoo_view=One+unit", "zoo_network=bundled%2Fscenes", "zoo_layer=layer3", "zoo_unit=4"):
        assert part in page.url
    page.get_by_text("Gallery", exact=True).click()
    page.get_by_role("grid", name="Layers of bundled/digits.").wait_for()
    settled(page)
    grid = page.get_by_role("grid", name="Layers of bundled/scenes.")
    grid.focus()
    grid.press("ArrowRight")
    grid.press("ArrowRight")
    expect(page.get_by_text("layer1, unit 1, mean activation 1.5")).to_be_visible()
    grid.press("Enter")
    expect(said(page, "Channel 1 of layer1 has")).to_be_visible()


VIEWS = {
    "gallery": "",
    "one unit": "?zoo_view=One+unit&zoo_network=bundled%2Fscenes&zoo_layer=layer3&zoo_unit=5",
    "two networks": "?zoo_view=Two+networks",
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_each_window_and_axe_finds_nothing(page: Page, zoo: str, settled: Settled, view: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{zoo}/zoo{VIEWS[view]}")
    ready(page, settled)
    page.locator(".strips, .sheet").first.wait_for()
    assert violations(page) == []
    assert [each for each, shown in stops(page) if not shown] == []
    problems = {width: cut(page, width, height) for width, height in SIZES}
    assert not {width: each for width, each in problems.items() if each}
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_timeout(500)
    assert page.evaluate(script("controls")) <= ROOM
    darken(page, settled)
    assert violations(page) == []
