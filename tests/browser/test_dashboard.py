"""What a person does in a browser: open, choose, upload, click a map, download, come back by a link."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from vizlib.pictures import read_recipe

Settled = Callable[[Page], None]
LOADED = (
    "[...document.querySelectorAll('[data-testid=stImage] img')].every((each) => each.complete && each.naturalWidth)"
)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


def go(page: Page, address: str, settled: Settled) -> None:
    page.goto(address)
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)


def whole(page: Page) -> str:
    """The text of the first page with two maps, once chart and buttons are there."""
    expect(page.locator(".chart .bar").first).to_be_visible()
    expect(page.get_by_role("button", name="Raw (.npy)")).to_have_count(2)
    return page.get_by_test_id("stMain").inner_text()


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as coming:
        page.get_by_role("button", name=name).first.click()
    return coming.value.path().read_bytes()


def test_the_first_page_opens_on_a_drawn_scene_with_saliency_on_screen(
    page: Page, dashboard: str, settled: Settled, console_errors: list[str]
) -> None:
    go(page, dashboard, settled)
    expect(page.get_by_role("heading", name="Which pixels matter?")).to_be_visible()
    pictures = page.locator("[data-testid=stImage] img, figure.map img")
    expect(pictures).to_have_count(5)  # the picture, two maps, two legends
    page.wait_for_function(LOADED)
    widths = [pictures.nth(index).evaluate("each => each.getBoundingClientRect().width") for index in range(3)]
    assert min(widths) >= 300
    assert console_errors == []


def test_a_copied_link_opens_the_same_view(page: Page, dashboard: str, settled: Settled) -> None:
    link = f"{dashboard}/?network=bundled%2Fscenes_vgg&scene=11&methods=Gradient&methods=SmoothGrad&strength=1.0"
    go(page, link, settled)
    first = whole(page)
    again = page.context.new_page()
    go(again, page.url, settled)
    assert whole(again) == first
    assert query(again)["network"] == ["bundled/scenes_vgg"]
    assert query(again)["scene"] == ["11"]


def test_the_network_and_the_picture_stay_when_one_goes_to_another_page(
    page: Page, dashboard: str, settled: Settled
) -> None:
    go(page, f"{dashboard}/?network=bundled%2Fscenes_vgg&scene=11", settled)
    page.get_by_role("link", name="What does each layer see?").click()
    expect(page.get_by_role("heading", name="What does each layer see?")).to_be_visible()
    settled(page)
    assert query(page)["network"] == ["bundled/scenes_vgg"]
    assert query(page)["scene"] == ["11"]


def test_a_link_is_kept_though_one_goes_on_before_the_sidebar_is_there(
    page: Page, dashboard: str, settled: Settled
) -> None:
    page.add_init_script(
        """new MutationObserver((_, watch) => {
            const link = [...document.querySelectorAll("a")].find((each) => each.innerText.includes("each layer see"));
            if (!link || window.went) return;
            window.went = true;
            watch.disconnect();
            link.click();
        }).observe(document, { childList: true, subtree: true });"""
    )
    page.goto(f"{dashboard}/?network=bundled%2Fscenes_vgg&scene=11&object=fish")
    expect(page.get_by_role("heading", name="What does each layer see?")).to_be_visible()
    settled(page)
    assert query(page) == {"network": ["bundled/scenes_vgg"], "scene": ["11"], "object": ["fish"]}
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("11")


def test_an_uploaded_picture_is_shown_upright_and_a_bad_one_leaves_it_on_screen(
    page: Page, dashboard: str, settled: Settled
) -> None:
    lying = Image.new("RGB", (120, 80), (200, 30, 30))
    exif = lying.getexif()
    exif[0x0112] = 6  # turned by 90 degrees
    photograph = io.BytesIO()
    lying.save(photograph, "JPEG", exif=exif)
    go(page, f"{dashboard}/?picture=Upload", settled)
    box = page.get_by_test_id("stSidebar").locator("input[type=file]")
    box.set_input_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": photograph.getvalue()})
    expect(page.get_by_text("mine.jpg").last).to_be_visible()
    settled(page)
    expect(page.get_by_text(re.compile(r"sees it \(mine.jpg\)"))).to_be_visible()
    box.set_input_files({"name": "text.png", "mimeType": "image/png", "buffer": b"this is no picture"})
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    settled(page)
    expect(page.get_by_text(re.compile(r"sees it \(mine.jpg\)"))).to_be_visible()
    assert "Traceback" not in page.locator("body").inner_text()


def test_the_saved_map_carries_its_recipe_and_the_raw_numbers(page: Page, dashboard: str, settled: Settled) -> None:
    go(page, f"{dashboard}/?methods=Gradient&target=sheep+%C2%B7+0", settled)
    data = download(page, "Map (PNG)")
    recipe = read_recipe(data)
    assert recipe is not None
    assert recipe["network"] == "bundled/scenes"
    assert recipe["method"] == "gradient"
    assert Image.open(io.BytesIO(data)).size == (128, 128)
    values = np.load(io.BytesIO(download(page, "Raw (.npy)")), allow_pickle=False)
    assert values.shape == (128, 128)
    assert values.dtype == np.float32
    assert values.max() > 0


def test_a_click_on_a_tile_shows_that_channel_large_and_in_the_link(
    page: Page, dashboard: str, settled: Settled
) -> None:
    go(page, f"{dashboard}/layers", settled)
    page.get_by_role("option", name=re.compile("^channel 5 ")).click()
    settled(page)
    channel = int(query(page)["channel"][0])
    assert channel == 5
    expect(page.get_by_role("heading", name=f"Channel {channel}", exact=True)).to_be_visible()
    page.locator(".sheet").press("ArrowLeft")
    page.locator(".sheet").press("Enter")
    settled(page)
    assert query(page)["channel"] == [str(channel - 1)]


def test_a_click_on_the_strip_chooses_the_layer(page: Page, dashboard: str, settled: Settled) -> None:
    go(page, f"{dashboard}/layers", settled)
    last = page.locator(".strip .layer").last
    path = last.get_attribute("data-path")
    last.click()
    settled(page)
    expect(page.locator(".strip .layer.on")).to_have_attribute("data-path", path or "")
    assert query(page)["layer"] == [path]


def test_a_network_that_cannot_be_downloaded_leaves_the_last_one_on_screen(
    page: Page, dashboard: str, settled: Settled
) -> None:
    go(page, dashboard, settled)
    box = page.get_by_test_id("stSidebar").get_by_role("combobox").first
    box.click()
    box.fill("resnet18.a1_in1k")
    box.press("Enter")
    expect(page.get_by_text(re.compile("could not be downloaded"))).to_be_visible()
    settled(page)
    expect(page.get_by_text(re.compile("The picture as scenes sees it"))).to_be_visible()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    assert "Traceback" not in page.locator("body").inner_text()
