"""The server is killed, the disk is full, the memory is short: what is lost, and what does a visitor see?

    python -m benchmarks.service.faults [--kills 50]

The server is killed (SIGKILL) at a random moment of a run, or while it writes a result to the store. Then it starts
again on the same store. The interrupted recipe and one that was finished earlier are opened: both must show exactly the
bytes of an undisturbed server, and the finished one must not be computed again. The hub's failures have a command of
their own, `python -m benchmarks.service.hub_faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results import write_section
from benchmarks.service.hall import LINK, last_pictures, runs
from benchmarks.service.processes import Server
from benchmarks.service.visitors import Visitor, environment, serving, start

STEPS = 48


class Wrong(Exception):
    """A promise that was not kept."""


async def look(server: Server, seed: int) -> str:
    """Opens the recipe's link; returns a digest of the picture."""
    async with Visitor(server) as visitor:
        await visitor.open("class_picture", 120, **LINK, steps=str(STEPS), seed=str(seed))
        if visitor.complaints():
            raise Wrong(f"seed {seed}: {visitor.complaints()}")
        (picture,) = last_pictures([visitor])
        if not picture:
            raise Wrong(f"seed {seed}: no picture")
        return picture


async def interrupted(server: Server, seed: int, delay: float | None, store: Path) -> str:
    """Opens the link and kills the server after `delay` seconds, or (None) while the result is being written."""
    async with Visitor(server) as visitor:
        visitor.page, visitor.query = "class_picture", "&".join(f"{k}={v}" for k, v in LINK.items())
        visitor.query += f"&steps={STEPS}&seed={seed}"
        await visitor.ask()
        reader = asyncio.create_task(visitor.settle(120))
        until = time.monotonic() + (60 if delay is None else delay)
        before = set(store.glob("??/*"))
        moment = "during a run"
        while time.monotonic() < until:
            if delay is None and any(path.suffix == ".part" for path in store.glob("??/*")):
                moment = "during a write"
                break
            if reader.done():
                break
            await asyncio.sleep(0 if delay is None else 0.01)
        server.kill()
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        if moment == "during a run" and set(store.glob("??/*")) - before:
            moment = "after the write"
        return moment


def cut_off(kills: int, store: Path, chance: random.Random) -> tuple[Counter[str], dict[int, str], int]:
    """Kills the server, opens the links again; returns when it was killed, the pictures, and how many the disk had."""
    moments: Counter[str] = Counter()
    shown: dict[int, str] = {}
    whole: list[int] = []
    from_disk = 0
    for number in range(kills):
        server = start(**environment(store))
        delay = None if number % 2 else chance.uniform(0.3, 2.5)
        moments[asyncio.run(interrupted(server, number, delay, store))] += 1
        server.log.unlink()
        with serving(**environment(store)) as again:
            if whole:
                earlier = chance.choice(whole)
                if asyncio.run(look(again, earlier)) != shown[earlier]:
                    raise Wrong(f"seed {earlier} was finished and came back as another picture")
                time.sleep(0.2)
                if runs(again)[-1]["seconds"] > 0.3:  # type: ignore[operator]
                    raise Wrong(f"seed {earlier} was finished and was computed again: {runs(again)[-1]}")
                from_disk += 1
            shown[number] = asyncio.run(look(again, number))
            whole.append(number)
        print(f"{number + 1} of {kills}: {dict(moments)}", flush=True)
    return moments, shown, from_disk


def undisturbed(seeds: list[int]) -> dict[int, str]:
    """The same pictures from a server that is not killed and has an empty store."""
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        return {seed: asyncio.run(look(server, seed)) for seed in seeds}


def killed(kills: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        moments, shown, from_disk = cut_off(kills, Path(folder), random.Random(0))
        rubbish = sum(path.suffix == ".part" for path in Path(folder).glob("??/*"))
    true = undisturbed(list(shown))
    same = sum(shown[seed] == true[seed] for seed in shown)
    if same != len(shown):
        raise Wrong(f"{len(shown) - same} pictures differ after a kill")
    words = ", ".join(f"{count} {moment}" for moment, count in sorted(moments.items()))
    return (
        f"**kill -9, {kills} times** ({words}), and a start on the same store each time. {same} of {len(shown)} "
        f"interrupted recipes, opened again, gave to the byte the picture of an undisturbed server; {from_disk} of "
        f"{from_disk} results finished earlier came back from the disk, none computed again. Half-written files left: "
        f"{rubbish}, never read, and swept an hour later."
    )


@dataclass
class Disk:
    """A store on a disk that is full after `size` kilobytes."""

    size: int
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="filterscope_full_")))
    real: bool = False

    def __enter__(self) -> Disk:
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.size}k", "tmpfs", str(self.folder)]
        self.real = subprocess.run(command, capture_output=True).returncode == 0 if shutil.which("mount") else False
        return self

    def __exit__(self, *_: object) -> None:
        if self.real:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def full() -> str:
    """Checks that the result is shown although the disk is full."""
    with Disk(200) as disk:
        with serving(**environment(disk.folder)) as server:
            if not disk.real:  # We may not mount; Linux can limit another process's files instead.
                resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (200_000, 200_000))
            picture = asyncio.run(look(server, 0))
            again = asyncio.run(look(server, 0))
            tracebacks = server.text().count("Traceback")
        left = sum(1 for path in disk.folder.glob("??/*"))
    how = "a file system of 200 kB" if disk.real else "files cut off at 200 kB"
    if picture != undisturbed([0])[0] or again != picture or tracebacks or left:
        raise Wrong(f"a full disk: {tracebacks} tracebacks, {left} files left")
    return f"**Disk full** ({how}): the picture is shown all the same, 0 tracebacks, no half-written file stays."


MEMORY = """
import torch
from vizlib import load_model
from vizlib.activation_maximization import AtlasPlan
from vizlib.activation_maximization.atlas import atlas
from vizlib.errors import TooBig
from vizlib.runs import Store
model = load_model("bundled/scenes", device="cpu")
plan = AtlasPlan("layer2", tuple(range(16)), 4)
*_, true = atlas(model, plan, Store(None, 0))
def short(most):
    short_model = load_model("bundled/scenes", device="cpu")
    real = type(short_model.network).forward
    class Short(type(short_model.network)):
        def forward(self, x):
            if len(x) > most: raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return real(self, x)
    short_model.network.__class__ = Short
    return short_model
*_, last = atlas(short(5), plan, Store(None, 0))
far = abs(last.tiles.astype(int) - true.tiles.astype(int))
notes = sorted(set(filter(None, last.notes)))
print(f"{(far > 1).mean():.4%} of the values differ by more than a gray level; notes: {notes}")
try:
    list(atlas(short(0), plan, Store(None, 0)))
except TooBig as problem:
    print(problem)
"""


def memory() -> str:
    """Simulates a device short of memory: smaller batches give the same pictures, or a message if none fits."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, env=dict(os.environ))
    lines = done.stdout.strip().splitlines()
    if done.returncode or len(lines) != 2:
        raise Wrong(f"out of memory: {done.stderr[-500:]}")
    return (
        "**Out of memory, simulated** (the network refuses more than 5 pictures at once; an atlas of 16 tiles): "
        f'{lines[0]}. Where not even one fits: "{lines[1]}"'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    text = "\n\n".join([memory(), full(), killed(asked.kills)])
    print(text)
    if not asked.no_write:
        write_section("Faults", "python -m benchmarks.service.faults", text)


if __name__ == "__main__":
    main()
