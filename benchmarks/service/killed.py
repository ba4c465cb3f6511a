"""A process that keeps a training is killed (SIGKILL) at random moments: does it end as if nothing had happened?

    python -m benchmarks.service.killed [--kills 10] [--kinds fine-tuning ...]

For each kind of training, a process keeps one run, as the dashboard does: checkpoints on disk every 10 seconds, the
result in a store. It is killed at a random moment, and the next process goes on from the folder. If a run ends before
it was killed often enough, one with the next seed follows. In the end the store has to hold exactly the bytes that an
undisturbed process stores. "On a server" does the same with the dashboard: a visitor presses *Keep running* and leaves,
and nobody comes back: the restarted server goes on by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from streamlit.proto.WidgetStates_pb2 import WidgetState

import vizlib
from benchmarks.results import write_section
from benchmarks.service import visitors
from benchmarks.service.processes import Server
from vizlib.runs import Kept, Recipe, Runs, Shelter, Store
from vizlib.runs.lasting import EVERY

ROOT = Path(__file__).resolve().parents[2]
OWNER = "0" * 64
LINK = "network=bundled%2Fdigits&ft_set=real_digits&ft_runs=One+setting&ft_load=none&ft_steps=1000&run=1"
LIFE = (0.0, 15.0)  # seconds from a process's first checkpoint until it is killed
Run = Generator[Any, None, None]


def fine_tuning(steps: int, seed: int, resume: bytes | None) -> Run:
    """All layers of bundled/scenes learn drawn insects, with augmentation; 64 px."""
    model, data = vizlib.load_model("bundled/scenes", device="cpu"), vizlib.drawn("insects", 20, tests=20)
    return vizlib.fine_tune(model, data, "all", steps, seed, size=64, resume=resume)


def small(steps: int, seed: int, resume: bytes | None) -> Run:
    """All layers of bundled/digits learn real digits: quick enough for the tests."""
    model, data = vizlib.load_model("bundled/digits", device="cpu"), vizlib.drawn("real_digits", 20, tests=20)
    return vizlib.fine_tune(model, data, "all", steps, seed, every=steps, resume=resume)


def domains(steps: int, seed: int, resume: bytes | None) -> Run:
    """Drawn digits, and over textures."""
    source, target = (vizlib.drawn(each, 100, tests=20) for each in ("digits", "digits_middle"))
    return vizlib.adapt(source, target, steps=steps, seed=seed, device="cpu", resume=resume)


def gan(steps: int, seed: int, resume: bytes | None) -> Run:
    """Drawn digits."""
    judge = vizlib.load_model("bundled/digits", device="cpu")
    return vizlib.train_gan(vizlib.drawn("digits", 100, tests=30), steps, seed=seed, judge=judge, resume=resume)


class Kind(NamedTuple):
    """A training, its steps, and the seconds from one checkpoint to the next."""

    make: Callable[[int, int, bytes | None], Run]
    steps: int
    every: float = EVERY


KINDS = {
    "fine-tuning": Kind(fine_tuning, 400),
    "fine-tuning, small": Kind(small, 150, 0.3),
    "two domains": Kind(domains, 600),
    "GAN": Kind(gan, 500),
}

SERVED = "fine-tuning, on a server"
REPORTED = ("fine-tuning", "two domains", "GAN", SERVED)


def again(parts: Mapping[str, Any], resume: bytes | None, device: str) -> Run:
    """The run of a recipe, from a checkpoint if there is one."""
    yield from KINDS[parts["what"]].make(parts["steps"], parts["seed"], resume)


def keep(folder: Path, parts: Mapping[str, Any]) -> None:
    """What the process does: goes on with the run that it finds in the folder, or keeps it, until it has ended."""
    runs = Runs(vizlib.FRAMES, Store(folder / "store", 10**9), shelter=Shelter(folder / "runs"))
    runs.keeper.every = KINDS[parts["what"]].every
    with closing(runs.keeper.shelter):
        runs.resume(again)
        mine = [each for each in runs.keeper.of(OWNER) if each.kept.parts[0] == parts]
        if not mine:
            job = runs.job(Recipe(parts), partial(again, parts, None, "cpu"), "cpu", keep=True)
            mine = [runs.keeper.keep(Kept(OWNER, "A training", "", {}, [parts]), [job])]
        while mine[0].state == "running":
            time.sleep(0.05)
        if mine[0].state != "finished":
            raise RuntimeError(mine[0].kept.ended)


@dataclass
class Killed:
    """What was measured of one kind of training."""

    kills: int = 0
    runs: int = 0
    equal: int = 0  # runs whose result is that of an undisturbed process
    began_again: int = 0  # runs that began again at step 0
    lost: list[float] = field(default_factory=list)  # seconds from the last checkpoint to each kill


def measure(what: str, kills: int, chance: random.Random, life: tuple[float, float] = LIFE) -> Killed:
    """Kills processes that keep such a training until it was done often enough."""
    found = Killed()
    with tempfile.TemporaryDirectory(prefix="filterscope_killed_") as name:
        while found.kills < kills and found.runs <= kills:  # a run that is too short for a kill does not count
            parts = {"what": what, "seed": found.runs, "steps": KINDS[what].steps}
            alone, disturbed = Path(name, f"alone {found.runs}"), Path(name, f"killed {found.runs}")
            for ended in _lives(disturbed, parts, partial(chance.uniform, *life), kills - found.kills):
                found.kills += 1
                found.lost.append(ended)
            _finished(_process(alone, parts))
            found.runs += 1
            found.equal += _stored(alone) == _stored(disturbed) != {}
            found.began_again += any(each.get("note") for each in Shelter(disturbed / "runs").records())
    return found


def served(kills: int, chance: random.Random, life: tuple[float, float] = (0.0, 8.0)) -> Killed:
    """Kills a dashboard that keeps a training of its page; the next one goes on without a visitor."""
    found = Killed(runs=1)
    with tempfile.TemporaryDirectory(prefix="filterscope_killed_") as name:
        alone, disturbed = Path(name, "alone"), Path(name, "killed")
        _kept_by_a_server(alone, 0, lambda: 0.0, found)
        _kept_by_a_server(disturbed, kills, partial(chance.uniform, *life), found)
        found.equal += _stored(alone) == _stored(disturbed) != {}
    return found


def _kept_by_a_server(folder: Path, kills: int, life: Callable[[], float], found: Killed) -> None:
    open_server = partial(visitors.start, VIZLIB_STORE=str(folder / "store"), VIZLIB_RUNS=str(folder / "runs"))
    began, server = time.time(), open_server()
    try:
        asyncio.run(_keep_and_leave(server))
        for _ in range(kills):
            while _written(folder) < began:
                time.sleep(0.01)
            time.sleep(life())
            server.kill()
            if _stored(folder):
                break
            found.kills += 1
            found.lost.append(time.time() - _written(folder))
            began, server = time.time(), open_server()
        while not _stored(folder):
            time.sleep(0.1)
    finally:
        server.kill()
        server.log.unlink(missing_ok=True)


async def _keep_and_leave(server: Server) -> None:
    async with visitors.Visitor(server, "fine_tune", LINK) as visitor, asyncio.timeout(300):
        await visitor.ask()
        while not (found := [each for each in visitor.all("button") if each.label == "Keep running"]):
            await visitor.read()
        visitor.states[found[0].id] = WidgetState(id=found[0].id, trigger_value=True)
        await visitor.ask()
        while not any("Goes on when you leave" in each for each in visitor.texts()):
            await visitor.read()


def _lives(folder: Path, parts: Mapping[str, Any], life: Callable[[], float], most: int) -> Iterator[float]:
    """Starts processes until one ends by itself; gives the age of the last checkpoint at each kill."""
    for _ in range(most):
        began = time.time()
        process = _process(folder, parts)
        while process.poll() is None and _written(folder) < began:
            time.sleep(0.01)
        try:
            process.wait(life())
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            yield time.time() - _written(folder)
        else:
            return _finished(process)
    return _finished(_process(folder, parts))


def _written(folder: Path) -> float:
    """When the last checkpoint was written; 0 before the first."""
    found = [each.stat().st_mtime for each in (folder / "runs" / "checkpoints").glob("??/*") if each.suffix != ".part"]
    return max(found, default=0.0)


def _process(folder: Path, parts: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    code = f"from benchmarks.service.killed import Path, keep\nkeep(Path({str(folder)!r}), {dict(parts)!r})"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "OMP_WAIT_POLICY": "passive"})


def _finished(process: subprocess.Popen[bytes]) -> None:
    if process.wait():
        raise RuntimeError(f"a process ended with {process.returncode}")


def _stored(folder: Path) -> dict[str, bytes | None]:
    """The results on disk."""
    store = Store(folder / "store", 10**9)
    return {key: store.get(key) for key in store.keys()}  # noqa: SIM118  a method of the store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS, SERVED], default=[*REPORTED])
    asked = parser.parse_args()
    rows = []
    for what in asked.kinds:
        chance = random.Random(0)
        found = served(asked.kills, chance) if what == SERVED else measure(what, asked.kills, chance)
        lost = f"{median(found.lost):.1f}, at most {max(found.lost):.1f}"
        rows.append(f"| {what} | {found.kills} | {found.runs} | {found.equal} | {found.began_again} | {lost} |")
        print(rows[-1], flush=True)
    head = "| training | kills | runs | equal to the bit | began again at step 0 | seconds lost, median |"
    text = "\n".join([head, "|---|---|---|---|---|---|", *rows])
    words = (__doc__ or "").split("\n\n")[2]
    write_section("Kept runs, killed", "python -m benchmarks.service.killed", f"{words}\n\n{text}")


if __name__ == "__main__":
    main()
