"""Every page from a telephone to a projector: nothing scrolls sideways or is cut; controls leave room for results."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

PAGES = {
    "saliency": "?explain=a+unit+inside&methods=Gradient&methods=Guided+backpropagation&methods=Grad-CAM",
    "layers": "layers",
    "class_picture": "class_picture?steps=12&size=48&second=none",
    "filters": "filters?atlas_steps=4&tiles=8",
    "unit": "filters?show=One+unit&card_steps=4",
    "fooling": "fooling?lattice.steps=40&goal=first&toward=cat",
    "thin_ice": "thin_ice?ice_attack=classic",
    "what_changed": "what_changed?network=bundled%2Fdigits&run=1",
    "any_file": "any_file",
    "linear_probe": "linear_probe?network=bundled/digits&probe_n=5",
    "fine_tune": "fine_tune?network=bundled%2Fdigits&ft_set=real_digits&ft_per_class=1&ft_steps=4",
    "about": "about",
}
SIZES = [(1280, 720), (1440, 900), (1920, 1080), (640, 360), (390, 844), (320, 640)]
ROOM = 720 / 3  # px, of controls on a projector of 1280 x 720
# What is read or pressed must be inside all that cuts it off. The name of a class may be longer than its box. Strips
# and tables may scroll inside themselves. What only screen readers read is in boxes of 1 px.
CUT = """() => {
    const all = `button, input, label, p, h1, h2, h3, h4, li, td, th, summary, figcaption, output, img, canvas,
        [role=radio], [data-testid=stMetricValue], [data-testid=stSidebarNavLink] span`;
    const told = (each) => `${each.tagName} "${(each.value ?? each.textContent).trim().slice(0, 40)}"`;
    const style = (each) => getComputedStyle(each).overflowX;
    const seen = { visibilityProperty: true, opacityProperty: true };
    const shown = (each) => each.checkVisibility(seen) && each.getBoundingClientRect().width > 1;
    const frames = ["stMain", "stSidebar"].map((name) => document.querySelector(`[data-testid=${name}]`));
    const within = (each, frame) => {
        if (each.scrollWidth > each.clientWidth + 1 && ["hidden", "clip"].includes(style(each))
            && each.getAttribute("role") !== "combobox") return false;
        const box = each.getBoundingClientRect();
        for (let around = each.parentElement; around !== frame.parentElement; around = around.parentElement) {
            if (["auto", "scroll"].includes(style(around)) && around !== frame) return true;
            if (!["hidden", "clip"].includes(style(around)) && around !== frame) continue;
            const edge = around.getBoundingClientRect();
            if (edge.width <= 1) return true;
            if (box.right > edge.right + 1.5 || box.left < edge.left - 1.5) return false;
        }
        return true;
    };
    const main = frames[0];
    const wide = main.scrollWidth > main.clientWidth + 1 ? [`the page is ${main.scrollWidth} px wide`] : [];
    return frames.filter((each) => each && shown(each) && each.getBoundingClientRect().left >= 0).flatMap((frame) => [
        ...(frame === main ? wide : []),
        ...[...frame.querySelectorAll(all)].filter((each) => shown(each) && !within(each, frame)).map(told),
        ...[...frame.querySelectorAll("[data-testid=stNumberInput]")]
            .filter((each) => shown(each) && !each.querySelector("[data-testid=stNumberInputStepUp]"))
            .map((each) => `${each.textContent} lost its - and +`),
    ]);
}"""
CONTROLS = """() => {
    const row = document.querySelector(".st-key-status")?.closest("[data-testid=stLayoutWrapper]");
    if (!row) return 0;
    const before = [...row.parentElement.children].slice(0, [...row.parentElement.children].indexOf(row));
    const title = before.findIndex((each) => each.querySelector("h1"));
    const first = before.find((each, at) => at > title && each.querySelector("input, button, summary, svg"));
    const gap = parseFloat(getComputedStyle(row.parentElement).rowGap);
    return first ? row.getBoundingClientRect().top - gap - first.getBoundingClientRect().top : 0;
}"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_width(page: Page, dashboard: str, settled: Callable[[Page], None], name: str) -> None:
    """S3, I13, I17."""
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    page.goto(f"{dashboard}/{PAGES[name]}")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    assert page.evaluate(CONTROLS) <= ROOM
    problems = {width: cut(page, width, height) for width, height in SIZES}
    assert not {width: each for width, each in problems.items() if each}


def cut(page: Page, width: int, height: int) -> list[str]:
    """What does not fit a window of this size. Charts and boxes follow the window a moment later."""
    page.set_viewport_size({"width": width, "height": height})
    for _ in range(8):
        page.wait_for_timeout(250)
        if not (found := page.evaluate(CUT)):
            break
    return list(found)


def test_the_lab_s_sheet_is_on_the_first_screen(page: Page, dashboard: str, settled: Callable[[Page], None]) -> None:
    """S2: its button is beside the controls; Stop and the pictures are on the same screen, and nothing jumps."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{dashboard}/class_picture?network=bundled/digits")
    settled(page)
    page.get_by_role("button", name="Run the lab").click()
    sheet = page.get_by_test_id("stMain").locator(".st-key-lab_sheet img")
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)).to_be_in_viewport(ratio=1)
    expect(sheet).to_be_in_viewport(ratio=0.4)
    before = sheet.bounding_box() or {}
    expect(page.get_by_role("button", name="Sheet (PNG)")).to_be_visible()
    after = sheet.bounding_box() or {}
    assert (after["y"], after["height"] < 720) == (pytest.approx(before["y"], abs=1), True)


def test_a_mistake_in_a_field_of_the_lab_keeps_its_controls(
    page: Page, dashboard: str, settled: Callable[[Page], None]
) -> None:
    """I14: the message is under the field, and the button waits."""
    page.goto(f"{dashboard}/class_picture?lab.tv=0%2C+two%2C+10&steps=4&size=32&second=none")
    settled(page)
    main = page.get_by_test_id("stMain")
    fields = main.get_by_role("textbox", name="Values")
    expect(main.get_by_role("alert")).to_contain_text("'two' is not a number")
    page.wait_for_timeout(500)  # the lab's controls unfold
    below, field = main.get_by_role("alert").bounding_box() or {}, fields.first.bounding_box() or {}
    assert 0 < below["y"] - field["y"] - field["height"] < 40
    expect(fields).to_have_count(2)
    expect(main.get_by_role("button", name="Run the lab")).to_be_disabled()
    fields.first.fill("0, 2, 10")
    fields.first.press("Enter")
    expect(main.get_by_role("button", name="Run the lab")).to_be_enabled()
    expect(main.get_by_role("alert")).to_have_count(0)
