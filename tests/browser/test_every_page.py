"""What holds on every page: it fits each window, axe finds nothing, the Tab key shows the focus; light and dark."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

Settled = Callable[[Page], None]
PAGES = {  # each with a result on it
    "saliency": "/?scene=11&explain=a+unit+inside&methods=Gradient&methods=Guided+backpropagation&methods=Grad-CAM",
    "layers": "/layers?scene=11",
    "class_picture": "/class_picture?steps=8&run=1",
    "filters": "/filters?tiles=8&atlas_steps=4&run=1",
    "unit": "/filters?network=bundled%2Fdigits&show=One+unit&steps=4&run=1",
    "fooling": "/fooling?scene=11&lattice.steps=40",
    "thin_ice": "/thin_ice?scene=11&ice_attack=classic&run=1",
    "what_changed": "/what_changed?network=bundled%2Fdigits&change=Answers&run=1",
    "believe": "/believe?scene=11&examined=gradient&examined=grad_cam&run=1",
    "any_file": "/any_file?picture=Upload",
    "linear_probe": "/linear_probe?network=bundled%2Fdigits&probe_n=5&probe_view=Map&beside_set=none&run=1",
    "fine_tune": "/fine_tune?network=bundled%2Fdigits&ft_set=real_digits&ft_per_class=1&ft_steps=4",
    "runs": "/runs",
    "two_domains": "/two_domains?td_pair=real_digits&td_steps=4&td_batch=16",
    "pictures_out_of_noise": "/pictures_out_of_noise?gan_set=real_digits&gan_per_class=10&gan_steps=4&run=1",
    "exercises": "/exercises?ex_course=CS231n",
    "zoo": "/zoo",
    "about": "/about",
    "lecture": "/lecture",  # with the scenes that were added on the pages before
}
WITHOUT_RESULT = {"any_file", "runs", "about", "lecture", "exercises"}  # as they are opened here
ADDED = {"saliency", "layers", "unit"}
USUAL = (1440, 900)
SIZES = [(1280, 720), USUAL, (1920, 1080), (640, 360), (390, 844), (320, 640)]
ROOM = 720 / 3  # px, of controls on a projector of 1280 x 720
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async (rules) => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
    return found.violations.flatMap((rule) => rule.nodes.map((node) =>
        `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary.replace(/\\s+/g, " ").slice(0, 200)}`));
}"""

IS_DARK = """() => /^rgb\\((\\d|[1-4]\\d),/.test(
    getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor)"""


@cache
def script(name: str) -> str:
    """A function in JavaScript, which says how it decides."""
    return (Path(__file__).parent / "scripts" / f"{name}.js").read_text(encoding="utf-8")


@cache
def axe_script() -> str:
    """axe-core's own script, which the Python package carries."""
    package = importlib.util.find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, and against its best practices: order of headings, landmarks."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_script())
    return page.evaluate(AXE, RULES)


def ready(page: Page, settled: Settled) -> None:
    """The page is drawn, and the widget that mends it is there: the browser loads that one last."""
    page.get_by_role("heading", level=1).wait_for()
    page.locator('[data-testid="stSidebarNavItems"][role]').wait_for()
    settled(page)


def darken(page: Page, settled: Settled) -> None:
    """The visitor's system becomes dark; r runs the script again, because charts get their colors from the server."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IS_DARK, polling=100)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    settled(page)
    page.wait_for_timeout(1000)  # what was pale meanwhile becomes clear again


@pytest.fixture(scope="module", params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def opened(name: str, visitor: BrowserContext, dashboard: str, settled: Settled) -> Iterator[Page]:
    """The page with its result, once for all tests of it."""
    page = visitor.new_page()
    page.set_default_timeout(180_000)
    page.emulate_media(color_scheme="light")
    page.goto(dashboard + PAGES[name])
    ready(page, settled)
    yield page
    page.close()


def stops(page: Page) -> list[tuple[str, bool]]:
    """Where the Tab key goes, from the page's first element to its last, and whether the focus can be seen there."""
    page.evaluate("document.activeElement.blur()")
    found: list[tuple[str, bool]] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        here: Any = page.evaluate(script("focused"))
        for _ in range(10):
            if here is None or here[1]:
                break
            page.wait_for_timeout(200)  # what fades in may take that long, and in a slow browser longer
            here = page.evaluate(script("focused"))
        if here is None:
            return found
        found.append((here[0], here[1]))
    raise AssertionError("the Tab key does not come to an end")


def cut(page: Page, width: int, height: int) -> list[str]:
    """What does not fit a window of this size. Charts and boxes follow the window a moment later."""
    page.set_viewport_size({"width": width, "height": height})
    for _ in range(8):
        page.wait_for_timeout(250)
        if not (found := page.evaluate(script("cut"))):
            break
    return list(found)


def test_a_page_fits_every_window_and_its_controls_leave_room(opened: Page) -> None:
    """S3, I13, I17."""
    try:
        problems = {width: cut(opened, width, height) for width, height in SIZES[1:]}
        problems[1280] = cut(opened, *SIZES[0])
        assert opened.evaluate(script("controls")) <= ROOM
    finally:
        opened.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
    assert not {width: each for width, each in problems.items() if each}


def test_the_focus_can_be_seen_at_each_stop_of_the_tab_key(opened: Page) -> None:
    walked = stops(opened)
    assert len(walked) > 15
    assert [each for each, shown in walked if not shown] == []


def test_axe_finds_nothing_in_the_light_theme(opened: Page) -> None:
    assert violations(opened) == []


def test_axe_finds_nothing_in_the_dark_theme(opened: Page, settled: Settled, name: str) -> None:
    darken(opened, settled)
    assert violations(opened) == []
    if name == "fooling":
        assert [each for each, shown in stops(opened) if not shown] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_and_while_a_run_goes_on(
    page: Page, dashboard: str, settled: Settled, theme: Any
) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(f"{dashboard}/fooling")
    page.get_by_role("button", name="Fool it").wait_for()
    ready(page, settled)
    page.get_by_text("Settings and seed").click()
    assert violations(page) == []
    page.goto(f"{dashboard}/fooling?lattice.steps=900&goal=99+%25&run=1")
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    page.locator('[data-testid="stSidebarNavItems"][role]').wait_for()
    page.locator(".st-key-shown [data-stale=true]").first.wait_for(state="attached")  # frames follow now
    expect(page.locator("[data-stale=true]:visible")).to_have_count(0)
    assert violations(page) == []


def test_a_page_with_a_result_offers_it_to_the_lecture(opened: Page, name: str, settled: Settled) -> None:
    button = opened.get_by_role("button", name="Add to my lecture")
    if name != "zoo":  # which shows what other pages have left in the store
        expect(button).to_have_count(0 if name in WITHOUT_RESULT else 1)
    if name in ADDED:
        opened.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, 0)")
        expect(button).to_be_in_viewport()
        button.click()
        settled(opened)
        expect(opened.get_by_test_id("stSidebar").get_by_role("link", name="My lecture")).not_to_contain_text("(0)")


def test_nothing_moves_for_those_who_asked_for_less_motion(page: Page, dashboard: str, settled: Settled) -> None:
    page.goto(dashboard + PAGES["layers"])
    ready(page, settled)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(script("moving")) == []
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(script("moving")) != [], "and what moves would be noticed"
