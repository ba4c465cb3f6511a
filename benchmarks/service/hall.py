"""A lecture hall opens the dashboard: many visitors of one real server, each with a websocket.

    python -m benchmarks.service.hall [--visitors 50] [--recipes 10] [--steps 256] [--trainees 20]

First all visitors open one link: it must be computed once, and every visitor must get the last picture in time. Then
each visitor opens a different recipe: all must finish within about a fair share of the machine's time, and the pictures
must equal those that are computed alone. Last, a hall opens one link that fine-tunes a network in three ways: each is
computed once, and all see the same accuracies.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import statistics
import tempfile
import time

from benchmarks.results import write_section
from benchmarks.service.processes import Server
from benchmarks.service.visitors import Visitor, environment, serving

LINK = {"class": "sheep%20%C2%B7%202", "second": "none"}
TRAINING = {"network": "bundled%2Fdigits", "ft_set": "real_digits", "run": "1"}
WAYS = 3  # of the comparison: from scratch, the head, all layers
PATIENCE = 900.0  # seconds


class Wrong(Exception):
    """A promise that was not kept."""


async def visit(server: Server, page: str, query: dict[str, str], gate: asyncio.Barrier) -> tuple[float, Visitor]:
    """Opens the link together with the others; returns the seconds until the page was complete."""
    async with Visitor(server) as visitor:
        await gate.wait()
        seconds = await visitor.open(page, PATIENCE, **query)
        if visitor.complaints():
            raise Wrong(f"a visitor met: {visitor.complaints()}")
        return seconds, visitor


async def crowd(
    server: Server, queries: list[dict[str, str]], page: str = "class_picture"
) -> list[tuple[float, Visitor]]:
    gate = asyncio.Barrier(len(queries))
    return await asyncio.gather(*[visit(server, page, each, gate) for each in queries])


def last_pictures(visitors: list[Visitor]) -> list[str]:
    """A digest of each visitor's finished picture, taken from the film; "" where there is none."""
    found = []
    for visitor in visitors:
        films = [each.json for each in visitor.all("bidi_component") if each.component_name.endswith("film")]
        urls = re.findall(r"data:image/[^\"\\]+", "".join(films))
        found.append(hashlib.sha256(urls[-1].encode()).hexdigest() if urls else "")
    return found


def runs(server: Server, what: str = "class picture") -> list[dict[str, object]]:
    """The runs of that kind in the server's log."""
    lines = [
        line[line.index("{") :] for line in server.text().splitlines() if "vizlib.runs.job" in line and "{" in line
    ]
    return [each for each in map(json.loads, lines) if each["what"] == what]


def warm(server: Server) -> None:
    """Opens a page once, so that the network and the libraries are loaded."""
    asyncio.run(crowd(server, [{**LINK, "steps": "4", "seed": "1"}]))


def one_link(count: int, steps: int) -> str:
    """All visitors open one link."""
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        warm(server)
        ((alone, _),) = asyncio.run(crowd(server, [{**LINK, "steps": str(steps), "seed": "2"}]))
        before = len(runs(server))
        found = asyncio.run(crowd(server, [{**LINK, "steps": str(steps), "seed": "3"}] * count))
        time.sleep(0.5)
        computed = [each for each in runs(server)[before:] if each["outcome"] == "finished"]
        memory = server.memory() / 1e6
    seconds = sorted(each for each, _ in found)
    words = [any(f"after {steps} steps" in text for text in visitor.texts()) for _, visitor in found]
    shown = set(last_pictures([visitor for _, visitor in found]))
    if len(computed) != 1 or not all(words) or len(shown) != 1 or not shown.pop():
        raise Wrong(f"{len(computed)} computations; {sum(words)} of {count} saw the end; {len(shown)} pictures")
    ratio = seconds[-1] / seconds[0]
    return (
        f"**One link, {count} visitors** ({steps} steps at 128 px, bundled/scenes, {os.cpu_count()} cores). Computed "
        f"{len(computed)} time; {sum(words)} of {count} got the last picture, the same for all.\n\n"
        "| | seconds |\n|---|---|\n"
        f"| a visitor alone | {alone:.1f} |\n| the first of {count} | {seconds[0]:.1f} |\n"
        f"| median | {statistics.median(seconds):.1f} |\n| the last | {seconds[-1]:.1f} |\n\n"
        f"The last took {ratio:.2f} times as long as the first (promised: 2). "
        f"The server's memory afterwards: {memory:,.0f} MB."
    )


def many_recipes(count: int, steps: int) -> str:
    """Every visitor opens another recipe."""
    queries = [{**LINK, "steps": str(steps), "seed": str(100 + number)} for number in range(count)]
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        warm(server)
        alone = [asyncio.run(crowd(server, [each]))[0] for each in queries]
        true = last_pictures([visitor for _, visitor in alone])
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        warm(server)
        began = time.monotonic()
        found = asyncio.run(crowd(server, queries))
        whole = time.monotonic() - began
        finished = [each for each in runs(server) if each["outcome"] == "finished"]
    same = [one == other and bool(one) for one, other in zip(last_pictures([each for _, each in found]), true)]
    fair = sum(each for each, _ in alone)
    seconds = sorted(each for each, _ in found)
    if not all(same) or len(finished) != count + 1:
        raise Wrong(f"{sum(same)} of {count} pictures are those computed alone; {len(finished) - 1} runs finished")
    return (
        f"**{count} visitors, {count} recipes** ({steps} steps each). All {len(finished) - 1} finished, and all "
        f"{sum(same)} pictures are to the byte those computed alone.\n\n"
        "| | seconds |\n|---|---|\n"
        f"| one after the other, alone (their sum: a fair share of the machine) | {fair:.1f} |\n"
        f"| together: the first | {seconds[0]:.1f} |\n| together: the slowest | {seconds[-1]:.1f} |\n\n"
        f"The slowest took {seconds[-1] / fair:.2f} times its fair share (promised: 1.3); all together took "
        f"{whole:.1f} s."
    )


def one_training(count: int, steps: int) -> str:
    """All visitors open one link that fine-tunes a network in three ways."""
    query = {**TRAINING, "ft_steps": str(steps)}
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        warm(server)
        ((alone, _),) = asyncio.run(crowd(server, [{**query, "ft_per_class": "5"}], "fine_tune"))
        before = len(runs(server, "fine-tuning"))
        found = asyncio.run(crowd(server, [query] * count, "fine_tune"))
        time.sleep(0.5)
        computed = [each for each in runs(server, "fine-tuning")[before:] if each["outcome"] == "finished"]
        memory = server.memory() / 1e6
    seconds = sorted(each for each, _ in found)
    tables = [[text for text in visitor.texts() if "Held-out accuracy" in text] for _, visitor in found]
    seen = {text for each in tables for text in each}
    if len(computed) != WAYS or not all(tables) or len(seen) != 1:
        told = sum(map(bool, tables))
        raise Wrong(f"{len(computed)} trainings instead of {WAYS}; {told} of {count} saw the end; {len(seen)} tables")
    return (
        f"**One link that trains {WAYS} networks, {count} visitors** ({steps} steps each, bundled/digits on real "
        f"digits). Each was trained once; {count} of {count} saw the same table. Alone {alone:.1f} s (other pictures); "
        f"of {count} the first took {seconds[0]:.1f} s, the median {statistics.median(seconds):.1f} s, the last "
        f"{seconds[-1]:.1f} s. The server's memory afterwards: {memory:,.0f} MB."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--recipes", type=int, default=10)
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--trainees", type=int, default=20)
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    parts = []
    for part, *sizes in (
        (one_link, asked.visitors, asked.steps), (many_recipes, asked.recipes, asked.steps),
        (one_training, asked.trainees, 60),
    ):  # fmt: skip
        parts.append(part(*sizes))
        print(parts[-1], flush=True)
    if not asked.no_write:
        write_section("A hall full of people", "python -m benchmarks.service.hall", "\n\n".join(parts))


if __name__ == "__main__":
    main()
