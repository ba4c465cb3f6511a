"""The pictures of the documentation: each page with a result on it, light and dark, made by one command.

    python -m benchmarks.service.pictures [--only fooling zoo] [--folder docs/pictures]

A dashboard starts on a free port, with an empty store, the bundled networks and no others. Chromium opens each page
by a link that computes (`run=1`) and waits for the end. The page is cut to what is worth seeing: its question, its
controls and its result, without the sidebar. The same command gives the same pictures where the same versions run on
the same kind of processor with as many threads, except for *This installation* and *Runs*, which show the machine and a
run on its way.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, sync_playwright

import vizlib
from benchmarks.service.processes import ROOT
from benchmarks.service.quiet import QUIET
from benchmarks.service.screens import SWITCHES
from benchmarks.service.visitors import serving
from start import find_chromium
from vizlib.synthetic import SCENE_CLASSES, draw_scene

FOLDER = ROOT / "docs" / "pictures"
FRONT = "filterscope"  # the whole window, in the folder above: the README's picture
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
WIDTH, LEAST, MOST = 1280, 720, 3000  # px, of the window: its height grows to the page's
MARGIN = 16  # px around what is cut out
PATIENCE = 150_000  # milliseconds
STEADY = """() => {
    const main = document.querySelector('[data-testid="stMain"]'), height = main.scrollHeight;
    const loading = document.querySelector('[data-testid="stSkeleton"]') !== null;
    if (loading || height !== window.heightSeen) window.steadySince = undefined;
    window.heightSeen = height;
    window.steadySince ??= performance.now();
    return performance.now() - window.steadySince > 1500;
}"""  # a widget whose script is still on its way has no height yet
UNCOVERED = '[data-testid^="stToast"] { display: none !important; }'  # a message would cover the head
HEIGHT = """() => document.querySelector('[data-testid="stMain"]').scrollHeight"""
LOWEST = """() => Math.max(...[...document.querySelectorAll('[data-testid="stMainBlockContainer"] *')]
    .map((each) => each.getBoundingClientRect().bottom))"""
SCENES, DIGITS = "network=bundled/scenes", "network=bundled/digits"
END = "Download everything on this page"  # the last button of a page
Act = Callable[[Page], None]


def drop_file(page: Page) -> None:
    """Gives the page a file: a drawn sheep that the network takes for a mushroom."""
    file: FilePayload = {"name": "sheep_as_mushroom.png", "mimeType": "image/png", "buffer": fooling_file()}
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_text("SHA-256").first.wait_for()


def fooling_file() -> bytes:
    """A PNG."""
    model = vizlib.load_model("bundled/scenes", device="cpu")
    sheep = draw_scene(7, label=SCENE_CLASSES.index("sheep"))
    return vizlib.fool(model, Image.fromarray(sheep.image), "mushroom", goal=0.9).png


def keep_a_run(page: Page) -> None:
    """Keeps the training on this page running, and opens the list of such runs."""
    main = page.get_by_test_id("stMain")
    main.get_by_role("button", name="Keep running").click()
    main.get_by_text("Goes on when you leave").first.wait_for()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Runs").click()
    main.get_by_role("heading", name="Runs", level=1).wait_for()
    main.get_by_role("button", name="Stop").wait_for()
    page.wait_for_timeout(3000)


def end_the_run(page: Page) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    page.get_by_test_id("stMain").get_by_role("button", name="Remove").click()
    page.get_by_text("You keep no runs.").wait_for()


def fill_lecture(page: Page) -> None:
    """Takes the fooling slider and a board of saliency maps into the lecture, and opens it."""
    for question in ("What fools it?", "Which pixels matter?"):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=question).click()
        page.get_by_role("heading", name=question, level=1).wait_for()
        settle(page)
        page.get_by_role("button", name="Add to my lecture").click()
        settle(page)
    page.get_by_role("link", name="My lecture").click()
    page.get_by_role("heading", name="My lecture", level=1).wait_for()


@dataclass(frozen=True)
class Shot:
    """One picture: the link of a page, and which part of it is shown."""

    page: str  # its address
    query: str = ""
    begin: str = ""  # the text at which the picture begins; "": at the page's question
    until: str = END  # the text above which it ends; where there is none, at the end of the page
    act: Act | None = None  # what a visitor does first
    after: Act | None = None  # and when the picture is taken


ADAPT = f"{DIGITS}&td_pair=real_digits&td_network=sidebar&td_steps=60"
RUN = f"{DIGITS}&ft_set=real_digits&ft_steps=1000&ft_runs=One+setting"
SHOTS = {
    "saliency": Shot("", f"{SCENES}&methods=guided&methods=grad_cam"),
    "layers": Shot("layers", SCENES, until="Map (PNG)"),
    "class_picture": Shot("class_picture", f"{SCENES}&steps=128", until="How robust is it?"),
    "filters": Shot("filters", f"{SCENES}&layer=layer1.1&atlas_steps=32", until="Atlas (PNG)"),
    "filters_of_digits": Shot("filters", f"{DIGITS}&layer=conv1&atlas_steps=32", until="Atlas (PNG)"),
    "what_changed": Shot("what_changed", "network=bundled/sheep_or_goat", until="Changes (CSV)"),
    "zoo": Shot("zoo"),
    "exercises": Shot("exercises", "ex_course=UvA+Deep+Learning", until="What these courses ask"),
    "linear_probe": Shot("linear_probe", f"{SCENES}&probe_n=10", until="The pictures: drawn scenes"),
    "fine_tune": Shot("fine_tune", f"{DIGITS}&ft_set=real_digits&ft_steps=60", until="Norm of the gradient"),
    "two_domains": Shot("two_domains", ADAPT, until="Source accuracy (%)"),
    "pictures_out_of_noise": Shot("pictures_out_of_noise", "gan_per_class=20&gan_steps=200", until="The losses say"),
    "runs": Shot("fine_tune", RUN, act=keep_a_run, after=end_the_run),
    "fooling": Shot("fooling", f"{SCENES}&toward=mushroom", until="How little does it take?"),
    "fooling_slider": Shot(
        "fooling", f"{SCENES}&toward=mushroom", "How little does it take?", "What does the network answer before"
    ),
    "thin_ice": Shot("thin_ice", f"{SCENES}&ice_toward=mushroom", until="Each column is one setting"),
    "believe": Shot("believe", f"{SCENES}&examined=gradient&examined=guided&examined=grad_cam", until="Curves (CSV)"),
    "any_file": Shot("any_file", SCENES, act=drop_file),
    "about": Shot("about", until="Networks in memory"),
    "lecture": Shot("fooling", f"{SCENES}&toward=mushroom", act=fill_lecture),
}


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """A new visitor's tab with that address."""
    context = browser.new_context(viewport={"width": WIDTH, "height": LEAST})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()
    page.add_style_tag(content=UNCOVERED)
    yield page
    context.close()


def settle(page: Page) -> None:
    """Waits until the page has been quiet for a while."""
    page.evaluate("window.quietSince = undefined")
    page.wait_for_function(QUIET, polling=100)


def steady(page: Page) -> None:
    """Waits until every widget of the page is there, and the page's height has not changed for a while."""
    page.evaluate("window.steadySince = undefined")
    page.wait_for_function(STEADY, polling=100)


def photographs(page: Page, shot: Shot) -> Iterator[Image.Image]:
    """The part of the page that the picture shows, once its result is there: in each theme."""
    if shot.act is not None:
        shot.act(page)
    for number, theme in enumerate(THEMES):
        page.emulate_media(color_scheme=theme)
        if number:
            page.locator("body").press("r")  # the page is drawn again, in the colors of the theme
        if shot.after is None:
            settle(page)
            steady(page)
        page.set_viewport_size({"width": WIDTH, "height": min(max(page.evaluate(HEIGHT), LEAST), MOST)})
        page.mouse.move(WIDTH - 2, 2)  # nothing on the page is under the pointer
        page.wait_for_timeout(1200)  # charts are drawn again for the new size
        steady(page)
        picture = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        yield picture.crop(frame(page, shot, picture.height))
    if shot.after is not None:
        shot.after(page)


def frame(page: Page, shot: Shot, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and lower edge of the part, px."""
    main = page.get_by_test_id("stMain")
    title = main.get_by_role("heading", level=1)
    first = main.get_by_text(shot.begin).first if shot.begin else title
    last = main.get_by_text(shot.until).first
    lower = edge(last, "y") - MARGIN if last.count() else lowest(page)
    return int(edge(title, "x") - MARGIN), max(int(edge(first, "y") - MARGIN), 0), WIDTH, min(int(lower), height)


def edge(place: Locator, which: Literal["x", "y"]) -> float:
    """The left or the upper edge of a thing on the page, px."""
    box = place.bounding_box()
    if box is None:
        raise RuntimeError(f"{place} is not to be seen.")
    return box[which]


def lowest(page: Page) -> float:
    """The lower edge of what is on the page, px."""
    return float(page.evaluate(LOWEST)) + MARGIN


def pictures(folder: Path, names: list[str]) -> int:
    """Makes the pictures; returns their bytes together."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="filterscope_") as store, sync_playwright() as playwright:
        own = {"VIZLIB_STORE": store, "VIZLIB_WEIGHTS": "", "VIZLIB_PICTURES": ""}
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=SWITCHES)
        with serving(**own) as server:
            sizes = [picture(browser, server.address, folder, name) for name in names if name != FRONT]
            if FRONT in names:
                sizes.append(front(browser, server.address, folder.parent / f"{FRONT}.png"))
        browser.close()
    return sum(sizes)


def picture(browser: Browser, server: str, folder: Path, name: str) -> int:
    """Makes one picture in both themes; returns their bytes."""
    began, shot, size = time.monotonic(), SHOTS[name], 0
    with opened(browser, f"http://{server}/{shot.page}?{shot.query}&run=1") as page:
        for theme, image in zip(THEMES, photographs(page, shot), strict=True):
            path = folder / f"{name}_{theme}.webp"
            image.save(path, "WEBP", quality=82, method=6)
            size += path.stat().st_size
    print(f"{name}: {size / 1000:.0f} kB, {time.monotonic() - began:.1f} s", flush=True)
    return size


def front(browser: Browser, server: str, path: Path) -> int:
    """Makes the picture of the whole window, with the sidebar; returns its bytes."""
    with opened(browser, f"http://{server}/?{SCENES}") as page:
        page.set_viewport_size({"width": 1440, "height": 900})
        settle(page)
        page.wait_for_timeout(1200)
        picture = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    return path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", nargs="+", default=[*SHOTS, FRONT], metavar="NAME", choices=[*SHOTS, FRONT])
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends, too
    print(f"{pictures(asked.folder, asked.only) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
