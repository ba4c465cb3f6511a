"""Searching for a class as a visitor does: by any of its names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from benchmarks.hostile.checkpoints import configured

CAT, PUMA, PHONE = (
    "tabby, tabby cat",
    "cougar, puma, catamount, mountain lion, painter, panther, Felis concolor",
    "cellular telephone, cellular phone, cellphone, cell, mobile phone",
)


@pytest.fixture(scope="module")
def animals(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a dashboard that has a network whose classes have several names."""
    weights = tmp_path_factory.mktemp("weights")
    (weights / "animals").mkdir()
    configured({"label_names": [CAT, PUMA, PHONE]}, weights / "animals")
    return serve("app.py", VIZLIB_WEIGHTS=str(weights), VIZLIB_STORE="off")


def test_a_class_is_found_by_each_of_its_names_as_one_option(
    page: Page, animals: str, settled: Callable[[Page], None]
) -> None:
    """S7 and M2, on a projector of 1280 x 720."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{animals}/fooling?network=local/animals")
    settled(page)
    box = page.get_by_test_id("stMain").get_by_role("combobox", name="Make it")
    for words, found in (("tabby cat", CAT), ("mobile phone", PHONE), ("puma", PUMA)):
        box.click()
        box.fill(words)
        expect(page.get_by_role("option")).to_have_text([found])
    assert page.get_by_role("option").evaluate("each => each.offsetHeight < 50"), "a long one is cut, on one line"
    box.press("Enter")
    settled(page)
    expect(box).to_have_value(PUMA)
    assert "cougar%2C+puma" in page.url
