"""One visitor acts a thousand times: does the server's memory grow, and do runs leave anything on the networks?

    python -m benchmarks.service.endurance [--actions 1000]

The visitor opens pages over a websocket and turns controls, chosen by a seed. Resident memory, threads and open files
are read every 100 actions. Then every page is opened in this process, without a server, and all loaded networks are
searched for hooks, gradients and training mode.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import re
import tempfile
import time
from dataclasses import dataclass
from typing import Any

import psutil
from streamlit.testing.v1 import AppTest

from benchmarks.results import write_section
from benchmarks.service.processes import ROOT, Server
from benchmarks.service.visitors import Visitor, environment, serving

PAGES: dict[str, list[dict[str, Any]]] = {
    "": [{"scene": "number"}, {"strength": [0.3, 0.75, 1.0]}, {"methods": [["Guided backpropagation"], ["Grad-CAM"]]}],
    "layers": [{"scene": "number"}, {"channel": range(8)}],
    "class_picture": [{"seed": "number"}, {"class": ["sheep · 2", "goat · 1"]}, {"dream.tv": [0.0, 2.0]}],
    "filters": [{"atlas_seed": "number"}, {"tiles": [2, 4]}],
    "fooling": [{"chance": "number"}, {"scene": "number"}],
    "thin_ice": [{"ice_chance": "number"}, {"shake": ["Rotation", "Blur"]}],
    "what_changed": [{"wc_seed": "number"}, {"wc_units": [1, 2]}],
    "linear_probe": [{"probe_n": [5, 10]}, {"probe_seed": "number"}],
    "any_file": [{"scene": "number"}],
    "about": [{"scene": "number"}],
}
SHORT = {
    "class_picture": {"steps": "6", "size": "48"},
    "filters": {"tiles": "4", "atlas_steps": "4"},
    "fooling": {"attack": "DDN"},
    "what_changed": {"change": "Units", "wc_steps": "4", "wc_units": "1", "run": "1"},
}
STAY = 6  # actions on a page
EVERY = 100
GROWTH = 0.10  # the most that is promised, from 200 actions to the end


@dataclass(frozen=True)
class Reading:
    """The server after `actions` actions."""

    actions: int
    memory: float  # MB, resident
    threads: int
    files: int
    seconds: float


def read(server: Server, actions: int, began: float) -> Reading:
    process = psutil.Process(server.process.pid)
    files = process.num_fds() if hasattr(process, "num_fds") else len(process.open_files())
    return Reading(actions, server.memory() / 1e6, process.num_threads(), files, time.monotonic() - began)


async def live(server: Server, actions: int) -> tuple[list[Reading], int, list[str]]:
    """Plays the visitor; returns the readings, how many actions turned a control, and the error messages on screen."""
    chance, began = random.Random(0), time.monotonic()
    readings, acted, complaints = [], 0, list[str]()
    done = 0
    while done < actions:
        page = chance.choice(list(PAGES))
        async with Visitor(server) as visitor:
            await visitor.open(page, 300, **SHORT.get(page, {}))
            for _ in range(STAY):
                name, values = chance.choice([*chance.choice(PAGES[page]).items()])
                value = chance.randrange(10_000) if values == "number" else chance.choice(list(values))
                try:
                    await visitor.act(**{name: value})
                    acted += 1
                except LookupError:
                    await visitor.run()
                complaints += visitor.complaints()
                done += 1
                if done % EVERY == 0:
                    readings.append(read(server, done, began))
                    print(readings[-1], flush=True)
                if done >= actions:
                    break
    return readings, acted, complaints


def left_behind() -> tuple[int, list[str]]:
    """Opens every page without a server; returns the number of networks and what the runs left on them."""
    from vizlib.ui.shared import server

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    app.query_params["steps"], app.query_params["size"], app.query_params["tiles"] = "6", "48", "4"
    app.run()
    for page in sorted((ROOT / "pages").glob("*.py")):
        app.switch_page(str(page.relative_to(ROOT))).run()
    shelf = server.runs().shelf
    found = []
    models = [shelf.get(each.name, "auto") for each in shelf.held()]
    for model in models:
        for path, module in model.network.named_modules():
            hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
            found += [f"{model.name} {path}: a hook"] * any(map(bool, hooks)) + [path] * module.training
        found += [
            name for name, each in model.network.named_parameters() if each.requires_grad or each.grad is not None
        ]
    gc.collect()
    return len(models), found


def table(readings: list[Reading]) -> str:
    head = "| actions | memory (MB) | threads | open files | seconds |\n|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {each.actions} | {each.memory:,.0f} | {each.threads} | {each.files} | {each.seconds:,.0f} |"
        for each in readings
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=1000)
    parser.add_argument("--no-write", action="store_true", help="only print")
    asked = parser.parse_args()
    os.environ.update({"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"})  # before torch is loaded
    with tempfile.TemporaryDirectory() as folder, serving(**environment(folder)) as server:
        readings, acted, complaints = asyncio.run(live(server, asked.actions))
        errors = len(re.findall("Traceback", server.text()))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VIZLIB_STORE"] = folder
        models, found = left_behind()
    early = next((each for each in readings if each.actions >= 200), readings[0])
    late = readings[-1]
    growth = late.memory / early.memory - 1
    text = (
        f"{late.actions} actions, {acted} of them turned a control (the others reloaded the page), over every page, "
        f"{late.seconds:,.0f} s; {len(complaints)} error messages on screen, {errors} tracebacks in the log.\n\n"
        f"{table(readings)}\n\n"
        f"From {early.actions} to {late.actions} actions the memory changed by {growth:+.1%} (promised: less than "
        f"{GROWTH:.0%}). Hooks, gradients and modules in training mode on the {models} networks: {len(found)}."
    )
    print(text)
    kept = abs(growth) < GROWTH and not complaints and not errors and not found
    if not asked.no_write:
        write_section("Endurance", "python -m benchmarks.service.endurance", text)
    if not kept:
        raise SystemExit(f"a promise was not kept: {growth:+.1%}, {complaints[:3]}, {errors} tracebacks, {found[:3]}")


if __name__ == "__main__":
    main()
