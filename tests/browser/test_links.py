"""What a link and the browser's history keep: the target, the view, and what a link cannot hold."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

Settled = Callable[[Page], None]
STAGE = {"width": 1280, "height": 720}


@pytest.fixture
def stage(page: Page) -> Page:
    page.set_viewport_size(STAGE)
    return page


def opened(page: Page, address: str, settled: Settled) -> None:
    page.goto(address)
    page.get_by_test_id("stSidebarNavLink").first.wait_for()
    page.get_by_role("button", name="Copy link").wait_for()
    settled(page)


def go(page: Page, title: str, settled: Settled) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    settled(page)


def test_a_link_to_an_uploaded_picture_asks_for_it_and_computes_nothing_in_its_place(
    stage: Page, dashboard: str, settled: Settled
) -> None:
    opened(stage, f"{dashboard}/fooling?picture=Upload&run=1&seed=1", settled)
    main = stage.get_by_test_id("stMain")
    expect(
        main.get_by_text("This link was made with an uploaded picture, which a link cannot hold.")
    ).to_be_in_viewport()
    assert not re.search("Fool it|Verified|Fooled|sheep", main.inner_text()), "and no drawn scene is fooled instead"
    own = io.BytesIO()
    Image.new("RGB", (160, 120), (40, 90, 160)).save(own, "PNG")
    main.locator("input[type=file]").set_input_files(
        {"name": "own.png", "mimeType": "image/png", "buffer": own.getvalue()}
    )
    expect(main.get_by_text("(own.png)")).to_be_visible()
    settled(stage)
    expect(main.get_by_text("This link was made")).to_have_count(0)


def test_back_and_forward_keep_the_target_which_both_pages_share(stage: Page, dashboard: str, settled: Settled) -> None:
    opened(stage, f"{dashboard}/fooling", settled)
    first = stage.evaluate("history.length")
    box = stage.get_by_role("combobox", name="Make it")
    box.click()
    box.fill("goat")
    stage.keyboard.press("Enter")
    settled(stage)
    chosen = box.input_value()
    assert chosen.startswith("goat")
    for title in ("How stable is the answer?", "What does each layer see?", "What fools it?"):
        go(stage, title, settled)
        if "layer" not in title:
            expect(box).to_have_value(chosen)
    assert stage.evaluate("history.length") == first + 3, "one entry for each page"
    for _ in range(2):
        stage.go_back()
        settled(stage)
    expect(stage.get_by_role("heading", name="How stable is the answer?", level=1)).to_be_visible()
    expect(box).to_have_value(chosen)
    assert "ice_toward=goat" in stage.url
    stage.go_back()
    settled(stage)
    expect(stage.get_by_role("heading", name="What fools it?", level=1)).to_be_visible()
    expect(box).to_have_value(chosen)
    assert stage.url.startswith(f"{dashboard}/fooling?toward=goat")
    stage.go_forward()
    settled(stage)
    expect(stage.get_by_role("heading", name="How stable is the answer?", level=1)).to_be_visible()
    expect(box).to_have_value(chosen)


def test_the_view_s_link_is_copied_and_its_controls_are_reset(stage: Page, dashboard: str, settled: Settled) -> None:
    stage.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(stage, f"{dashboard}/layers?network=bundled%2Fdigits&view=Kernels&projector=true", settled)
    assert stage.title().endswith(" - Filterscope")
    assert re.match(r"What does each layer see\? - .+ - Filterscope", stage.title())
    stage.get_by_role("button", name="Copy link").click()
    expect(stage.get_by_role("status").filter(has_text="Link copied")).to_have_count(1)
    assert stage.evaluate("navigator.clipboard.readText()") == stage.url
    stage.get_by_role("button", name="Reset").click()
    settled(stage)
    expect(stage.get_by_role("radio", name="Feature maps")).to_be_checked()
    assert stage.url == f"{dashboard}/layers?network=bundled%2Fdigits&projector=true", "network and switch stay"


def test_the_sidebar_is_wide_at_once_and_shows_the_picture_only_where_it_matters(
    stage: Page, dashboard: str, settled: Settled
) -> None:
    opened(stage, f"{dashboard}/?picture=Photo", settled)
    sidebar = stage.get_by_test_id("stSidebar")
    assert sidebar.evaluate("(side) => side.getBoundingClientRect().width") >= 355
    photograph = sidebar.get_by_test_id("stSelectbox").filter(has_text="Photograph")
    expect(photograph).to_be_in_viewport(ratio=1)
    expect(photograph.get_by_role("combobox")).to_have_value("cat")
    letters = "parseFloat(getComputedStyle(document.querySelector('[data-testid=stMain] p')).fontSize)"
    usual = stage.evaluate(letters)
    sidebar.get_by_text("Projector", exact=True).click()
    stage.wait_for_function(f"{letters} > 1.29 * {usual}")
    assert "projector=true" in stage.url
    go(stage, "This installation", settled)
    expect(photograph).to_be_hidden()
    assert "photo" in stage.url.lower(), "the link keeps it"
    assert stage.title() == "This installation - Filterscope"
