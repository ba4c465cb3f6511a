"""What axe-core, a screen reader's view and the Tab key find on every page, in the light and in the dark theme."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

Settled = Callable[[Page], None]
PAGES = {  # each with a result on it
    "saliency": "/?scene=11&methods=Gradient",
    "layers": "/layers?scene=11",
    "class_picture": "/class_picture?steps=8&run=1",
    "filters": "/filters?tiles=4&atlas_steps=4&run=1",
    "unit": "/filters?network=bundled%2Fdigits&show=One+unit&steps=4&run=1",
    "fooling": "/fooling?scene=11&lattice.steps=40",
    "thin_ice": "/thin_ice?scene=11&ice_attack=classic&run=1",
    "what_changed": "/what_changed?network=bundled%2Fdigits&change=Answers&run=1",
    "any_file": "/any_file?picture=Upload",
    "linear_probe": "/linear_probe?network=bundled%2Fdigits&probe_n=5&probe_view=Map&beside_set=none&run=1",
    "fine_tune": "/fine_tune?network=bundled%2Fdigits&ft_set=real_digits&ft_per_class=1&ft_steps=4",
    "about": "/about",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async (rules) => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
    return found.violations.flatMap((rule) => rule.nodes.map((node) =>
        `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary.replace(/\\s+/g, " ").slice(0, 200)}`));
}"""
# What shows the focus: an outline of the element or of the frame around it, that is opaque, 3 px and 3:1 to its ground.
FOCUSED = """() => {
    let here = document.activeElement;
    while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
    if (!here || here === document.body) return null;
    const up = (node) => node.parentElement ?? node.getRootNode().host;
    const canvas = window.paint ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (color) => color.slice(0, 3).map((level) => level / 255)
        .map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4))
        .reduce((sum, level, at) => sum + level * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (node) => {
        for (; node; node = up(node)) {
            const color = rgba(getComputedStyle(node).backgroundColor);
            if (color[3] === 255) return color;
        }
        return [255, 255, 255, 255];
    };
    let opacity = 1;
    for (let node = here; node; node = up(node)) opacity *= Number(getComputedStyle(node).opacity);
    const ring = (node) => {
        const style = getComputedStyle(node);
        if (style.outlineStyle !== "solid" || parseFloat(style.outlineWidth) < 3) return false;
        const color = rgba(style.outlineColor), inside = parseFloat(style.outlineOffset) < 0;
        const behind = ground(inside ? node : up(node) ?? node);
        const [high, low] = [light(color), light(behind)].sort((one, other) => other - one);
        const box = node.getBoundingClientRect();
        return color[3] === 255 && (high + 0.05) / (low + 0.05) >= 3 && box.width > 8 && box.height > 8;
    };
    let shown = false, node = here;
    for (let at = 0; at < 6 && node && !shown; at++, node = up(node)) shown = ring(node);
    const name = here.ariaLabel || here.innerText || here.title || here.className;
    return [`${here.tagName} ${String(name).trim().slice(0, 50)}`, shown && opacity > 0.99];
}"""
MOVING = """() => {
    const roots = [document], slow = [];
    for (const root of roots) for (const each of root.querySelectorAll("*")) {
        if (each.shadowRoot) roots.push(each.shadowRoot);
        const style = getComputedStyle(each);
        const longest = `${style.transitionDuration}, ${style.animationDuration}`.split(", ").map(parseFloat);
        if (Math.max(...longest) > 0.01) slow.push(each.outerHTML.slice(0, 120));
    }
    return slow;
}"""


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
    """The visitor's system becomes dark, and the page is opened again with the same link."""
    page.emulate_media(color_scheme="dark")
    page.reload()
    ready(page, settled)


@pytest.fixture(scope="module")
def visit(browser: Browser, dashboard: str, settled: Settled) -> Iterator[Callable[[str], Page]]:
    """`visit("layers")` opens that page with its result, once for all tests here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(180_000)

    @cache
    def opened(name: str) -> Page:
        page = context.new_page()
        page.goto(dashboard + PAGES[name])
        ready(page, settled)
        return page

    yield opened
    context.close()


def stops(page: Page) -> list[tuple[str, bool]]:
    """Where the Tab key goes, from the page's first element to its last, and whether the focus can be seen there."""
    page.evaluate("document.activeElement.blur()")
    found: list[tuple[str, bool]] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        here: Any = page.evaluate(FOCUSED)
        if here is not None and not here[1]:
            page.wait_for_timeout(200)  # what fades in may take that long
            here = page.evaluate(FOCUSED)
        if here is None:
            return found
        found.append((here[0], here[1]))
    raise AssertionError("the Tab key does not come to an end")


@pytest.mark.parametrize("name", PAGES)
def test_the_focus_can_be_seen_at_each_stop_of_the_tab_key(visit: Callable[[str], Page], name: str) -> None:
    walked = stops(visit(name))
    assert len(walked) > 15
    assert [each for each, shown in walked if not shown] == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_the_light_theme(visit: Callable[[str], Page], name: str) -> None:
    assert violations(visit(name)) == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_the_dark_theme(visit: Callable[[str], Page], settled: Settled, name: str) -> None:
    page = visit(name)
    darken(page, settled)
    assert violations(page) == []
    if name == "fooling":
        assert [each for each, shown in stops(page) if not shown] == []


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
    assert violations(page) == []


def test_nothing_moves_for_those_who_asked_for_less_motion(page: Page, visit: Callable[[str], Page]) -> None:
    page = visit("layers")
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOVING) != [], "and what moves would be noticed"
