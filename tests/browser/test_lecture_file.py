"""A lecture in one file, opened without a network: each part is as live as on its page, and keys lead through it."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from vizlib.ui.shared.words import percent
from vizlib.ui.widgets import offline
from vizlib.ui.widgets.data_url import data_url
from vizlib.ui.widgets.scene import Part, Scene

DEMO = Path(__file__).parent / "scripts/lecture_demo.py"
HOSTILE = '</script><img src=x onerror="window.hacked = 1"><b id=x>\'\u2028&lt;'
FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LIGHT, DARK = "rgb(251, 250, 247)", "rgb(11, 15, 20)"
STRANGERS = """() => {
    const within = (each) => [each, ...(each.shadowRoot ? all(each.shadowRoot) : [])];
    const all = (root) => [...root.querySelectorAll("*")].flatMap(within);
    const strange = (each) => each.id === "x" || each.onerror || each.matches("img:not([src^='data:'])");
    return all(document).filter(strange).length;
}"""

OLD_WAY = """() => {
    navigator.clipboard.writeText = () => Promise.reject();
    document.execCommand = () => {
        window.copied = document.querySelector("#lecture").shadowRoot.querySelector("textarea").value;
        return true;
    };
}"""  # a browser that keeps the clipboard from files

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    return runpy.run_path(str(DEMO), run_name="demo")


@pytest.fixture
def opened(browser: Browser, demo: dict[str, Any], tmp_path: Path) -> Iterator[Open]:
    """`opened()` saves the lecture and opens it with the network cut. Nothing may be asked of it, nor go wrong."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    context.set_default_timeout(20_000)

    def answer(route: Route) -> None:
        if route.request.url.startswith("file:"):
            return route.continue_()
        wrong.append(route.request.url)
        return route.abort()

    def start(more: str = "", place: str = "", scenes: Sequence[Scene] = (), **media: Any) -> Page:
        path = tmp_path / "lecture.html"
        path.write_text(offline.page(demo["TITLE"] + more, scenes or demo["scenes"](more)), encoding="utf-8")
        page = context.new_page()
        page.emulate_media(**media)
        page.on("console", lambda message: wrong.append(message.text) if message.type != "info" else None)
        page.on("pageerror", lambda problem: wrong.append(str(problem)))
        page.goto(path.as_uri() + place)
        return page

    context.route("**", answer)
    yield start
    context.close()
    assert wrong == []


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found
    return dict(found)


def drag(page: Page, part: Locator, *shares: float) -> None:
    """Presses the mouse at the first of these shares of the part's width and lets it go at the last."""
    area = box(part)
    middle = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + shares[0] * area["width"], middle)
    page.mouse.down()
    for share in shares:
        page.mouse.move(area["x"] + share * area["width"], middle, steps=2)
    page.mouse.up()
    page.evaluate(FRAME)


def now(page: Page, what: str) -> Locator:
    return page.locator(f".scene.now {what}")


def walk_says(page: Page, data: dict[str, Any]) -> None:
    """The figures beside the walk's picture are those of its data where the thumb stands."""
    page.evaluate(FRAME)
    amount = float(now(page, ".walk input").input_value())
    at = min(int(amount / 0.05 + 1e-9), len(data["amounts"]) - 2)
    share = amount / 0.05 - at
    low, high = data["probabilities"][at : at + 2]
    expected = [percent(one + share * (two - one)) for one, two in zip(low, high, strict=True)]
    assert now(page, ".walk .figure").all_inner_texts() == expected
    expect(now(page, ".verdict b")).to_have_text("tabby" if amount < 0.62 else "timber wolf")


def shake_says(page: Page, data: dict[str, Any], index: int) -> None:
    expect(now(page, ".unit b")).to_have_text(data["values"][index])
    cells = [row["cells"][index] for row in data["rows"]]
    expect(now(page, ".now strong")).to_have_text([each["label"] for each in cells])
    shares = [percent(each[kind]) for each in cells for kind in ("source", "target")]
    assert now(page, ".now em").all_inner_texts() == shares


def test_the_slider_and_the_film_are_as_live_as_on_their_page(opened: Open, demo: dict[str, Any]) -> None:
    page = opened()
    thumb = now(page, ".walk input")
    expect(thumb).to_have_js_property("value", "1")
    for shares in ((0.34, 0.2, 0.05), (0.06, 0.5, 0.71)):
        drag(page, thumb, *shares)
        assert abs(float(thumb.input_value()) / 3 - shares[-1]) < 0.03
        walk_says(page, demo["walk"]())
    page.keyboard.press("ArrowLeft")
    walk_says(page, demo["walk"]())
    page.keyboard.press("PageDown")
    caption = now(page, "figcaption")
    drag(page, now(page, ".film input"), 0.99, 0.5)
    expect(caption).to_have_text(demo["CAPTIONS"][4])
    page.keyboard.press("ArrowRight")
    expect(caption).to_have_text(demo["CAPTIONS"][5])
    now(page, ".play").click()
    expect(caption).to_have_text(demo["CAPTIONS"][8])


def test_the_other_parts_are_as_live_as_on_their_page(opened: Open, demo: dict[str, Any]) -> None:
    page = opened(place="#3")
    area = box(now(page, ".inner"))
    page.mouse.move(area["x"] + area["width"] * 3.5 / demo["COUNT"], area["y"] + 40)
    shake_says(page, demo["shake"](), 3)
    now(page, ".plot").focus()
    page.keyboard.press("End")
    shake_says(page, demo["shake"](), demo["COUNT"] - 1)
    page.keyboard.press("PageDown")
    expect(now(page, "figcaption")).to_have_text([f"method {at}" for at in range(6)])
    tiles = now(page, "figure img").evaluate_all("(all) => all.map((each) => [each.naturalWidth, each.width])")
    assert all(natural == 97 and width > 250 for natural, width in tiles), tiles
    page.keyboard.press("PageDown")
    expect(now(page, ".words p")).to_have_text("The network is fooled.")
    drag(page, now(page, ".panes"), 0.5, 0.25)
    expect(now(page, ".wipe input")).to_have_attribute("aria-valuetext", "25 % original, 75 % fooled")
    scales = page.locator(".parts").evaluate_all("(all) => all.map((each) => new DOMMatrix(each.style.transform).a)")
    assert len(scales) == 5
    assert min(scales) > 0.7, scales  # each scene fits without becoming small
    assert page.locator(".stage.long").count() == 0


def test_keys_belong_to_the_slider_inside_it_and_to_the_lecture_outside(opened: Open) -> None:
    page = opened()
    number, thumb = page.locator(".count"), now(page, ".walk input")
    for key, place in {
        "ArrowRight": 2,
        " ": 3,
        "ArrowLeft": 2,
        "End": 5,
        "PageDown": 5,
        "PageUp": 4,
        "Home": 1,
    }.items():
        page.keyboard.press(key)
        expect(number).to_have_text(f"{place} / 5")
    thumb.focus()
    for key, value in {"ArrowRight": "1.05", "End": "3"}.items():
        page.keyboard.press(key)
        expect(thumb).to_have_js_property("value", value)
    page.keyboard.press("PageDown")  # what a presenter's remote control sends
    expect(number).to_have_text("2 / 5")
    page.keyboard.press("PageUp")
    expect(thumb).to_have_js_property("value", "3")  # the scene is as it was left
    thumb.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".player > .said")).to_have_text("Scene 2 of 5: The way there")
    now(page, ".play").click()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    assert now(page, ".play").inner_text() == "Play"  # the film stopped when its scene was left


def test_the_overview_the_help_and_the_full_screen_have_keys(opened: Open) -> None:
    page = opened()
    page.keyboard.press("o")
    expect(page.locator("dialog.list li button")).to_have_count(5)
    page.get_by_role("button", name="Six methods").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator(".count")).to_have_text("4 / 5")
    page.keyboard.press("f")
    expect(page.locator(".player:fullscreen")).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(".player:fullscreen")).to_have_count(0)
    assert page.url.endswith("#4")
    page.reload()
    expect(page.locator(".count")).to_have_text("4 / 5")


def test_a_recipe_can_be_read_and_copied(opened: Open, demo: dict[str, Any]) -> None:
    page = opened(place="#3")
    page.get_by_role("button", name="Recipe").click()
    said = json.loads(page.locator("dialog.recipe pre").inner_text())
    assert said == {"page": "fooling", "controls": {"target": 3}, "recipes": [{**demo["RECIPE"], "name": ""}]}
    page.evaluate(OLD_WAY)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert json.loads(page.evaluate("window.copied")) == said


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_names_are_text_and_nothing_runs(opened: Open, scheme: str) -> None:
    page = opened(HOSTILE, color_scheme=scheme)
    assert page.title() == f"Fooling a network{HOSTILE}"
    expect(page.locator("body")).to_have_css("background-color", {"light": LIGHT, "dark": DARK}[scheme])
    for index in range(5):
        expect(now(page, "h2")).to_contain_text(HOSTILE)
        expect(now(page, ".note")).to_have_text(f"A note on it.{HOSTILE}")
        page.keyboard.press("PageDown" if index < 4 else "o")
    expect(page.locator("dialog.list button").first).to_contain_text(HOSTILE)
    assert page.evaluate(STRANGERS) == 0
    assert page.evaluate("window.hacked") is None


def test_on_paper_each_scene_has_a_page_and_its_recipe(opened: Open) -> None:
    page = opened(color_scheme="dark")
    thumb = now(page, ".walk input")
    thumb.focus()
    thumb.press("Home")
    page.emulate_media(media="print")
    scenes = page.locator("article.scene")
    for index in range(5):
        for what in ("h2", ".note", ".recipes", ".row:first-child > .part"):
            expect(scenes.nth(index).locator(what)).to_be_visible()
    expect(scenes.nth(0).locator(".verdict b")).to_have_text("tabby")
    expect(scenes.nth(3).locator(".recipes")).to_contain_text('"method":"lattice"')
    assert page.locator("footer").is_hidden()
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    tops = scenes.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().top)")
    assert all(after - before >= 700 for before, after in pairwise(tops)), tops
    page.emulate_media(media="screen")
    expect(page.locator("body")).to_have_css("background-color", DARK)


def test_the_dashboard_shows_it_with_the_same_player(
    page: Page,
    serve: Callable[..., str],
    settled: Callable[[Page], None],
    console_errors: list[str],
    demo: dict[str, Any],
) -> None:
    page.goto(serve(DEMO))
    thumb = now(page, ".walk input")
    thumb.wait_for()
    drag(page, thumb, 0.34, 0.1)
    walk_says(page, demo["walk"]())
    page.keyboard.press("PageDown")
    expect(page.locator(".count")).to_have_text("2 / 5")
    box_elsewhere = page.get_by_label("Something else")
    box_elsewhere.fill("other words")
    box_elsewhere.press("Enter")
    settled(page)
    box_elsewhere.press("Home")
    expect(page.locator(".count")).to_have_text("2 / 5")  # keys outside are not the player's, and a rerun moves nothing
    page.get_by_role("button", name="Full screen").click()
    expect(page.locator(".player:fullscreen")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".count")).to_have_text("3 / 5")
    page.keyboard.press("f")
    expect(page.locator(".player:fullscreen")).to_have_count(0)
    assert console_errors == []


def test_a_slider_with_a_chart_below_fits_the_screen_whole(opened: Open, demo: dict[str, Any]) -> None:
    walk = next(each for each in demo["scenes"]("") if each.parts[0].widget == "walk_slider")
    chart = Part("chart", "Answers", {"source": data_url(np.full((420, 900, 3), 200, np.uint8)), "words": "Answers"})
    page = opened(scenes=[replace(walk, note="", parts=[walk.parts[0], chart])])
    page.wait_for_function("() => document.querySelector('#lecture').shadowRoot.querySelector('.scene.now .part')")
    expect(now(page, ".chart img")).to_be_visible()
    page.wait_for_timeout(500)
    assert now(page, ".stage.long").count() == 0, "it would have to be scrolled"
    stage, image = box(now(page, ".stage").first), box(now(page, ".chart img"))
    assert image["y"] + image["height"] <= stage["y"] + stage["height"] + 1
    assert image["height"] > 0.2 * stage["height"], "and the chart can be read"
