"""A real Chromium, and the dashboard in a process of its own.

A test asks for `page` and `dashboard`, goes to that address, waits with `settled(page)` and acts; `console_errors`
tells what the browser complained about.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from benchmarks.service.quiet import QUIET
from start import find_chromium

ROOT = Path(__file__).resolve().parents[2]
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
]
PATIENCE = 60_000  # milliseconds, on a busy machine
FAILED = pytest.StashKey[bool]()
# A new tab's first document of a site forgets what earlier tests left there.
FORGET = """if (location.protocol.startsWith("http") && !sessionStorage.getItem("forgotten")) {
    localStorage.clear();
    sessionStorage.setItem("forgotten", "yes");
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked `browser`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lets the `page` fixture know whether its test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser. Without one the tests are skipped, except in CI, where that is a failure."""
    found = find_chromium()
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("there is no Chromium here, and CI must run the browser tests")
    if found is None:
        pytest.skip("there is no Chromium here: install one, or name it in VIZLIB_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield running
        running.close()


@pytest.fixture(scope="session")
def launch(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`launch(command, folder)` runs a command that opens a dashboard and gives its address; it ends with the session.

    Keywords go into its environment.
    """
    running: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], folder: Path, **environment: str) -> str:
        port = free_port()
        log = tmp_path_factory.mktemp("server") / "log.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--server.port", str(port)],
                cwd=folder,
                env={**os.environ, "OMP_WAIT_POLICY": "passive", **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        wait_for_health(port, process, log)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        end(process)


@pytest.fixture(scope="session")
def serve(launch: Callable[..., str]) -> Callable[..., str]:
    """`serve("app.py", VIZLIB_WEIGHTS=...)` runs a Streamlit script and gives its address; it ends with the session.

    Words after the script go to Streamlit, keywords into its environment.
    """

    def start(script: str | Path, *words: str, **environment: str) -> str:
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true", *words]
        return launch(command, ROOT, **environment)

    return start


@pytest.fixture(scope="session")
def dashboard(serve: Callable[..., str]) -> str:
    """The address of the dashboard, without a hub and without a folder of weights."""
    return serve("app.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_health(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    end(process)
    raise RuntimeError(f"the dashboard did not start; it said:\n{log.read_text(errors='replace')[-2000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and all that it started."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answers(address: str) -> bool:
    """Whether a server is there."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_until_alone(page: Page, address: str) -> None:
    """Waits until the server has ended and the page has said so, and closes what it says, as a visitor does.

    Streamlit's message lies over the whole page and comes a second or more after the end: a drag that it interrupts
    goes nowhere.
    """
    until = time.monotonic() + PATIENCE / 1000
    while answers(address):
        assert time.monotonic() < until
    message = page.get_by_role("dialog", name="Connection error")
    message.wait_for()
    page.keyboard.press("Escape")
    message.wait_for(state="detached")


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages of all tests belong to.

    They have a cache in common, and one process, in which a first page keeps the compiled scripts of all servers here:
    so a page opens with little more than half of the work.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    first = context.new_page()
    first.route("**", lambda route: route.fulfill(body=""))
    first.goto("http://127.0.0.1")
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """A new page, 1440 x 900, that remembers nothing. If the test fails, a screenshot is kept and its path printed."""
    others = visitor.pages
    page = visitor.new_page()
    page.add_init_script(FORGET)
    yield page
    if request.node.stash.get(FAILED, False):
        picture = tmp_path / "failed.png"
        page.screenshot(path=picture, full_page=True)
        sys.stdout.write(f"\nwhat the page looked like: {picture}\n")
    for each in visitor.pages:
        if each not in others:
            each.close()
    visitor.clear_cookies()
    visitor.clear_permissions()


@pytest.fixture
def console_errors(page: Page) -> list[str]:
    """What the browser's console complained about since the page was made; empty at the end of a good test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    return complaints


@pytest.fixture(scope="session")
def settled() -> Callable[[Page], None]:
    """`settled(page)` waits until the script has run to its end and nothing on the page is stale.

    A click takes a tenth of a second to become a run, so the page must have been quiet for longer than that. To look
    at every frame, as Playwright does by itself, would make Chromium draw all of them: a fifth of these tests' time.
    """

    def wait(page: Page) -> None:
        page.evaluate("window.quietSince = undefined")
        page.wait_for_function(QUIET, polling=100)

    return wait
