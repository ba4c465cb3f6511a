"""The command `filterscope batch`: computes what the store does not have yet of a plan of many results.

    filterscope batch PLAN.json                                  in this process
    filterscope batch PLAN.json --workers 4                      in four processes
    filterscope batch PLAN.json --engine ray --workers 8         on the Ray cluster that RAY_ADDRESS names
    filterscope batch PLAN.json --engine slurm --workers 16 --gpus 1 --set slurm_partition=gpu

The exit code is 0 if every result is in the store, 1 if some are not, and 2 if the plan cannot be carried out. A second
run computes what is missing only. docs/batches.md says what a plan may list.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from vizlib.batch.driver import Advance, running
from vizlib.batch.engines.engine import Options
from vizlib.batch.engines.table import ENGINES
from vizlib.batch.plan import read_plan
from vizlib.errors import VizError

_EVERY = 2.0  # seconds from one line about the progress to the next
_ENDED = 143  # the exit code of a process that SIGTERM has ended, as a shell has it


def main(words: Sequence[str]) -> int:
    """Does what the words after `filterscope batch` say; returns the exit code."""
    asked = _parser().parse_args(words)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_ENDED))  # workers end, and what is under way is not lost
    began = time.monotonic()
    try:
        options = _options(asked)
        last = _told(asked, options)
    except VizError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted. The next run goes on from here.", file=sys.stderr)
        return 130
    print(_summary(last, time.monotonic() - began))
    return 0 if last.complete else 1


def _parser() -> argparse.ArgumentParser:
    about = (__doc__ or "").replace("%", "%%")
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("filterscope batch", description=about, formatter_class=kind)
    parser.add_argument("plan", help="a JSON file that lists results")
    parser.add_argument("--engine", choices=list(ENGINES), default="local", help="what carries the tasks to workers")
    parser.add_argument("--workers", type=int, default=0, help="that compute at the same time (local: this process)")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, for each worker (1)")
    parser.add_argument("--gpus", type=float, default=0, help="for each worker (0); on Ray it may be a part of one")
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), help="whose results are wanted (cuda where GPUs are given)"
    )
    words = "what only this engine knows, such as slurm_partition=gpu or max_retries=9; may be given several times"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=words)
    return parser


def _options(asked: argparse.Namespace) -> Options:
    """Raises VizError for what cannot be read."""
    if asked.workers < 0 or asked.threads < 1 or asked.gpus < 0:
        raise VizError("There are negative numbers of workers, threads or GPUs.", "Give 1 or more.")
    device = asked.device or ("cuda" if asked.gpus else "cpu")
    return Options(asked.workers, asked.threads, asked.gpus, device, more=dict(map(_setting, asked.set)))


def _setting(given: str) -> tuple[str, Any]:
    """The name and the value of NAME=VALUE: JSON where it is JSON, else a text."""
    name, equals, value = given.partition("=")
    if not equals:
        raise VizError(f"--set is {given!r}.", "Give NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _told(asked: argparse.Namespace, options: Options) -> Advance:
    """Runs the plan, and says how far it is."""
    said = 0.0
    for frame in running(read_plan(asked.plan), asked.engine, options):
        for each in frame.latest:
            if each.problem:
                print(f"{each.key[:12]} failed: {each.problem}", file=sys.stderr, flush=True)
        if time.monotonic() - said > _EVERY:
            print(_line(frame), flush=True)
            said = time.monotonic()
    return frame


def _line(frame: Advance) -> str:
    failed = f", {frame.failed} failed" if frame.failed else ""
    return f"{frame.step} of {frame.total} results: {frame.there} were there, {frame.done} computed{failed}"


def _summary(frame: Advance, seconds: float) -> str:
    words = f"{_line(frame)}, in {seconds:.0f} s."
    if frame.lost:
        words += f" The store has lost {frame.lost} of them: its room is full. Give it more with VIZLIB_STORE_MB."
    if frame.failed:
        words += " Run the plan again to try the failed ones again."
    return words
