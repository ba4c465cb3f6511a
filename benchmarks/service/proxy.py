"""Two dashboards behind a proxy: does every visitor get the picture, and does each session stay on its server?

    python -m benchmarks.service.proxy [--visitors 100] [--steps 128] [--quick]

A real proxy (Caddy, with the configuration docs/examples/Caddyfile) stands in front of two dashboards that share a
store. All visitors open one link through it at the same moment, as a browser does: the page over HTTP, then a websocket
with the cookies. Each must get the last picture. Each then uploads a file, which only the dashboard of the session
takes, and opens the first page and loads its pictures; the proxy names the dashboard in each answer. The same upload
without the proxy's cookie shows what would happen without sticky sessions. Last, one dashboard is killed, and its
visitors come back with their old cookies.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import write_section
from benchmarks.service import behind
from benchmarks.service.behind import XSRF, Browser
from benchmarks.service.hall import LINK, PATIENCE, Wrong, last_pictures, runs, warm
from benchmarks.service.processes import Server
from benchmarks.service.visitors import serving

SEED = 3
TAKEN, REFUSED = 204, 400  # what Streamlit answers to an upload: with its session, and without


@dataclass
class Visit:
    """What one visitor met."""

    browser: Browser
    seconds: float  # until the page was complete
    ended: bool  # whether the page says that the run ended
    picture: str  # a digest of the last picture
    complaints: list[str]
    upload: int = 0  # status
    stray: int = 0  # status of the upload without the proxy's cookie
    files: tuple[int, ...] = ()  # statuses of the first page's pictures

    @property
    def dashboards(self) -> set[str]:
        """Those that answered the visitor's requests."""
        return set(self.browser.served)


@contextmanager
def two_dashboards() -> Iterator[tuple[list[Server], Server]]:
    """Two dashboards with one store, each with a cache of its own, and the proxy in front of them."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="filterscope_proxy_")))
        (folder / "store").mkdir()
        shared = {"VIZLIB_STORE": (folder / "store").as_uri(), "VIZLIB_RUNS": "off"}
        names = ("first", "second")
        servers = [ends.enter_context(serving(**shared, VIZLIB_STORE_CACHE=str(folder / each))) for each in names]
        yield servers, ends.enter_context(behind.proxy(servers))


async def arrive(browser: Browser, steps: int, gate: asyncio.Barrier) -> Visit:
    """Opens the link together with the others, uploads a file, and loads the pictures of the first page."""
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        await asyncio.to_thread(browser.request, path)
    async with browser.visitor() as visitor:
        await gate.wait()
        seconds = await visitor.open("class_picture", PATIENCE, **LINK, steps=str(steps), seed=str(SEED))
        ended = any(f"after {steps} steps" in text for text in visitor.texts())
        (picture,) = last_pictures([visitor])
        visit = Visit(browser, seconds, ended, picture, visitor.complaints())
        visit.upload = await asyncio.to_thread(browser.upload, visitor.session, b"content")
        stray = Browser(browser.door)
        stray.cookies[XSRF] = browser.cookies[XSRF].value
        visit.stray = await asyncio.to_thread(stray.upload, visitor.session, b"content")
        await visitor.open("", PATIENCE)
        visit.complaints += visitor.complaints()
        answers = [await asyncio.to_thread(browser.request, each) for each in visitor.pictures()]
        visit.files = tuple(status for status, _ in answers)
        return visit


async def crowd(browsers: Sequence[Browser], steps: int) -> list[Visit]:
    gate = asyncio.Barrier(len(browsers))
    return await asyncio.gather(*[arrive(each, steps, gate) for each in browsers])


def check(visits: Sequence[Visit]) -> None:
    """Raises Wrong if a visitor did not get what is promised to all."""
    problems = {
        "met an error": [each for each in visits if each.complaints],
        "did not see the end": [each for each in visits if not (each.ended and each.picture)],
        "were served by several dashboards": [each for each in visits if len(each.dashboards) != 1],
        "could not upload": [each for each in visits if each.upload != TAKEN],
        "lacked a picture of the first page": [each for each in visits if set(each.files) != {200}],
    }
    told = [f"{len(who)} of {len(visits)} {what}" for what, who in problems.items() if who]
    if len({each.picture for each in visits}) != 1:
        told.append("the pictures differ")
    if told:
        raise Wrong("; ".join(told))


def returned(lost: Sequence[Visit], steps: int) -> list[Visit]:
    """The visitors of a killed dashboard open the link again, with their old cookies."""
    back = [Browser(each.browser.door, each.browser.cookies) for each in lost]
    found = asyncio.run(crowd(back, steps))
    check(found)
    if {each.picture for each in found} != {each.picture for each in lost}:
        raise Wrong("the other dashboard shows another picture")
    return found


def measure(count: int, steps: int) -> str:
    """The whole story; returns what is to be told of it."""
    with two_dashboards() as (servers, door):
        for each in servers:
            warm(each)
        before = sum(len(runs(each)) for each in servers)
        visits = asyncio.run(crowd([Browser(door) for _ in range(count)], steps))
        check(visits)
        time.sleep(0.5)
        computed = sum(len(runs(each)) for each in servers) - before
        homes = Counter(next(iter(each.dashboards)) for each in visits)
        if len(homes) != 2 or min(homes.values()) < count / 10:
            raise Wrong(f"the sessions are not spread over both dashboards: {dict(homes)}")
        if computed > len(servers):
            raise Wrong(f"{computed} computations")
        servers[0].kill()
        lost = [each for each in visits if each.dashboards == {servers[0].address}]
        began = time.monotonic()
        back = returned(lost, steps)
        return tell(visits, homes, computed) + after(back, time.monotonic() - began)


def tell(visits: Sequence[Visit], homes: Counter[str], computed: int) -> str:
    seconds = sorted(each.seconds for each in visits)
    requests = sum(len(each.browser.served) for each in visits)
    files = sum(len(each.files) for each in visits)
    strays = sum(each.stray == REFUSED for each in visits)
    count, shares = len(visits), " and ".join(str(each) for each in sorted(homes.values()))
    return (
        f"**One link, {count} visitors, two dashboards behind one proxy** ({os.cpu_count()} cores for all of it). "
        f"{count} of {count} got the last picture, the same for all: the first after {seconds[0]:.1f} s, the median "
        f"{statistics.median(seconds):.1f} s, the last {seconds[-1]:.1f} s. It was computed {computed} times, once by "
        "each dashboard, because running jobs are not shared.\n\n"
        f"The dashboards had {shares} sessions. Each of the {requests:,d} requests of a session was answered by its "
        f"own dashboard, and all {files:,d} pictures of the first page loaded. {count} of {count} uploads were taken, "
        "which only the dashboard of the session does. Without the proxy's cookie "
        f"{strays} of {count} were refused.\n\n"
    )


def after(back: Sequence[Visit], whole: float) -> str:
    seconds = max(each.seconds for each in back)
    return (
        f"**One dashboard killed.** All of its {len(back)} visitors came back with their old cookies, were given to "
        f"the other dashboard, stayed there, and got the same picture, the last one after {seconds:.1f} s. All of it, "
        f"with uploads and the first page, took {whole:.1f} s."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--quick", action="store_true", help="10 visitors, 16 steps, only print")
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    if not behind.installed():
        print(behind.NONE)
        return 1
    text = measure(10, 16) if asked.quick else measure(asked.visitors, asked.steps)
    print(text)
    if not (asked.no_write or asked.quick):
        write_section("Two dashboards behind a proxy", "python -m benchmarks.service.proxy", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
