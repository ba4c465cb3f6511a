"""Maps that are read at every pixel, and the deletion player, in a real browser: with the server stopped too."""

from __future__ import annotations

import base64
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import wait_until_alone
from tests.browser.test_every_page import SIZES, cut, darken, stops, violations
from tests.browser.test_walk_slider import FRAME, READ
from vizlib.ui.shared.words import percent
from vizlib.ui.widgets import offline, removal
from vizlib.ui.widgets.scene import Part, Scene

Settled = Callable[[Page], None]
DEMO = Path(__file__).parent / "scripts/believe_demo.py"
BOX, READING = ".map .box", ".map .reading"
SECTION = (
    "(all) => all.map((each) => { const m = new DOMMatrix(getComputedStyle(each).transform); return [m.a, m.e, m.f]; })"
)
AT = "(all) => all.map((each) => [each.hidden, each.style.left, each.style.top])"
BELOW = "(all) => all.map((each) => each.getBoundingClientRect().top)"


@pytest.fixture(scope="module")
def demo(serve: Callable[..., str]) -> str:
    return serve(DEMO)


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """What the demo's functions give."""
    return runpy.run_path(str(DEMO), run_name="demo")


def maps(page: Page, address: str, settled: Settled, words: str = "") -> Locator:
    """Opens the four maps and gives the first one's field."""
    page.goto(f"{address}/?show=maps{words}")
    expect(page.locator(READING)).to_have_text([re.compile("^from ")] * 4)
    settled(page)
    return page.locator(BOX).first


def player(page: Page, address: str, settled: Settled, words: str = "") -> Locator:
    """Opens the deletion player and gives its slider."""
    page.goto(f"{address}/?show=removal{words}")
    thumb = page.locator(".removal input")
    thumb.wait_for()
    settled(page)
    return thumb


def area(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found
    return dict(found)


def pointed(page: Page, field: Locator, x: int, y: int, side: int = 224) -> None:
    """Moves the mouse to the middle of a pixel of a map that is shown whole."""
    box = area(field)
    page.mouse.move(box["x"] + (x + 0.5) / side * box["width"], box["y"] + (y + 0.5) / side * box["height"])


def written(value: float, signed: bool) -> str:
    """The number as a map writes it."""
    size = abs(value)
    text = f"{size:#.4g}" if 1e-4 <= size < 1e4 else re.sub(r"e([+-])0", r"e\1", f"{size:.3e}")
    return ("-" if value < 0 else "+" if signed else "") + text


def readings(made: dict[str, Any], x: int, y: int) -> list[str]:
    """What the four maps say of a pixel."""
    values = [made["values"](number) for number in range(4)]
    texts = [written(float(each[y, x]), bool((each < 0).any())) for each in values]
    return [f"(x {x}, y {y}): {text} {unit}" for text, unit in zip(texts, made["UNITS"], strict=True)]


def canvases(page: Page) -> list[Any]:
    """The pictures of the player, (H, W, 3) each."""
    page.evaluate(FRAME)
    found = []
    for canvas in page.locator(".removal canvas").all():
        width, height, text = canvas.evaluate(READ)
        found.append(np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4))
    assert all((each[..., 3] == 255).all() for each in found)
    return [each[..., :3] for each in found]


def composed(made: dict[str, Any], number: int, step: int, mode: str = "removed") -> Any:
    """The picture of an order at a step, by the definition."""
    image = made["picture"]()
    gone = (made["steps"](number) <= step) == (mode == "removed")
    return np.where(gone[..., None], made["filled"](image), image)


def says(page: Page, made: dict[str, Any], step: int) -> None:
    """The figures under the pictures and in the table are those of the curves at this step."""
    orders, random = made["orders"](4), made["chance"]()
    own = [percent(each.curve[step]) for each in orders]
    reverse = [percent(each.reversed_curve[step]) for each in orders]
    assert page.locator(".removal figcaption b").all_inner_texts() == own
    figures = page.locator(".removal tbody td:nth-child(2)")
    assert figures.locator("b").all_inner_texts() == [*own, percent(random.curve[step])]
    band = f"{percent(random.low[step])} to {percent(random.high[step])}"
    expect(figures.locator("small")).to_have_text([*(f"reversed {each}" for each in reverse), band])


def dragged(page: Page, part: Locator, *shares: float) -> None:
    """Presses the mouse at the first of these shares of the part's width and lets it go at the last."""
    part.scroll_into_view_if_needed()
    box = area(part)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + shares[0] * box["width"], middle)
    page.mouse.down()
    for share in shares:
        page.mouse.move(box["x"] + share * box["width"], middle, steps=3)
    page.mouse.up()
    page.evaluate(FRAME)


def test_the_deletion_player_is_dragged_after_the_server_has_stopped(
    page: Page, serve: Callable[..., str], settled: Settled, made: dict[str, Any]
) -> None:
    address = serve(DEMO)
    thumb = player(page, address, settled, "&mortal=1")
    page.get_by_role("button", name="Stop the server").click()
    wait_until_alone(page, address)
    dragged(page, thumb, 0.25, 0.4, 0.55)
    step = int(thumb.input_value())
    assert step == 11
    for number, picture in enumerate(canvases(page)):
        assert np.array_equal(picture, composed(made, number, step)), number
    says(page, made, step)
    dragged(page, page.locator(".removal .plot svg"), 0.5, 0.1)
    assert thumb.input_value() == "2"
    assert np.array_equal(canvases(page)[3], composed(made, 3, 2))
    page.get_by_role("button", name="Grad-CAM").click()
    assert [np.array_equal(each, composed(made, at, 2)) for at, each in zip((0, 2, 3), canvases(page), strict=True)]
    page.get_by_role("button", name="Play").click()
    expect(thumb).to_have_js_property("value", "20")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert np.array_equal(canvases(page)[0], made["filled"](made["picture"]()))


def test_four_maps_mark_one_pixel_and_each_reads_its_own_value_without_the_server(
    page: Page, demo: str, settled: Settled, made: dict[str, Any], console_errors: list[str]
) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda words: sent.append(words)))
    page.on("request", lambda request: sent.append(request.url))
    field = maps(page, demo, settled)
    heard = len(sent)
    assert heard
    for x, y in ((84, 120), (0, 0), (223, 222)):
        pointed(page, field, x, y)
        expect(page.locator(READING)).to_have_text(readings(made, x, y))
    places = page.locator(".mark").evaluate_all(AT)
    assert len(places) == 4
    assert all(each == [False, places[0][1], places[0][2]] for each in places)
    last = page.locator(BOX).nth(3)
    last.scroll_into_view_if_needed()
    pointed(page, last, 84, 120)
    expect(page.locator(READING)).to_have_text(readings(made, 84, 120))
    page.mouse.move(2, 2)
    expect(page.locator(READING)).to_have_text([re.compile("^from ")] * 4)
    assert page.locator(".mark:visible").count() == 0
    assert sent[heard:] == []
    assert console_errors == []


def test_a_click_keeps_the_pixel_while_the_mouse_is_elsewhere_and_the_script_runs_again(
    page: Page, demo: str, settled: Settled, made: dict[str, Any]
) -> None:
    field = maps(page, demo, settled)
    pointed(page, field, 100, 60)
    page.mouse.down()
    page.mouse.up()
    page.get_by_text("Something above", exact=True).click()
    page.get_by_text("Something came in above.").wait_for()
    settled(page)
    expect(page.locator(READING)).to_have_text(readings(made, 100, 60))
    pointed(page, field, 10, 20)
    expect(page.locator(READING)).to_have_text(readings(made, 10, 20))
    page.mouse.move(2, 2)
    expect(page.locator(READING)).to_have_text(readings(made, 100, 60))
    pointed(page, field, 100, 60)
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(2, 2)
    expect(page.locator(READING).first).to_have_text(re.compile("^from "))


def test_the_keyboard_reads_and_zooms_all_maps(page: Page, demo: str, settled: Settled, made: dict[str, Any]) -> None:
    field = maps(page, demo, settled)
    field.focus()
    for key, x, y in (
        ("ArrowRight", 113, 112),
        ("Shift+ArrowUp", 113, 102),
        ("End", 223, 102),
        ("ArrowRight", 223, 102),
    ):
        page.keyboard.press(key)
        expect(page.locator(READING)).to_have_text(readings(made, x, y))
    expect(page.locator(".map .spoken").first).to_have_text(readings(made, 223, 102)[0])
    for _ in range(3):
        page.keyboard.press("+")
    sections = page.locator(".map img").evaluate_all(SECTION)
    assert all(each == sections[0] for each in sections)
    assert abs(sections[0][0] - 1.5**3) < 1e-6
    page.keyboard.press("Home")
    expect(page.locator(READING)).to_have_text(readings(made, 0, 102))
    assert page.locator(".map img").evaluate_all(SECTION)[3][1] == 0, "the section shows the pixel that is read"
    assert page.locator(".mark:visible").count() == 4
    page.keyboard.press("0")
    page.keyboard.press("Escape")
    expect(page.locator(READING).nth(2)).to_have_text(re.compile("^from "))
    assert page.locator(".map img").evaluate_all(SECTION) == [[1, 0, 0]] * 4


def test_the_wheel_scrolls_the_page_and_zooms_only_with_control(page: Page, demo: str, settled: Settled) -> None:
    field = maps(page, demo, settled)
    main = page.get_by_test_id("stMain")
    pointed(page, field, 56, 56)
    page.mouse.wheel(0, 200)
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop >= 150")
    assert page.locator(".map img").evaluate_all(SECTION) == [[1, 0, 0]] * 4
    main.evaluate("(main) => { main.scrollTop = 0; }")
    pointed(page, field, 56, 56)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    expect(page.locator(READING).nth(1)).to_have_text(re.compile(r"^\(x 56, y 56\)"))
    sections = page.locator(".map img").evaluate_all(SECTION)
    assert sections[0][0] > 1.2
    assert all(each == sections[0] for each in sections)
    box = area(field)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2, steps=4)
    page.mouse.up()
    after = page.locator(".map img").evaluate_all(SECTION)
    assert after[2] == after[0] != sections[0]
    expect(page.locator(READING).nth(1)).to_have_text(re.compile(r"^\(x 5[67], y 5[67]\)"))
    page.locator(".map").first.get_by_role("button", name="Show all of it").click()
    assert page.locator(".map img").evaluate_all(SECTION) == [[1, 0, 0]] * 4


def test_fingers_read_a_pixel_and_enlarge_the_maps(browser: Browser, demo: str, made: dict[str, Any]) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{demo}/?show=maps")
    expect(page.locator(READING)).to_have_text([re.compile("^from ")] * 4, timeout=60_000)
    page.wait_for_timeout(1000)
    box = area(page.locator(BOX).first)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.touchscreen.tap(*middle)
    expect(page.locator(READING).nth(3)).to_have_text(re.compile(r"^\(x 11[12], y 11[12]\)"))
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *apart: int) -> None:
        points = [{"x": middle[0] + each, "y": middle[1], "id": at} for at, each in enumerate(apart)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20)
    touch("touchStart", -20, 20)
    for far in (30, 40, 60):
        touch("touchMove", -far, far)
    touch("touchEnd")
    sections = page.locator(".map img").evaluate_all(SECTION)
    assert abs(sections[0][0] - 3) < 0.2, "three times as far apart"
    assert all(each == sections[0] for each in sections)
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_map_takes_the_place_of_its_last_frame_and_nothing_moves(
    page: Page, demo: str, settled: Settled, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    maps(page, demo, settled)
    below = page.get_by_text("What stands below the map.")
    finished = below.evaluate_all(BELOW)
    pointed(page, page.locator(BOX).first, 84, 120)
    assert below.evaluate_all(BELOW) == finished
    page.goto(f"{demo}/?show=maps&frame=1")
    page.get_by_test_id("stImageCaption").nth(3).wait_for()
    settled(page)
    assert np.allclose(below.evaluate_all(BELOW), finished, atol=1)


def test_the_player_shows_exactly_the_removed_pixels_and_the_keyboard_moves_it(
    page: Page, demo: str, settled: Settled, made: dict[str, Any], console_errors: list[str]
) -> None:
    thumb = player(page, demo, settled)
    expect(thumb).to_have_js_property("value", "5")
    for key, step in (("Home", 0), ("ArrowRight", 1), ("End", 20), ("ArrowLeft", 19)):
        thumb.press(key)
        expect(thumb).to_have_js_property("value", str(step))
        for number, picture in enumerate(canvases(page)):
            assert np.array_equal(picture, composed(made, number, step)), (number, step)
        says(page, made, step)
    expect(thumb).to_have_attribute(
        "aria-valuetext", re.compile(r"^Step 19 of 20, 95\s% of the pixels removed. .*Grad-CAM")
    )
    areas, orders = page.locator(".removal tbody td:nth-child(3)"), made["orders"](4)
    wanted = [f"{each.area:.3f}" for each in (*orders, made["chance"]())]
    assert areas.locator("b").all_inner_texts() == wanted
    expect(areas.locator("small")).to_have_text([*(f"reversed {each.reversed_area:.3f}" for each in orders), ""])
    page.get_by_text("Something above", exact=True).click()
    page.get_by_text("Something came in above.").wait_for()
    settled(page)
    expect(thumb).to_have_js_property("value", "19")
    assert console_errors == []


def test_pixels_are_brought_in_over_the_filled_picture(
    page: Page, demo: str, settled: Settled, made: dict[str, Any]
) -> None:
    thumb = player(page, demo, settled, "&mode=brought+in")
    assert np.array_equal(canvases(page)[1], composed(made, 1, 5, "brought in"))
    thumb.press("Home")
    assert np.array_equal(canvases(page)[2], made["filled"](made["picture"]()))
    thumb.press("End")
    assert np.array_equal(canvases(page)[0], made["picture"]())
    expect(page.locator(".removal .now")).to_have_text(re.compile(r"100\s% of the pixels brought in"))
    expect(page.locator(".removal thead")).to_contain_text("larger is better")


def test_a_fifth_picture_takes_the_place_of_the_one_chosen_first(page: Page, demo: str, settled: Settled) -> None:
    player(page, demo, settled, "&methods=6")
    chosen = page.locator(".removal .choice [aria-pressed=true]")
    shown = page.locator(".removal figcaption > span")
    expect(page.locator(".removal .choice button")).to_have_count(6)
    page.get_by_role("button", name="RISE").click()
    expect(chosen).to_have_text(["Grad-CAM", "SmoothGrad", "Occlusion", "RISE"])
    assert shown.all_inner_texts() == chosen.all_inner_texts()
    for name in ("RISE", "Occlusion", "SmoothGrad", "Grad-CAM"):
        page.get_by_role("button", name=name).click()
    expect(shown).to_have_text(["Grad-CAM"])
    assert page.locator(".removal .plot .dashed").count() == 1, "the control of the chosen order"
    assert page.locator(".removal .plot .curve").count() == 8, "six orders, one control, and the random order"


def test_in_a_lecture_file_the_player_works_without_a_network(
    browser: Browser, made: dict[str, Any], tmp_path: Path
) -> None:
    data = removal.data(*made["player"](4, "removed"))
    file = tmp_path / "lecture.html"
    scene = Scene("Can a map be believed?", "A note.", "saliency", {}, [], [Part("removal", "The player", data)])
    file.write_text(offline.page("Deletion", [scene]), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(file.as_uri())
    thumb = page.locator(".removal input")
    thumb.wait_for()
    page.wait_for_timeout(500)
    dragged(page, thumb, 0.25, 0.75)
    step = int(thumb.input_value())
    assert 14 <= step <= 16
    assert np.array_equal(canvases(page)[2], composed(made, 2, step))
    says(page, made, step)
    assert page.locator(".stage.long").count() == 0, "it fits the screen"
    scale = page.locator(".parts").evaluate("(parts) => new DOMMatrix(parts.style.transform).a")
    assert scale > 0.7, "without becoming small"
    table = area(page.locator(".removal table"))
    assert table["y"] + table["height"] < 720
    assert wrong == []
    context.close()


@pytest.mark.parametrize("shown", ["maps", "removal&methods=6"])
def test_axe_finds_nothing_the_focus_is_seen_and_both_fit_every_window(
    page: Page, demo: str, settled: Settled, shown: str
) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{demo}/?show={shown}")
    page.locator(".map .reading, .removal canvas").nth(3).wait_for()
    settled(page)
    if shown == "maps":
        pointed(page, page.locator(BOX).first, 84, 120)
    assert violations(page) == []
    assert [each for each, seen in stops(page) if not seen] == []
    problems = {width: cut(page, width, height) for width, height in SIZES}
    assert not {width: each for width, each in problems.items() if each}
    page.set_viewport_size({"width": 1280, "height": 720})
    darken(page, settled)
    assert violations(page) == []
