"""A lecture is put together on the pages, exported, and opened without a server or a network.

    python -m benchmarks.service.lecture [--network bundled/scenes]

What each part says on its page is written down at every place of its slider. Then the server is ended and the file is
opened with every request blocked; the mouse drags each part, and what it says there must be what the page said at the
same place. Six more scenes make a lecture of ten, whose size is measured.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.results import write_section
from benchmarks.service.processes import Server
from benchmarks.service.screens import PATIENCE, QUIET, SWITCHES
from benchmarks.service.spoken import BOARD, ROOTS, Table, everywhere, read
from benchmarks.service.visitors import serving
from start import find_chromium

MOST = 25_000_000  # bytes of a lecture of ten scenes
DRAGS = (0.03, 0.21, 0.38, 0.5, 0.64, 0.79, 0.97, 0.3, 0.11)  # of the width, one after the other
MAIN = {"fooling": "walk_slider", "class_picture": "film", "thin_ice": "shake_strip", "": "pictures"}  # by the page
MORE = (
    "fooling?toward=2",
    "fooling?toward=5",
    "class_picture?steps=128&seed=1",
    "?methods=gradient&methods=lrp",
    "layers?",
    "filters?show=One+unit&unit=7",
)


class Wrong(Exception):
    """A promise that was not kept."""


@dataclass(frozen=True)
class Checked:
    """One part, dragged in the file."""

    widget: str
    places: int  # at which its page was read
    drags: int
    equal: int  # of the drags, where the file said what the page had said


def shown(page: Page, server: Server, link: str, network: str) -> None:
    """Opens a page of the dashboard, with its run started, and waits for the result."""
    page.goto(f"http://{server.address}/{link}{'&' if '?' in link else '?'}network={network}&run=1")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_function(QUIET, polling=200)
    page.get_by_role("button", name="Add to my lecture").wait_for()
    page.wait_for_timeout(600)
    page.wait_for_function(QUIET, polling=200)


def added(page: Page) -> None:
    page.get_by_role("button", name="Add to my lecture").click()
    page.get_by_text(re.compile(r"^Added as scene \d+")).wait_for()


def exported(page: Page, server: Server, path: Path) -> Path:
    page.goto(f"http://{server.address}/lecture")
    button = page.get_by_role("button", name=re.compile("^Export as HTML"))
    button.wait_for()
    page.wait_for_function(QUIET, polling=200)
    with page.expect_download() as got:
        button.click()
    got.value.save_as(path)
    return path


def board_of(page: Page) -> list[list[int]]:
    """The pictures of the page's main column, in their order, each drawn in a few pixels."""
    found: list[list[int]] = page.locator('[data-testid="stImage"] img').evaluate_all(BOARD)
    return found


def put_together(page: Page, server: Server, network: str) -> tuple[dict[str, Table], list[list[int]]]:
    """Adds the four main results to the lecture; returns what their pages said."""
    tables: dict[str, Table] = {}
    board: list[list[int]] = []
    for name, widget in MAIN.items():
        shown(page, server, name, network)
        if widget in ROOTS:
            tables[widget] = everywhere(page.locator(ROOTS[widget]).first, widget)
        else:
            board = board_of(page)
        added(page)
    return tables, board


@contextmanager
def alone(browser: Browser, path: Path) -> Iterator[tuple[Page, list[str]]]:
    """The file in a browser without a network, and what it asked for or complained about: nothing, if all is well."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    wrong: list[str] = []

    def block(route: Route) -> None:
        if route.request.url.startswith("file:"):
            return route.continue_()
        wrong.append(route.request.url)
        return route.abort()

    context.route("**", block)
    page = context.new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: wrong.append(str(problem)))
    page.goto(path.as_uri())
    yield page, wrong
    context.close()


def dragged(page: Page, widget: str, table: Table) -> Checked:
    """Drags the part of the scene that is shown, and compares what it says with what its page said."""
    root = page.locator(f".scene.now {ROOTS[widget]}")
    handle = root.locator("input" if widget != "shake_strip" else ".inner")
    box = handle.bounding_box()
    if box is None:
        raise Wrong(f"nothing can be dragged on the scene of the {widget}")
    at, equal = {share: (box["x"] + box["width"] * share, box["y"] + box["height"] / 2) for share in DRAGS}, 0
    page.mouse.move(*at[DRAGS[0]])
    page.mouse.down()
    for share in DRAGS:
        page.mouse.move(*at[share], steps=3)
        place, said = read(root, widget)
        equal += table.get(place) == said
    page.mouse.up()
    return Checked(widget, len(table), len(DRAGS), equal)


def same_board(page: Page, board: list[list[int]]) -> Checked:
    """Whether each picture of the board is one of the page's, up to what WebP changes."""
    found: list[list[int]] = page.locator(".scene.now .tiles img").evaluate_all(BOARD)
    near = [
        any(sum(abs(a - b) for a, b in zip(one, other, strict=True)) < 4 * len(one) for other in board) for one in found
    ]
    return Checked("pictures", len(board), len(found), sum(near))


def played(browser: Browser, path: Path, tables: dict[str, Table], board: list[list[int]]) -> list[Checked]:
    """Opens the file after the server has ended, and drags the four parts."""
    found = []
    with alone(browser, path) as (page, wrong):
        for widget in MAIN.values():
            page.locator(f".scene.now {ROOTS.get(widget, '.tiles img')}").first.wait_for()
            page.wait_for_timeout(500)
            found.append(dragged(page, widget, tables[widget]) if widget in ROOTS else same_board(page, board))
            page.keyboard.press("PageDown")
    if wrong or any(each.equal < each.drags for each in found):
        raise Wrong(f"{found}; {wrong[:5]}")
    return found


def seconds_to_open(browser: Browser, path: Path) -> float:
    with alone(browser, path) as (page, _):
        began = time.perf_counter()
        page.reload()
        page.locator(".scene.now .part").first.wait_for()
        return time.perf_counter() - began


def measure(network: str) -> str:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=SWITCHES)
        page = browser.new_context(accept_downloads=True).new_page()
        page.set_default_timeout(PATIENCE)
        with serving(VIZLIB_STORE="off") as server:
            tables, board = put_together(page, server, network)
            four = exported(page, server, Path(name, "four.html"))
            for each in MORE:
                shown(page, server, each, network)
                added(page)
            ten = exported(page, server, Path(name, "ten.html"))
        checked = played(browser, four, tables, board)
        opened, sizes = seconds_to_open(browser, ten), [path.stat().st_size for path in (four, ten)]
        browser.close()
    if sizes[1] > MOST:
        raise Wrong(f"a lecture of ten scenes has {sizes[1]} bytes")
    return report(checked, sizes, opened)


def report(checked: list[Checked], sizes: list[int], opened: float) -> str:
    lines = ["| part | places read on its page | dragged to in the file | equal |", "|---|---|---|---|"]
    lines += [f"| {each.widget} | {each.places} | {each.drags} | {each.equal} |" for each in checked]
    four, ten = (f"{size / 1e6:.1f} MB" for size in sizes)
    lines += [
        "",
        f"The server had ended and every request was blocked: none was made. Four scenes: {four}; ten: {ten}.",
    ]
    lines += [f"The file of ten scenes shows its first scene {opened:.1f} s after it is opened."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="bundled/scenes")
    asked = parser.parse_args()
    text = measure(asked.network)
    print(text)
    write_section(
        "A lecture that plays offline", f"python -m benchmarks.service.lecture --network {asked.network}", text
    )


if __name__ == "__main__":
    main()
