"""Fooling as a person does it, in a real Chromium: watch, slide, save, and drop the saved file again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from vizlib import load_model, open_picture, to_pixels
from vizlib.pictures import read_recipe

BADGE = re.compile(r"Verified: the saved file is (\w+), ([\d.]+)\s%")


def opened(page: Page, address: str, settled: Callable[[Page], None]) -> None:
    page.goto(address)
    page.get_by_text("Verified: the saved file").first.wait_for()
    settled(page)


def test_the_saved_file_fools_when_it_is_classified_afresh(
    page: Page, dashboard: str, settled: Callable[[Page], None], tmp_path: Path, console_errors: list[str]
) -> None:
    opened(page, f"{dashboard}/fooling?scene=11&lattice.steps=40", settled)
    badge = BADGE.search(page.inner_text("body"))
    assert badge is not None
    with page.expect_download() as download:
        page.get_by_role("button", name="Fooling image (PNG").click()
    file = tmp_path / "saved.png"
    download.value.save_as(file)
    model = load_model("bundled/scenes")
    shares = model.predict(to_pixels(open_picture(file), model))[0]
    recipe = read_recipe(file.read_bytes())
    assert recipe is not None
    assert int(shares.argmax()) == recipe["target"]
    assert model.class_names[int(shares.argmax())] == badge.group(1)
    assert f"{100 * float(shares.max()):.1f}" == badge.group(2)
    page.get_by_text("What is in the file?").click()
    expect(page.get_by_text(hashlib.sha256(file.read_bytes()).hexdigest())).to_be_visible()

    page.goto(f"{dashboard}/any_file?judges=bundled%2Fscenes_vgg")
    settled(page)
    page.locator("input[type=file]").last.set_input_files(file)
    page.get_by_text("and it still does").wait_for()
    settled(page)
    expect(page.get_by_text("bundled/scenes_vgg").first).to_be_visible()
    assert [each for each in console_errors if "gstatic" not in each and "Failed to load" not in each] == []


def test_dragging_the_slider_asks_nothing_of_the_server(
    page: Page, dashboard: str, settled: Callable[[Page], None]
) -> None:
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append("frame")))
    opened(page, f"{dashboard}/fooling?scene=12&lattice.steps=40", settled)
    slider = page.locator("input[type=range]").last
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    sent.clear()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, middle)
    page.mouse.down()
    said = set()
    for share in range(34, 2, -2):
        page.mouse.move(box["x"] + box["width"] * share / 100, middle)
        said.add(slider.get_attribute("aria-valuetext"))
    page.mouse.up()
    assert len(said) > 10
    assert sent == []
    assert [each for each in requests if not each.startswith("data:")] == []


def test_stop_keeps_the_picture_and_starts_again(page: Page, dashboard: str, settled: Callable[[Page], None]) -> None:
    page.goto(f"{dashboard}/fooling?scene=13&lattice.steps=900")
    page.get_by_text(re.compile(r"^Step \d+ of at most")).first.wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped after step").first.wait_for()
    settled(page)
    expect(page.get_by_text(re.compile(r"^Step \d+ of at most")).first).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def test_the_link_to_the_laboratory_takes_the_pair_along(
    page: Page, dashboard: str, settled: Callable[[Page], None]
) -> None:
    opened(page, f"{dashboard}/fooling?scene=14&attack=classic", settled)
    caption = page.get_by_text(re.compile(r"^Fooled: ")).first.inner_text()
    page.get_by_role("link", name="How stable is this answer?").click()
    page.get_by_role("heading", name="How stable is the answer?").wait_for()
    shown = page.locator(".shake figcaption").nth(1).locator("strong")
    shown.wait_for()
    settled(page)
    assert caption.startswith(f"Fooled: {shown.inner_text()}, ")


def test_hovering_the_shaken_pictures_shows_each_and_asks_nothing(
    page: Page, dashboard: str, settled: Callable[[Page], None]
) -> None:
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append("frame")))
    page.goto(f"{dashboard}/thin_ice?scene=15&ice_attack=classic&ice=Shake")
    plot = page.locator(".shake .plot")
    plot.wait_for()
    settled(page)
    words = page.locator(".shake figcaption")
    fooled = words.nth(1)
    assert re.match(r"^Fooled at 128: (?!.*Original)", fooled.inner_text())  # begins where nothing is shaken
    assert words.nth(0).inner_text().split(": ")[1] != fooled.inner_text().split(": ")[1]
    sent.clear()
    cells = page.locator(".shake .cells").first
    width = cells.evaluate("(cells) => cells.clientWidth")
    cells.hover(position={"x": width - 3, "y": 5})
    last = plot.get_attribute("aria-valuemax")
    expect(plot).to_have_attribute("aria-valuenow", str(last))
    assert "128" not in fooled.inner_text().split(":")[0]
    expect(page.locator(".shake .view").nth(1)).to_have_css("background-position-x", "100%")
    plot.press("Home")
    expect(plot).to_have_attribute("aria-valuenow", "0")
    assert str(plot.get_attribute("aria-valuetext")).count("Original") == 1
    assert sent == []
