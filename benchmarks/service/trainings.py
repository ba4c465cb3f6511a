"""The two pages that train for minutes, in a browser: the first frame, the reaction to a click, and ten visitors.

    python -m benchmarks.service.trainings [--times 3] [--visitors 10]

The first frame is timed from the click on *Train* until the pictures or the first point of a curve are there; the
reaction from the click on *Stop*, while steps are made, until the page says that it has stopped. The page was opened
once before with other settings, so that its libraries are in memory. Each repetition has a server of its own. Then all
visitors open one link together: it must be computed once, and all must see the same sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import tempfile
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.results import write_section
from benchmarks.service.hall import Wrong, crowd, runs, warm
from benchmarks.service.processes import Server
from benchmarks.service.screens import SWITCHES
from benchmarks.service.visitors import environment, serving
from start import find_chromium

PATIENCE = 90_000  # milliseconds


@dataclass(frozen=True)
class Training:
    """One of the pages."""

    page: str
    what: str  # of its recipes
    shown: re.Pattern[str]  # the text of the first picture or curve of a run
    short: dict[str, str]  # a link to a run of seconds
    networks: int  # runs behind that link
    says: str  # of the sentence that all visitors must see


TRAININGS = (
    Training(
        "two_domains", "domain adaptation", re.compile(r"^Source only: 0 [\d.]+ %"),
        {"td_pair": "real_digits", "td_steps": "40", "run": "1"}, 3, "held-out pictures of the target",
    ),
    Training(
        "pictures_out_of_noise", "gan", re.compile("The same 40 latent vectors"),
        {"gan_steps": "40", "run": "1"}, 1, "Fréchet distance",
    ),
)  # fmt: skip


def once(browser: Browser, server: Server, training: Training) -> tuple[float, float]:
    """Seconds from *Train* to the first frame, and from *Stop* to its answer."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(PATIENCE)
    address, main = f"http://{server.address}/{training.page}", page.get_by_test_id("stMain")
    page.goto(f"{address}?{urlencode(training.short)}")
    main.get_by_text(training.says).first.wait_for()
    page.goto(address)
    train = main.get_by_role("button", name="Train", exact=True)
    train.wait_for()
    page.wait_for_timeout(3000)  # the browser loads the page's controls late
    train.click()
    began = time.monotonic()
    main.get_by_role("img", name=training.shown).first.wait_for()
    first = time.monotonic() - began
    _until_steps(page)
    main.get_by_role("button", name="Stop", exact=True).click()
    began = time.monotonic()
    main.get_by_text("Stopped after step").first.wait_for()
    reaction = time.monotonic() - began
    page.close()
    return first, reaction


def _until_steps(page: Page) -> None:
    """Waits until the run has made some steps."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stProgress]')].some("
        "(each) => /: [1-9][0-9,]{1,} of/.test(each.textContent))"
    )


def alone(training: Training, times: int) -> str:
    """One visitor in a browser."""
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=SWITCHES)
        for _ in range(times):
            with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
                found.append(once(browser, server, training))
        browser.close()
    first, reaction = ([each[at] for each in found] for at in (0, 1))
    return f"first frame {_said(first)}, reaction {_said(reaction)}"


def _said(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s (at most {max(seconds):.2f})"


def together(training: Training, count: int) -> str:
    """All visitors on one link."""
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        warm(server)
        found = asyncio.run(crowd(server, [training.short] * count, training.page))
        time.sleep(0.5)
        computed = [each for each in runs(server, training.what) if each["outcome"] == "finished"]
    sentences = {
        tuple(text for text in visitor.texts() if training.says in text and "%" in text) for _, visitor in found
    }
    saw = sum(any(training.says in text for text in visitor.texts()) for _, visitor in found)
    if len(computed) != training.networks or saw != count or len(sentences) != 1 or () in sentences:
        told = f"{len(computed)} runs instead of {training.networks}; {saw} of {count} saw it; {len(sentences)}"
        raise Wrong(f"{training.page}: {told} different sentences")
    seconds = sorted(each for each, _ in found)
    return (
        f"{count} visitors of one link ({training.networks} run{'s' * (training.networks > 1)} of 40 steps): each "
        f"computed once, {saw} of {count} saw the sentence, the first after {seconds[0]:.1f} s, the last after "
        f"{seconds[-1]:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--visitors", type=int, default=10)
    asked = parser.parse_args()
    parts = []
    for training in TRAININGS:
        parts.append(f"- **{training.page}**: {alone(training, asked.times)}. {together(training, asked.visitors)}.")
        print(parts[-1], flush=True)
    words = " ".join((__doc__ or "").split("\n\n")[2].split())
    write_section(
        "Trainings on their pages", "python -m benchmarks.service.trainings", f"{words}\n\n" + "\n".join(parts)
    )


if __name__ == "__main__":
    main()
