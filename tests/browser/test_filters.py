"""The atlas and the unit's card in a real browser: click a tile, read the card, save it, come back by its link."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from vizlib.pictures import read_recipe

Settled = Callable[[Page], None]
QUICK = "layer=layer1&tiles=6&atlas_steps=8&card_steps=4"


def picture(page: Page, button: str) -> tuple[bytes, np.ndarray]:
    with page.expect_download() as coming:
        page.get_by_role("button", name=button, exact=True).click()
    data = coming.value.path().read_bytes()
    return data, np.asarray(Image.open(io.BytesIO(data)))


def test_a_click_on_a_tile_opens_the_units_card_and_its_link_opens_it_again(
    page: Page, dashboard: str, settled: Settled
) -> None:
    page.goto(f"{dashboard}/filters?{QUICK}")
    sheet = page.locator(".sheet[aria-label^='Atlas of layer1']")
    expect(sheet).to_be_visible(timeout=60_000)
    sheet.get_by_role("option", name=re.compile("^channel 1 ")).click()
    expect(page.get_by_text(re.compile(r"Channel 1 of layer1"))).to_be_visible()
    expect(page.get_by_text(re.compile("counts against"))).to_be_visible(timeout=120_000)
    expect(page.get_by_text("drawn pictures of the kind on which this network was trained")).to_be_visible()
    settled(page)
    link = page.url
    assert "unit=1" in link
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_text(re.compile(r"Channel 1 of layer1"))).to_be_visible()
    expect(page.get_by_text(re.compile("counts against"))).to_be_visible(timeout=120_000)


def test_atlas_and_card_are_saved_with_their_recipes(page: Page, dashboard: str, settled: Settled) -> None:
    page.goto(f"{dashboard}/filters?{QUICK}")
    expect(page.get_by_role("button", name="Atlas (PNG)")).to_be_visible(timeout=60_000)
    settled(page)
    data, pixels = picture(page, "Atlas (PNG)")
    recipe = read_recipe(data)
    assert recipe
    assert (recipe["layer"], recipe["channels"], recipe["steps"]) == ("layer1", 6, 8)
    assert pixels.shape[1] > 300
    page.goto(f"{dashboard}/filters?{QUICK}&show=One+unit&unit=2")
    expect(page.get_by_role("button", name="The card (PNG)")).to_be_visible(timeout=120_000)
    settled(page)
    data, pixels = picture(page, "The card (PNG)")
    recipe = read_recipe(data)
    assert recipe
    assert (recipe["layer"], recipe["channel"], recipe["source"]) == ("layer1", 2, "drawn scenes 256")
    assert pixels.std() > 20


def test_a_folder_of_pictures_is_searched(page: Page, dashboard: str, settled: Settled) -> None:
    files = [
        {"name": f"{name}.png", "mimeType": "image/png", "buffer": plain(name)} for name in ("red", "green", "blue")
    ]
    page.goto(f"{dashboard}/filters?{QUICK}&show=One+unit&unit=2&search_among=pictures+of+your+own")
    expect(page.get_by_text("Until there are pictures")).to_be_visible(timeout=120_000)
    settled(page)
    page.locator("[data-testid=stMain] input[type=file]").set_input_files(files)
    expect(page.get_by_text(re.compile(r"Of 3 pictures, these 3 activate it most"))).to_be_visible(timeout=60_000)
    settled(page)
    page.locator("[data-testid=stMain] input[type=file]").set_input_files(
        [{"name": "broken.zip", "mimeType": "application/zip", "buffer": b"PK\3\4 broken"}]
    )
    expect(page.get_by_text("broken.zip is not a ZIP file that can be read")).to_be_visible(timeout=60_000)


def plain(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 60), color).save(file, "PNG")
    return file.getvalue()
