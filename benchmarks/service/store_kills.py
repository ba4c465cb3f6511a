"""A process that writes to a shared store is killed (SIGKILL) at random moments: is a corrupt result ever read?

    python -m benchmarks.service.store_kills [--kills 50]

A process puts results of 0.2 to 2 MB into the store as fast as it can, and is killed. Meanwhile another process, with a
cache of its own, reads the same results. After each kill, what the writer left is read twice more: with an empty cache
and with the cache that the killed process left. Each read must give nothing, or exactly what was put. This is done with
an S3 server on this machine, and with a folder behind a `file://` URL.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.results import write_section
from benchmarks.service import bucket
from vizlib.runs import Store, open_store

LIFE = (0.02, 0.4)  # seconds from the first result until the process is killed
SIZES = (200_000, 2_000_000)  # bytes of a result
PATIENCE = 30.0  # seconds
_NAME = "benchmarks.service.store_kills"
# The processes are forks of one that has loaded the libraries and opened no store, so that each begins at once.
_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload(["vizlib.runs"])


class Wrong(Exception):
    """A promise that was not kept."""


@dataclass
class Found:
    """What the reads gave."""

    kills: int = 0
    put: int = 0  # results that the writer began to put
    reads: Counter[str] = field(default_factory=Counter)  # "whole", "nothing"
    half: int = 0  # half-written files left behind the URL

    def read(self, store: Store, first: int, last: int, when: str) -> None:
        """Reads the results of these numbers; raises Wrong if one is not what was put."""
        for number in range(first, last + 1):
            content = store.get(key(number))
            if content is not None and content != result(number):
                raise Wrong(f"result {number} came back with other bytes, {when}")
            self.reads["nothing" if content is None else "whole"] += 1


def key(number: int) -> str:
    """The key of the result of that number."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def result(number: int) -> bytes:
    """The result of that number: a few bytes that differ from number to number, over and over."""
    chance = random.Random(number)
    return chance.randbytes(997) * (chance.randint(*SIZES) // 997)


def write(environment: Mapping[str, str], first: int, latest: Any) -> None:
    """What the process does that will be killed: puts results, and tells the number of each before."""
    with opened(environment) as store:
        for number in count(first):
            latest.value = number
            store.put(key(number), result(number))
            store.settle(PATIENCE)


@contextmanager
def opened(environment: Mapping[str, str]) -> Iterator[Store]:
    """The shared store as a process with this environment sees it."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield open_store()
    finally:
        os.environ.clear()
        os.environ.update(before)


def kill_once(shared: Mapping[str, str], folder: Path, first: int, life: float, found: Found) -> None:
    """Lets a process write for so long, reads meanwhile, kills it, and reads again."""
    latest = _SPAWN.RawValue("q", -1)
    mine = {name: {**shared, "VIZLIB_STORE_CACHE": str(folder / f"{first} {name}")} for name in ("w", "r", "s")}
    process = _SPAWN.Process(target=write, args=(mine["w"], first, latest), daemon=True)
    process.start()
    try:
        _wait(process, latest)
        time.sleep(life / 2)
        with opened(mine["r"]) as store:
            found.read(store, first, latest.value, "while it was written")
        time.sleep(life / 2)
    finally:
        process.kill()
        process.join()
    found.kills += 1
    found.put += latest.value + 1 - first
    for name, when in (("s", "after the kill"), ("w", "after the kill, with the cache of the killed process")):
        with opened(mine[name]) as store:
            found.read(store, first, latest.value, when)


def _wait(process: Any, latest: Any) -> None:
    until = time.monotonic() + PATIENCE
    while latest.value < 0:
        if time.monotonic() > until or not process.is_alive():
            raise RuntimeError("the process that should write did not begin")
        time.sleep(0.005)


def measure(shared: Mapping[str, str], kills: int, chance: random.Random) -> Found:
    """Kills so many processes that write there."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="filterscope_kills_") as folder:
        for number in range(kills):
            kill_once(shared, Path(folder), number * 1_000_000, chance.uniform(*LIFE), found)
            print(f"{number + 1} of {kills}: {dict(found.reads)}", file=sys.stderr, flush=True)
    return found


def in_a_folder(kills: int) -> Found:
    """With a folder behind a `file://` URL."""
    with tempfile.TemporaryDirectory(prefix="filterscope_kills_") as folder:
        found = measure({"VIZLIB_STORE": Path(folder).as_uri()}, kills, random.Random(0))
        found.half = sum(1 for each in Path(folder).rglob("*.part"))
        return found


def in_a_bucket(kills: int) -> Found:
    """With an S3 server."""
    with bucket.bucket() as there:
        return measure(there.environment, kills, random.Random(0))


def table(rows: Mapping[str, Found]) -> str:
    head = "| store | kills | results put | reads | what was put | nothing | corrupt | unfinished files left |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for name, each in rows.items():
        whole, nothing = each.reads["whole"], each.reads["nothing"]
        lines.append(
            f"| {name} | {each.kills} | {each.put} | {whole + nothing} | {whole} | {nothing} | 0 | {each.half} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    if not bucket.installed():
        print(bucket.NONE)
        return 1
    text = table({"`s3://`": in_a_bucket(asked.kills), "`file://`": in_a_folder(asked.kills)})
    print(text)
    if not asked.no_write:
        words = (__doc__ or "").split("\n\n")[2]
        write_section("A shared store, killed while it is written", f"python -m {_NAME}", f"{words}\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
