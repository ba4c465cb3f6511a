"""What a person wants to do, in clicks and seconds: each task is done in a real browser, as often as asked.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.service.tasks [--times 3] [--network local/mobilenetv2_100]

A click counts as one, and so does whatever is typed into one field, with its Enter. The seconds run from the last click
to the result; the page is open and its network in memory. Each repetition has a server without a store of its own.
"""

from __future__ import annotations

import argparse
import io
import re
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from benchmarks.results import write_section
from benchmarks.service.screens import QUIET, SWITCHES
from benchmarks.service.visitors import serving
from start import find_chromium
from vizlib.pictures import encode_png
from vizlib.synthetic import draw_scene

WINDOW = {"width": 1280, "height": 720}
PATIENCE = 90_000  # milliseconds
PICTURES = 60  # in the ZIP file


@dataclass
class Hands:
    """A person at the page, who counts."""

    page: Page
    clicks: int = 0
    clicked: float = field(default_factory=time.monotonic)

    def click(self, what: Locator) -> None:
        what.click()
        self.count()

    def type(self, box: Locator, text: str) -> None:
        """Fills a field, or chooses from a search box."""
        box.click()
        box.fill(text)
        box.press("Enter")
        self.count()

    def count(self) -> None:
        self.clicks += 1
        self.clicked = time.monotonic()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def choice(self, name: str) -> Locator:
        return self.page.get_by_role("radio", name=name, exact=True)

    def box(self, name: str) -> Locator:
        return self.main.get_by_role("combobox", name=name)

    def number(self, name: str) -> Locator:
        return self.main.get_by_role("spinbutton", name=name, exact=True)

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")


@dataclass(frozen=True)
class Task:
    """One thing to do: the page's link, the clicks, and what is there at the end."""

    name: str
    link: str
    do: Callable[[Hands], Locator]
    old: str  # clicks and seconds of the review before this table


def which_pixels(hands: Hands) -> Locator:
    hands.click(hands.choice("Photo"))
    hands.main.get_by_text(re.compile("It answers: (tabby|tiger cat|Egyptian cat)")).wait_for()
    return hands.main.get_by_role("button", name="Raw (.npy)").nth(1)


def synonym(hands: Hands) -> Locator:
    hands.type(hands.box("Class"), "ladybird")
    expect(hands.box("Class")).to_have_value(re.compile("ladybug"))
    return hands.box("Class")


def toaster(hands: Hands) -> Locator:
    hands.type(hands.box("Make it say"), "toaster")
    hands.click(hands.button("Fool it"))
    return hands.main.get_by_text(re.compile("Verified: the saved file is")).first


def show_me(hands: Hands) -> Locator:
    hands.click(hands.page.get_by_text(re.compile("^Show me")).first)
    return hands.main.get_by_text(re.compile("Verified: the saved file is")).first


def unit(hands: Hands) -> Locator:
    hands.click(hands.choice("One unit"))
    hands.type(hands.number("Channel"), "37")
    return hands.main.get_by_text(re.compile("Activates it most, optimized from noise")).first


def laboratory(hands: Hands) -> Locator:
    hands.type(hands.box("Class"), "toaster")
    hands.click(hands.button("Run the lab"))
    return hands.button("Sheet (PNG)")


def pictures(hands: Hands) -> Locator:
    hands.click(hands.choice("pictures of your own"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pictures.zip"
        file.write_bytes(archive())
        hands.main.locator("input[type=file]").last.set_input_files(file)
        hands.count()
        found = hands.main.get_by_text(re.compile(f"Of {PICTURES} pictures")).first
        found.wait_for()
    return found


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(PICTURES):
            file.writestr(f"{number}.png", encode_png(draw_scene(900_000 + number).image, {}))
    return buffer.getvalue()


TASKS = [
    Task("Which pixels made it say cat", "", which_pixels, "3 clicks, under 3 s"),
    Task("A class by its synonym (ladybird)", "class_picture", synonym, "not found"),
    Task("A cat into a toaster", "fooling?picture=photo&photo=cat", toaster, "15 to 18 s"),
    Task("Show me", "fooling", show_me, "did not exist"),
    Task("The patterns of unit 37 of a middle layer", "filters", unit, "3 clicks and a number, 5 s"),
    Task("TV 0, 2, 10 in the lab", "class_picture", laboratory, "4 clicks, 22 s, below the fold"),
    Task("A ZIP file of 60 pictures", "filters?show=One+unit&card_steps=4", pictures, "17 s (photographs)"),
]


def measure(browser: Browser, task: Task, network: str) -> tuple[int, float, bool]:
    """Does the task once; returns clicks, seconds, and whether the result is on the first screen."""
    with serving(VIZLIB_STORE="off") as server:
        context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        mark: Any = "&" if "?" in task.link else "?"
        page.goto(f"http://{server.address}/{task.link}{mark}network={network}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_function(QUIET)
        page.wait_for_timeout(1000)
        hands = Hands(page)
        done = task.do(hands)
        done.wait_for()
        seconds = time.monotonic() - hands.clicked
        box = done.bounding_box()
        seen = box is not None and box["y"] >= 0 and box["y"] + box["height"] <= WINDOW["height"]
        context.close()
    return hands.clicks, seconds, seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--network", default="local/mobilenetv2_100")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    lines = ["| task | clicks | seconds: median (range) | first screen | before |", "|---|---|---|---|---|"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=SWITCHES)
        for task in TASKS:
            if asked.only not in task.name:
                continue
            runs = [measure(browser, task, asked.network) for _ in range(asked.times)]
            seconds = [each[1] for each in runs]
            spread = f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"
            seen = "yes" if all(each[2] for each in runs) else "no"
            lines.append(f"| {task.name} | {runs[0][0]} | {spread} | {seen} | {task.old} |")
            print(lines[-1], flush=True)
        browser.close()
    if not asked.only:
        write_section(
            "Clicks and seconds", f"python -m benchmarks.service.tasks --times {asked.times}", "\n".join(lines)
        )


if __name__ == "__main__":
    main()
