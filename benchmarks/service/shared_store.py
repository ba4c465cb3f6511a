"""Two dashboards share a store: what one computed, the other opens; and what if the store stalls, dies, or is damaged?

    python -m benchmarks.service.shared_store [--steps 16] [--quick]

The store is an S3 server on this machine (moto's, a process of its own); each dashboard has a cache of its own. One
dashboard computes an atlas, and the other one opens it without computing. Then the S3 server stalls: it takes
connections and never answers. It goes on, is killed, and starts again with an empty bucket. Last, one bit of each
object of an atlas is turned. Pages must go on, at most a few seconds later than without the fault, and show the right
tiles; and the page *This installation* must say what is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.results import write_section
from benchmarks.service import bucket
from benchmarks.service.bucket import Bucket
from benchmarks.service.hall import Wrong, runs, warm
from benchmarks.service.processes import Server
from benchmarks.service.visitors import Visitor, serving

TILES, BATCHES = 32, 2
ATLAS = {"network": "bundled%2Fscenes", "layer": "layer3", "show": "Atlas", "tiles": str(TILES)}
BOUND = 8.0  # seconds that a page may take longer because the store does not answer
PATIENCE = 90.0  # seconds until all is well again
KNOWN = 5.0  # seconds after which a dashboard knows what another one put into the store
AFTERWORD = "The dashboards showed the same tiles, and no log has a traceback."
HAD, DAMAGED = "The shared store had the result", "is damaged"  # in the log
SILENT = "has not answered since"  # on the page This installation


@dataclass
class Look:
    """An atlas as a visitor saw it."""

    seconds: float  # until the page was complete
    worked: float  # seconds of computing and reading, as the log has them
    fetched: int  # results that came from the shared store, as the log has them
    tiles: str  # a digest


@dataclass
class Story:
    """What happened, in rows of a table."""

    steps: int
    rows: list[str] = field(default_factory=list)

    def atlas(self, what: str, server: Server, seed: int) -> Look:
        """Opens an atlas; adds a row."""
        logged, fetched = len(runs(server, "atlas")), server.text().count(HAD)
        seconds, tiles = asyncio.run(_open(server, self.steps, seed))
        time.sleep(0.5)  # the run comes into the log after the page is complete
        worked = sum(float(str(each["seconds"])) for each in runs(server, "atlas")[logged:])
        found = Look(seconds, worked, server.text().count(HAD) - fetched, tiles)
        self.add(what, f"{seconds:.1f}", f"{worked:.2f}", str(found.fetched))
        return found

    def add(self, what: str, seconds: str, worked: str = "", fetched: str = "") -> None:
        self.rows.append(f"| {what} | {seconds} | {worked} | {fetched} |")
        print(self.rows[-1], flush=True)

    def table(self) -> str:
        head = "| | seconds until the page was complete | of which computing or reading | from the store, by the log |"
        return "\n".join([head, "|---|---|---|---|", *self.rows])


async def _open(server: Server, steps: int, seed: int) -> tuple[float, str]:
    """Opens the atlas by its link; returns the seconds and a digest of its sheet."""
    async with Visitor(server) as visitor:
        seconds = await visitor.open("filters", 300, **ATLAS, atlas_steps=str(steps), atlas_seed=str(seed))
        sheets = [each.json for each in visitor.all("bidi_component") if each.component_name.endswith("sheet")]
        pictures = re.findall(r"data:image/[^\"\\]+", "".join(sheets))
        if visitor.complaints() or not pictures or not any(f"{TILES} of {TILES} done" in t for t in visitor.texts()):
            raise Wrong(f"the atlas of seed {seed} is not whole: {visitor.complaints() or visitor.texts()[-3:]}")
        return seconds, hashlib.sha256(pictures[-1].encode()).hexdigest()


async def _installation(server: Server) -> tuple[float, list[str]]:
    """Opens the page This installation; returns the seconds and its texts."""
    async with Visitor(server) as visitor:
        seconds = await visitor.open("about", 120)
        if visitor.complaints():
            raise Wrong(f"the page This installation: {visitor.complaints()}")
        return seconds, visitor.texts()


def until(true: Callable[[], bool], seconds: float, what: str) -> float:
    """Waits until it is true; returns the seconds. Raises Wrong if it does not become so."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise Wrong(f"not within {seconds:.0f} seconds: {what}")
        time.sleep(0.2)
    return time.monotonic() - began


def says(server: Server) -> str:
    """The sentence of the page This installation that the store does not answer, or ""."""
    _, texts = asyncio.run(_installation(server))
    found = next((each for each in texts if SILENT in each), "")
    return found.replace(r"\::small[]", ":")  # as it is read on screen


@dataclass
class Pair:
    """Two dashboards, the store that they share, and what happened to them."""

    one: Server
    other: Server
    there: Bucket
    story: Story

    def shared(self) -> Look:
        """One computes, the other opens."""
        before = len(self.there.results())
        made = self.story.atlas("the first dashboard computes an atlas", self.one, 1)
        self._arrived(before)
        taken = self.story.atlas("the second one opens it from the store", self.other, 1)
        self._same(made, taken)
        if taken.worked > made.worked / 2:
            raise Wrong("it was computed again")
        return made

    def away(self, how: str, seed: int, made: Look) -> str:
        """The store does not answer: atlases are computed and shown. Returns the sentence on the page."""
        first = self.story.atlas(f"{how}; the second one computes a new atlas", self.other, seed)
        next_one = self.story.atlas("and another one", self.other, seed + 1)
        known = self.story.atlas("and opens the one that it has", self.other, 1)
        self._same(made, known)
        for each in (first, next_one, known):
            if each.seconds > 2 * made.seconds + BOUND:  # twice, because this machine has other things to do
                raise Wrong(f"a page took {each.seconds:.1f} s instead of {made.seconds:.1f} s")
        noticed = until(lambda: bool(says(self.other)), PATIENCE, "the page This installation says that it is away")
        self.story.add("its page *This installation* says so, after", f"{noticed:.1f}")
        seconds, _ = asyncio.run(_installation(self.other))
        self.story.add("and is open after", f"{seconds:.1f}")
        if seconds > BOUND:
            raise Wrong(f"the page This installation took {seconds:.1f} s")
        return says(self.other)

    def back(self, seed: int) -> None:
        """The store answers again: the page says so, and what was computed meanwhile comes to the first dashboard."""
        seconds = until(lambda: not says(self.other), PATIENCE, "the store is used again")
        self.story.add("the S3 server answers again, and the page says so, after", f"{seconds:.1f}")
        began = time.monotonic()
        while not (
            found := self.story.atlas("the first one opens what was computed meanwhile", self.one, seed)
        ).fetched:
            if time.monotonic() - began > PATIENCE:
                raise Wrong("what was computed meanwhile did not come into the store")
            self.story.rows.pop()
            seed += 1
            time.sleep(5)
        self._same(found, self.story.atlas("the second one opens the same", self.other, seed))

    def damaged(self, seed: int) -> None:
        """A bit of each object is turned: the other dashboard computes again, shows the same, and mends the store."""
        before = self.there.results()
        made = self.story.atlas("the first dashboard computes an atlas", self.one, seed)
        self._arrived(len(before))
        objects = {name: self.there.read(name) for name in self.there.results() - before}
        for name in objects:
            self.there.damage(name)
        noticed = self.other.text().count(DAMAGED)
        again = self.story.atlas("one bit of each of its objects is turned; the second one opens it", self.other, seed)
        self._same(made, again)
        if again.fetched or self.other.text().count(DAMAGED) == noticed:
            raise Wrong("the damage was not noticed")
        mended = until(
            lambda: all(self.there.read(n) == c for n, c in objects.items()), PATIENCE, "the store is mended"
        )
        self.story.add(f"its {len(objects)} objects are whole again in the store, after", f"{mended:.1f}")

    def _arrived(self, before: int) -> None:
        """Waits until a new atlas is in the bucket, and until the other dashboard may know of it."""
        until(lambda: len(self.there.results()) >= before + BATCHES, PATIENCE, "the atlas is in the bucket")
        time.sleep(KNOWN)

    @staticmethod
    def _same(made: Look, shown: Look) -> None:
        if made.tiles != shown.tiles:
            raise Wrong("the two dashboards show different tiles")


def measure(steps: int) -> str:
    """The whole story; returns what is to be told of it."""
    story = Story(steps)
    with ExitStack() as ends:
        there = ends.enter_context(bucket.bucket())
        caches = [ends.enter_context(tempfile.TemporaryDirectory(prefix="filterscope_cache_")) for _ in range(2)]
        one, other = (
            ends.enter_context(serving(**there.environment, VIZLIB_STORE_CACHE=each, VIZLIB_RUNS="off"))
            for each in caches
        )
        for each in (one, other):
            warm(each)
        pair = Pair(one, other, there, story)
        made = pair.shared()
        there.stall()
        sentence = pair.away("The S3 server stalls", 10, made)
        there.go_on()
        pair.back(10)
        there.kill()
        pair.away("The S3 server is killed", 20, made)
        there.start_again()
        pair.back(20)
        pair.damaged(30)
        tracebacks = sum(each.text().count("Traceback") for each in (one, other))
    if tracebacks:
        raise Wrong(f"{tracebacks} tracebacks in the logs")
    about = f"Atlases of {TILES} tiles in {BATCHES} batches, bundled/scenes, {steps} steps."
    said = f'While the store was away, the page *This installation* said: "{sentence}"'
    return f"{about}\n\n{story.table()}\n\n{AFTERWORD} {said}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=16, help="of an atlas")
    parser.add_argument("--quick", action="store_true", help="4 steps, only print")
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    if not bucket.installed():
        print(bucket.NONE)
        return 1
    text = measure(4 if asked.quick else asked.steps)
    print(text)
    if not (asked.no_write or asked.quick):
        write_section("A store that two dashboards share", "python -m benchmarks.service.shared_store", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
