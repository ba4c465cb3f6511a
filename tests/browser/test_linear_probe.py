"""The page about a network's features in a real Chromium: a visitor's own pictures, from the ZIP file to the curve."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

from playwright.sync_api import Page, expect

from vizlib.pictures import encode_png
from vizlib.training import drawn


def three_classes() -> bytes:
    """A ZIP file with six drawn digits in each of three folders, and a file that is no picture."""
    data, archive = drawn("digits", 6, tests=0, classes=["1", "4", "8"]), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as box:
        for number, (picture, label) in enumerate(zip(data.pictures, data.labels, strict=True)):
            box.writestr(f"{('one', 'four', 'eight')[label]}/{chr(97 + number)}.png", encode_png(picture))
        box.writestr("one/broken.png", b"no picture")
    return archive.getvalue()


def test_a_zip_file_of_three_classes_becomes_a_curve_over_the_layers(
    page: Page, dashboard: str, settled: Callable[[Page], None], console_errors: list[str]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{dashboard}/linear_probe?network=bundled/digits&probe_set=own&beside_set=none")
    expect(page.get_by_text("Give pictures of at least two classes above")).to_be_visible()
    file = {"name": "digits.zip", "mimeType": "application/zip", "buffer": three_classes()}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]  # a payload is one of its types
    page.get_by_role("button", name="Measure every layer").click()
    chart = page.get_by_role("img", name=re.compile(r"^your pictures: act1 \d.*act3 \d"))
    expect(chart).to_be_visible()
    settled(page)
    expect(page.get_by_text(re.compile("^Your pictures: best at")).first).to_be_in_viewport()
    expect(chart.locator(".field b.round:not(.quiet)")).to_have_count(3)
    page.get_by_text("The pictures: your pictures").click()
    expect(page.get_by_text("These files are no pictures that can be opened: broken.png.")).to_be_visible()
    expect(page.get_by_role("img", name="four: 6 pictures")).to_be_visible()
    assert [each for each in console_errors if "Failed to load" not in each] == []
