"""Are colors what a browser shows? One chart in hundreds of files, each with another header, beside Chromium's pixels.

    python -m benchmarks.accuracy.browser_colors               # about half a minute; writes RESULTS.md
    python -m benchmarks.accuracy.browser_colors --no-write
    python -m benchmarks.accuracy.browser_colors --keep        # also keeps Chromium's pixels for the tests

Chromium draws each file over white on a canvas in sRGB, at its own size; the middle pixel of each square is compared.
Chromium shows no TIFF: there, the PNG of the same numbers and profile stands for it. The command fails when a square is
more than 2 levels off, unless `header_variants` names the reason, and when a named difference is gone.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from numpy.typing import NDArray

from benchmarks.accuracy.header_variants import SQUARE, Variant, variants
from benchmarks.results import write_section
from start import find_chromium
from vizlib import PictureError, open_picture

MOST = 2  # levels of 255
KEPT = Path(__file__).parents[2] / "tests" / "pictures" / "browser_colors.json"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
LOOK = """async ([kind, data]) => {
    const image = new Image();
    image.src = `data:image/${kind};base64,${data}`;
    try { await image.decode(); } catch { return null; }
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d", {colorSpace: "srgb"});
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.width, canvas.height, btoa(String.fromCharCode(...pixels))];
}"""
Squares = NDArray[np.int16]  # (rows, columns, 3)


@dataclass(frozen=True)
class Compared:
    """One file, as Chromium and `open_picture` show it; None where there is no picture."""

    variant: Variant
    shown: Squares | None
    opened: Squares | None

    @property
    def off(self) -> float:
        """Levels of 255 at most; infinite for another size and where only one of both shows a picture."""
        if self.shown is None or self.opened is None:
            return 0.0 if self.shown is self.opened else np.inf
        if self.shown.shape != self.opened.shape:
            return np.inf
        return float(np.abs(self.shown - self.opened).max())

    @property
    def wrong(self) -> str:
        """What is wrong with this file, or ""."""
        if self.off > MOST and not self.variant.reason:
            return f"{self.off:g} levels off"
        return "as in Chromium after all" if self.off <= MOST and self.variant.reason else ""


def squares(pixels: NDArray[Any]) -> Squares:
    """The middle pixels of the squares of a chart (H, W, 3)."""
    return pixels[SQUARE // 2 :: SQUARE, SQUARE // 2 :: SQUARE].astype(np.int16)


def opened(data: bytes) -> Squares | None:
    try:
        return squares(np.asarray(open_picture(data)))
    except PictureError:
        return None


def shown(some: list[Variant], chromium: str) -> Iterator[Squares | None]:
    """What Chromium shows of each."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        page = browser.new_page()
        for each in some:
            kind = "png" if each.shown else each.format.lower()
            data = base64.b64encode((each.shown or each.make)()).decode()
            found = page.evaluate(LOOK, [kind, data])
            yield None if found is None else _decoded(*found)
        VERSION.append(browser.version)
        browser.close()


VERSION: list[str] = []


def _decoded(width: int, height: int, data: str) -> Squares:
    return squares(np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3])


def table(found: list[Compared]) -> str:
    """One row per format, then every named difference."""
    lines = ["| format | headers | within 2 levels | largest of these | named below | wrong |", "|---|" + "---:|" * 5]
    for kind in dict.fromkeys(each.variant.format for each in found):
        some = [each for each in found if each.variant.format == kind]
        near = [each.off for each in some if each.off <= MOST]
        named, wrong = (sum(map(bool, flags)) for flags in zip(*((e.variant.reason, e.wrong) for e in some)))
        lines.append(f"| {kind} | {len(some)} | {len(near)} | {max(near, default=0):g} | {named} | {wrong} |")
    lines += ["", "| not as in Chromium | levels | why |", "|---|---:|---|"]
    reasons = Counter((each.variant.format, each.variant.reason) for each in found if each.variant.reason)
    for kind, reason in reasons:
        same = [each for each in found if (each.variant.format, each.variant.reason) == (kind, reason)]
        worst = max(each.off for each in same)
        levels = f"{worst:g}" if np.isfinite(worst) else "-"
        lines.append(f"| {kind}: {'; '.join(each.variant.name for each in same)} | {levels} | {reason} |")
    return "\n".join(lines)


def kept(found: list[Compared]) -> str:
    """Chromium's squares as JSON: per file the rows of colors in hexadecimal; only those that must be met."""
    files = {
        f"{each.variant.format}: {each.variant.name}": [row.astype(np.uint8).tobytes().hex() for row in each.shown]
        for each in found
        if each.shown is not None and not each.variant.reason
    }
    return json.dumps(files, indent=0) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-write", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep Chromium's pixels for the tests")
    given = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("There is no Chromium here. Install one, or name it in VIZLIB_CHROMIUM.")
        return 1
    some = list(variants())
    found = [Compared(each, seen, opened(each.make())) for each, seen in zip(some, shown(some, chromium), strict=True)]
    wrong = [each for each in found if each.wrong]
    verdict = f"{len(found)} files, Chromium {VERSION[0]}, Pillow {PIL.__version__}: {len(wrong)} wrong."
    text = "\n".join(
        [table(found), "", verdict, *(f"- {e.variant.format}: {e.variant.name}: {e.wrong}" for e in wrong)]
    )
    print(text)
    if given.keep:
        KEPT.write_text(kept(found), encoding="utf-8")
    if not given.no_write:
        write_section("Colors beside a browser's", "python -m benchmarks.accuracy.browser_colors", text)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
