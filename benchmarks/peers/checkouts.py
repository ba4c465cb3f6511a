"""Times this checkout beside another one of the same project: did a change make the engine slower?

    python -m benchmarks.peers.checkouts --other ../before            # a checkout of the commit before
    python -m benchmarks.peers.checkouts --other ../before --rounds 5 --no-write

Each round starts one process for each checkout, one after the other, so that the machine is equally busy for both.
A process runs every task once without measuring, and then takes the median of several calls. A round's ratio is this
checkout's median divided by the other's; the table has the median ratio of all rounds with its range. The tasks call
public names only, so that they work in both checkouts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.results import write_section

ROOT = Path(__file__).resolve().parents[2]
TITLE, COMMAND = "Before and after the rooms", "python -m benchmarks.peers.checkouts --other CHECKOUT"
CALLS = {"saliency": 15, "fooling": 3, "atlas": 3}


def tasks() -> dict[str, Callable[[], object]]:
    """The timed tasks: two saliency maps, a fooling image with its frontier, and sixteen pictures of an atlas."""
    from vizlib import fool, load_model, maximize, saliency, synthetic, to_pixels
    from vizlib.activation_maximization import channel

    model = load_model("bundled/scenes", device="cpu")
    resnet = load_model("resnet18", weights="random", device="cpu")
    image = synthetic.draw_scene(synthetic.HELD_OUT_SEED + 3).image
    pixels = to_pixels(image, resnet)
    goals = [channel("layer2.1", index) for index in range(16)]
    return {
        "saliency": lambda: (saliency(resnet, pixels, "guided", 3), saliency(resnet, pixels, "grad_cam", 3)),
        "fooling": lambda: fool(model, image, 4, goal=0.9, frontier=True, steps=24),
        "atlas": lambda: list(maximize(model, goals, steps=8)),
    }


def timed() -> dict[str, float]:
    """The median seconds of each task in this process."""
    answer = {}
    for name, run in tasks().items():
        run()
        seconds = []
        for _ in range(CALLS[name]):
            began = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - began)
        answer[name] = median(seconds)
    return answer


def measured(checkout: Path) -> dict[str, float]:
    """`timed` in a process of its own that imports vizlib from the checkout."""
    environment = {"OMP_WAIT_POLICY": "passive", **os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, str(Path(__file__).resolve()), "--timed"]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def table(here: list[dict[str, float]], there: list[dict[str, float]]) -> str:
    """Medians in milliseconds, and the ratio of the rounds with its range."""
    rows = ["| Task | before (ms) | after (ms) | after / before | range |", "|---|---|---|---|---|"]
    for name in CALLS:
        ratios = sorted(one[name] / other[name] for one, other in zip(here, there, strict=True))
        before, after = (1000 * median(each[name] for each in rounds) for rounds in (there, here))
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        rows.append(f"| {name} | {before:.0f} | {after:.0f} | {median(ratios):.2f} | {spread} |")
    return "\n".join([*rows, "", f"{len(here)} rounds, {os.cpu_count()} cores, CPU."])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", type=Path, help="the checkout to compare with")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-write", action="store_true")
    parser.add_argument("--timed", action="store_true", help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.timed:
        print(json.dumps(timed()))
        return 0
    if choice.other is None:
        parser.error("--other names a checkout to compare with")
    here: list[dict[str, float]] = []
    there: list[dict[str, float]] = []
    for number in range(choice.rounds):
        for checkout, found in [(choice.other.resolve(), there), (ROOT, here)][:: 1 if number % 2 else -1]:
            found.append(measured(checkout))
    text = table(here, there)
    print(text)
    if not choice.no_write:
        write_section(TITLE, COMMAND, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
