"""Strangers' names in a real browser: each is shown as it is, wherever the dashboard shows a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from benchmarks.hostile.checkpoints import configured
from tests.names import NAMES

DEMO = Path(__file__).with_name("scripts") / "names_demo.py"
TEXTS = "all => all.map(each => each.textContent.replaceAll('\\u00a0', ' '))"  # tables keep "5 %" on one line
SHOWN = {
    "[data-testid=stMarkdown]": [words for name in NAMES for words in (name, f"In {name}: here", name)],
    "[data-testid=stHeading]": NAMES,
    "[data-testid=stAlert]": [f"{name}\n{name}" for name in NAMES],
    "[data-testid=stMetricLabel]": NAMES,
    "[data-testid=stDownloadButton]": NAMES,
    "[data-testid=stWidgetLabel]": NAMES,
    "[data-testid=stProgress]": [f"{name} ..." for name in NAMES],
    "[data-testid=stImageCaption]": NAMES,
    "th": ["name", *NAMES],
    "td:first-child": NAMES,
    "td:last-child": [NAMES[-1]] * len(NAMES),
    ".chart .name": NAMES,
    ".chart .value": NAMES,
}


def test_a_name_is_shown_as_it_is_in_every_element_that_reads_markdown_or_html(
    page: Page, serve: Callable[..., str], settled: Callable[[Page], None]
) -> None:
    page.goto(serve(DEMO))
    page.locator(".chart .value").last.wait_for()
    settled(page)
    main = page.get_by_test_id("stMain")
    for where, wanted in SHOWN.items():
        main.locator(where).nth(len(wanted) - 1).wait_for(state="attached")  # a browser loads some elements' code late
        found = main.locator(where).evaluate_all(TEXTS)[: len(wanted)]
        wrong = {name: there for name, there in zip(wanted, found, strict=True) if name != there}
        assert not wrong, where
    assert main.locator("a[href]:not([href^='#'])").count() == 0


def test_a_folder_with_an_odd_name_opens_through_a_link_in_any_letters_and_through_the_box(
    page: Page, serve: Callable[..., str], settled: Callable[[Page], None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    weights = tmp_path_factory.mktemp("weights")
    for name in ("50 % Vögel #1 & co", "my birds · 45 MB"):
        (weights / name).mkdir()
        configured({}, weights / name)
    address = serve("app.py", VIZLIB_WEIGHTS=str(weights), VIZLIB_STORE="off")
    page.goto(f"{address}/?network={quote('local/50 % VÖGEL #1 & CO')}&picture=photo&background=lava")
    caption = page.get_by_test_id("stImageCaption").first
    expect(caption).to_contain_text("The picture as 50 % Vögel #1 & co sees it (photograph: ")
    settled(page)
    assert "picture=Photo" in page.url
    page.get_by_test_id("stSidebar").get_by_text("Drawn").click()
    expect(page.get_by_test_id("stToast")).to_contain_text(
        "The page cannot use this part of the link: background=lava. It uses another value."
    )
    box = page.get_by_test_id("stSelectbox").first.locator("input")
    box.click()
    box.fill("local/My Birds · 45 MB")
    box.press("Enter")
    expect(caption).to_contain_text("The picture as my birds · 45 MB sees it")
