"""Pictures of every page as a hall sees it: two sizes, light and dark, while a run goes on and after it.

    python -m benchmarks.service.screens FOLDER [--network bundled/scenes] [--pages fooling filters]

The pictures are for the eye. What can be measured of them (where Stop is, how many screens a page has, whether it
scrolls sideways) goes into RESULTS.md.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from benchmarks.results import write_section
from benchmarks.service.visitors import serving
from start import find_chromium

SIZES = {"1280x720": (1280, 720), "1920x1080": (1920, 1080)}
THEMES = ("light", "dark")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SWITCHES += ["--disable-component-update", "--disable-sync"]
STOP = re.compile("^Stop$")
PATIENCE = 180_000  # milliseconds
LINKS = {
    "saliency": "methods=guided&methods=smoothgrad&methods=grad_cam",
    "layers": "",
    "layers_kernels": "view=Kernels",
    "class_picture": "steps=256",
    "filters": "",
    "filters_unit": "show=One+unit&unit=7",
    "fooling": "",
    "thin_ice": "",
    "thin_ice_map": "ice=Decision+map",
    "what_changed": "",
    "what_changed_units": "change=Units&wc_units=2",
    "any_file": "",
    "linear_probe": "",
    "linear_probe_mistakes": "probe_view=Mistakes&probe_layer=layer1",
    "pictures_out_of_noise": "gan_per_class=20&gan_steps=100",
    "about": "",
}  # by the name of the picture, whose first part is the page's address
QUIET = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning"
    && !document.querySelector('[data-stale="true"]')"""
FACTS = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return { screens: main.scrollHeight / main.clientHeight, sideways: main.scrollWidth - main.clientWidth };
}"""


@dataclass(frozen=True)
class Facts:
    """What was measured on one page at one size."""

    name: str
    size: str
    stop: float | None  # the lower edge of Stop while the run went on, px from the top; None: no run was seen
    screens: float  # height of the finished page, in windows
    sideways: float  # px by which the page is wider than its window


def address(server: str, name: str, network: str) -> str:
    page = "" if name == "saliency" else re.sub("_(kernels|unit|map)$", "", name)
    return f"http://{server}/{page}?network={network}&run=1&{LINKS[name]}"


@contextmanager
def opened(browser: Browser, size: tuple[int, int], theme: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def photograph(page: Page, link: str, picture: Path) -> tuple[float | None, dict[str, float]]:
    """Opens the link; takes a picture while it runs, if it does, one of the first screen and one of the whole page."""
    page.goto(link)
    page.get_by_role("heading", level=1).wait_for()
    stop = page.get_by_test_id("stMain").get_by_role("button", name=STOP)
    lower = None
    try:
        stop.wait_for(timeout=4000)
        page.wait_for_timeout(1500)
        box = stop.bounding_box(timeout=1000)
        lower = box["y"] + box["height"] if box else None
        page.screenshot(path=f"{picture}_running.png")
    except TimeoutError:
        pass  # the result was there, or the page computes nothing
    page.wait_for_function(QUIET)
    page.wait_for_timeout(1500)
    page.screenshot(path=f"{picture}_after.png")
    facts: dict[str, float] = page.evaluate(FACTS)
    height = page.viewport_size["height"] if page.viewport_size else 0
    page.set_viewport_size({"width": page.viewport_size["width"], "height": round(height * facts["screens"])})  # type: ignore[index]
    page.wait_for_timeout(1000)
    page.screenshot(path=f"{picture}_whole.png")
    return lower, facts


def screens(folder: Path, network: str, names: list[str]) -> list[Facts]:
    """Takes all pictures; each theme has a server of its own, so that its first size shows runs."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=SWITCHES)
        for theme in THEMES:
            for size, pixels in SIZES.items():
                with serving(VIZLIB_STORE="off") as server:
                    for name in names:
                        with opened(browser, pixels, theme) as page:
                            picture = folder / f"{name}_{size}_{theme}"
                            stop, facts = photograph(page, address(server.address, name, network), picture)
                        found.append(Facts(name, f"{size}, {theme}", stop, facts["screens"], facts["sideways"]))
        browser.close()
    return found


def report(found: list[Facts]) -> str:
    lines = ["| page | window | lower edge of Stop (px) | height (windows) | sideways (px) |", "|---|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.size} | {'no run seen' if each.stop is None else f'{each.stop:.0f}'} "
        f"| {each.screens:.1f} | {each.sideways:.0f} |"
        for each in found
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--network", default="bundled/scenes")
    parser.add_argument("--pages", nargs="+", default=list(LINKS), choices=list(LINKS))
    asked = parser.parse_args()
    text = report(screens(asked.folder, asked.network, asked.pages))
    print(text)
    if asked.pages == list(LINKS):
        write_section("Screens", f"python -m benchmarks.service.screens FOLDER --network {asked.network}", text)


if __name__ == "__main__":
    main()
