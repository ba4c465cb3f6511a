"""Gives hostile input to the engine and to the dashboard; each must end in a picture, a result or a message.

    python -m benchmarks.hostile                # everything: some minutes
    python -m benchmarks.hostile --only zip     # only the kinds with "zip" in their name
    python -m benchmarks.hostile --no-write     # leave RESULTS.md alone

The inputs are made from seeds, in a temporary folder. They are tried in a separate process, which is ended when one
takes too long. The command fails if an input gives anything but a picture, a result, or a VizError with a sentence and
a remedy, or if the answer is not true of what was done to the input.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import write_section

SECONDS = 10.0  # the most that the engine may take for one input
PAGE_SECONDS = 60.0  # the most that a page may take; it computes its usual result too
MEGABYTES = 1024  # the most memory that one input may add to the process
REFUSED = {"foreign", "huge"}  # inputs of these kinds must all be refused
GOOD = ("picture", "result", "sentence")
FALSE = "false: "  # how an outcome begins whose sentence or result is not true of the input


class Case(NamedTuple):
    """One input."""

    kind: str
    name: str
    # Makes the input in an empty folder. The returned call is timed; it gives one of GOOD, or "result: " with details.
    prepare: Callable[[Path], Callable[[], str]]
    seconds: float = SECONDS
    says: str = ""  # a pattern that is found in a true answer: in the sentence with its remedy, or in the result


@dataclass(frozen=True)
class Outcome:
    """What became of one input."""

    kind: str
    name: str
    what: str  # one of GOOD, or what went wrong
    seconds: float
    megabytes: float  # the most memory that the input added; 0 where the system does not report it

    @property
    def wrong(self) -> str:
        """Why this outcome is not acceptable; "" where it is."""
        if self.what not in GOOD:
            return self.what
        if self.kind in REFUSED and self.what != "sentence":
            return "opened"
        return f"{self.megabytes:.0f} MB" if self.megabytes > MEGABYTES else ""


def cases() -> list[Case]:
    """All inputs, in the same order each time."""
    given = (*_pictures(), *_numbers(), *_archives(), *_recipes())
    weights = (*_checkpoints(), *_local_folders(), *_names(), *_strangers())
    return [*given, *weights, *_contexts(), *_links()]


def _written(name: str, make: Callable[[], bytes], folder: Path) -> Path:
    path = folder / re.sub(r"[^\w., -]", "_", name)
    path.write_bytes(make())
    return path


def _pictures() -> Iterator[Case]:
    from benchmarks.hostile.pictures import pictures

    def prepare(name: str, make: Callable[[], bytes], folder: Path) -> Callable[[], str]:
        return partial(_opened, _written(name, make, folder))

    for kind, name, make in pictures():
        yield Case(kind, name, partial(prepare, name, make))


def _opened(path: Path) -> str:
    import numpy as np

    from vizlib import open_picture

    picture = open_picture(path)
    sound = picture.mode == "RGB" and min(picture.size) >= 8 and not picture.info
    return "picture" if sound and np.asarray(picture).dtype == np.uint8 else f"an odd picture: {picture}"


def _numbers() -> Iterator[Case]:
    """Arrays and tensors of every type, range and shape, straight into the engine."""
    import numpy as np
    import torch

    from vizlib.pictures import as_picture

    def prepare(kind: str, shape: tuple[int, ...], top: float, tensor: bool, _folder: Path) -> Callable[[], str]:
        with np.errstate(all="ignore"):
            values = np.asarray(np.linspace(0, 1, math.prod(shape)).reshape(shape) * top).astype(kind).reshape(shape)
        given: Any = torch.from_numpy(values) if tensor else values

        def run() -> str:
            picture = as_picture(given)
            white = np.asarray(picture).min() == 255 and values.size and values.min() != values.max()
            return "a white picture" if white else "picture" if picture.mode == "RGB" else f"an odd picture: {picture}"

        return run

    shapes = [
        (),
        (9,),
        (9, 8),
        (9, 8, 1),
        (9, 8, 3),
        (9, 8, 5),
        (3, 9, 8),
        (1, 3, 9, 8),
        (2, 3, 9, 8),
        (0, 8, 3),
        (1,) * 6,
    ]
    for kind in (
        "bool",
        "uint8",
        "int8",
        "uint16",
        "int32",
        "int64",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
    ):
        for top in (1, 255, 65535, -1, float("nan"), float("inf")):
            for shape in shapes if top == 1 else [(9, 8, 3)]:
                for tensor in (False, True):
                    name = f"{'tensor' if tensor else 'array'} {kind} {shape} to {top}"
                    yield Case("numbers", name, partial(prepare, kind, shape, top, tensor))


def _archives() -> Iterator[Case]:
    from benchmarks.hostile.archives import archives
    from vizlib.pictures import unpacked_pictures

    def prepare(name: str, make: Callable[[], bytes], folder: Path) -> Callable[[], str]:
        data = make()

        def run() -> str:
            found = unpacked_pictures([(name, data)])
            odd = [title for title, _ in found if "/" in title or not title.isprintable() or len(title) > 60]
            return f"odd titles: {odd[:3]}" if odd else "something was written" if any(folder.iterdir()) else "picture"

        return run

    for kind, name, make in archives():
        yield Case(kind, name, partial(prepare, name, make))


def _recipes() -> Iterator[Case]:
    import json

    from benchmarks.hostile.pictures import recipes
    from vizlib.pictures import read_recipe

    def prepare(make: Callable[[], bytes], folder: Path) -> Callable[[], str]:
        data = make()

        def run() -> str:
            recipe = read_recipe(data)
            json.dumps(recipe, allow_nan=False, ensure_ascii=False).encode()
            return "result"

        return run

    for kind, name, make in recipes():
        yield Case(kind, name, partial(prepare, make))


def _checkpoints() -> Iterator[Case]:
    from benchmarks.hostile.checkpoints import ARCHITECTURE, checkpoints

    marker = Path(tempfile.gettempdir()) / f"hostile_{os.getppid()}_ran_code"

    def prepare(write: Callable[[Path], Path], folder: Path) -> Callable[[], str]:
        path = write(folder)
        return lambda: _answered(ARCHITECTURE, str(path), marker)

    for kind, name, write in checkpoints(marker):
        yield Case(kind, name, partial(prepare, write))


def _answered(name: str, weights: str, marker: Path) -> str:
    from vizlib import load_model, synthetic, to_pixels

    try:
        model = load_model(name, weights, "cpu")
        model.predict(to_pixels(synthetic.draw_scene(3).image, model))
    finally:
        if marker.exists():
            marker.unlink()
            raise RuntimeError("code from the file was run")
    return "result" if all(map(str.isprintable, model.class_names)) else "odd class names"


def _local_folders() -> Iterator[Case]:
    """Folders of weights inside the folder that VIZLIB_WEIGHTS names, as the sidebar lists them."""
    from benchmarks.hostile.checkpoints import CONFIGS, configured

    def prepare(content: Any, folder: Path) -> Callable[[], str]:
        from vizlib.weights import local_models

        (folder / "mine").mkdir()
        configured(content, folder / "mine")
        (folder / "dangling.pth").symlink_to(folder / "nowhere")
        (folder / "climbs.pth").symlink_to("/etc/passwd")
        os.environ["VIZLIB_WEIGHTS"] = str(folder)

        def run() -> str:
            if "local/mine" not in local_models():
                return "not listed"
            return _answered("local/mine", "default", folder / "marker")

        return run

    for name, content in CONFIGS.items():
        yield Case("local folder", name, partial(prepare, content))


NAMES = (
    "", " ", "/", ".", "..", "/etc/passwd", "local/../../etc/passwd", "local//etc/passwd", "local/", "bundled/../..",
    "bundled/../bundled/scenes", "bundled/scenes/../scenes", "bundled/", "local-dir:/etc", "local-dir:.",
    "hf-hub:x/resnet18.a1_in1k", "hf_hub:x/y", "hub:x", "https://127.0.0.1:9/x.pth", "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data", "\\\\server\\share", "C:\\x.pth", "~root", "$HOME", "resnet18; ls",
    "resnet18\0", "resnet18\n", "resnet18.", "resnet18..", "resnet18.nope", "resnet18./../x", "RESNET18X",
    "\u202eresnet", "r\u0435snet18", "a" * 100_000, "." * 10_000, "/" * 10_000, "' OR 1=1 --", "<script>", "![x](http://127.0.0.1:9)",
    "{0}", "%s%n", "\ud800", "__import__('os')", "nan", "-1", "1e999", "None",
)  # fmt: skip


def _names() -> Iterator[Case]:
    from vizlib import VizError
    from vizlib.weights import find

    def prepare(name: str, folder: Path) -> Callable[[], str]:
        os.environ["VIZLIB_WEIGHTS"] = str(folder)

        def run() -> str:
            try:
                return f"found {find(name)}"
            except VizError as problem:
                if len(str(problem)) > 1000:
                    return "a sentence of a thousand letters"
                raise

        return run

    for name in NAMES:
        yield Case("network name", ascii(name)[:60], partial(prepare, name))


def _contexts() -> Iterator[Case]:
    from benchmarks.hostile.contexts import contexts

    for name, prepare in contexts():
        yield Case("context", name, prepare)


def _strangers() -> Iterator[Case]:
    from benchmarks.hostile.strangers import Stranger, strangers

    def prepare(stranger: Stranger, folder: Path) -> Callable[[], str]:
        stranger.write(folder)
        return partial(stranger.open, folder)

    for each in strangers():
        yield Case(each.kind, each.name, partial(prepare, each), says=each.says)


def _links() -> Iterator[Case]:
    from benchmarks.hostile.links import links, uploads
    from benchmarks.hostile.links_of_strangers import strangers

    for kind, found in (("link", links()), ("upload", uploads())):
        for name, run in found:
            yield Case(kind, name, partial(_ready, run), PAGE_SECONDS)
    yield from (Case(kind, name, prepare, PAGE_SECONDS, says) for kind, name, prepare, says in strangers())


def _ready(run: Callable[[], str], folder: Path) -> Callable[[], str]:
    os.environ["VIZLIB_WEIGHTS"] = str(folder)
    os.environ["VIZLIB_STORE"] = "off"
    return run


# Trying them


def tried(case: Case, folder: Path) -> Outcome:
    """Runs the case in this process."""
    run = case.prepare(folder)
    before = _reset_peak()
    began = time.perf_counter()
    what, said = _what(run)
    if what in GOOD and (not re.search(case.says, said) or str(folder) in said):  # no sentence may give a path away
        what = f"{FALSE}{said[:200]}"
    seconds = time.perf_counter() - began
    return Outcome(case.kind, case.name, what, seconds, max(0.0, _peak() - before) if before else 0.0)


def _what(run: Callable[[], str]) -> tuple[str, str]:
    """What became of it: one of GOOD or what went wrong; and its words."""
    from vizlib import VizError

    try:
        said = run()
        return ("result" if said.startswith("result: ") else said), said
    except VizError as problem:
        told = problem.sentence.strip() and problem.remedy.strip() and "\n" not in str(problem)
        return ("sentence" if told else f"no remedy: {problem!r}"), str(problem)
    except BaseException as problem:  # noqa: BLE001  whatever it is, it is what this command looks for
        return f"traceback: {type(problem).__name__} {str(problem)[:200]}", ""


def _reset_peak() -> float:
    """Resets the process's peak memory; returns its memory now in MB, 0 where the system does not report it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except OSError:
        return 0.0


def _peak() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(name))
    return int(line.split()[1]) / 1024


def _worker(orders: Connection) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)  # decoders written in C print their messages there
    known = cases()
    while (number := orders.recv()) is not None:
        with tempfile.TemporaryDirectory(prefix="hostile_") as folder:
            orders.send(tried(known[number], Path(folder)))


class Bench:
    """A process that tries cases. It is replaced when a case hangs or ends it."""

    def __init__(self) -> None:
        self._process: Any = None

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def try_(self, number: int, case: Case) -> Outcome:
        if self._process is None:
            self._start()
        self._orders.send(number)
        began = time.perf_counter()
        # Making the file is not timed; only a process that does not answer at all is ended here.
        while not self._orders.poll(0.05):
            taken = time.perf_counter() - began
            if not self._process.is_alive():
                self._end()
                return Outcome(case.kind, case.name, "the process died", taken, 0.0)
            if taken > case.seconds + 60:
                self._end()
                return Outcome(case.kind, case.name, "hang", taken, 0.0)
        found: Outcome = self._orders.recv()
        if found.seconds > case.seconds and found.what in GOOD:
            return Outcome(case.kind, case.name, "hang", found.seconds, found.megabytes)
        return found

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_worker, args=(theirs,), daemon=True)
        self._process.start()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def table(outcomes: list[Outcome]) -> str:
    """One row per kind: how many inputs, what became of them, the slowest time and the most memory."""
    lines = ["| kind | inputs | sentences | opened | slowest (s) | largest peak (MB) | wrong |", "|---|" + "---:|" * 6]
    for kind in dict.fromkeys(each.kind for each in outcomes):
        lines.append(_row(kind, [each for each in outcomes if each.kind == kind]))
    lines.append(_row("**all**", outcomes))
    return "\n".join(lines)


def _row(kind: str, some: list[Outcome]) -> str:
    told = sum(each.what == "sentence" for each in some)
    opened = sum(each.what in ("picture", "result") for each in some)
    slowest, largest = max(each.seconds for each in some), max(each.megabytes for each in some)
    wrong = sum(bool(each.wrong) for each in some)
    return f"| {kind} | {len(some)} | {told} | {opened} | {slowest:.1f} | {largest:.0f} | {wrong} |"


def verdict(outcomes: list[Outcome]) -> str:
    """The last line of the report."""
    tracebacks, untrue = (sum(each.wrong.startswith(word) for each in outcomes) for word in ("traceback", FALSE))
    hangs = sum(each.wrong == "hang" for each in outcomes)
    others = sum(bool(each.wrong) for each in outcomes) - tracebacks - untrue - hangs
    limits = f"limits: {SECONDS:.0f} s ({PAGE_SECONDS:.0f} s for a page) and {MEGABYTES} MB"
    faults = f"{tracebacks} tracebacks, {untrue} false sentences, {hangs} hangs, {others} other faults"
    return f"{len(outcomes)} inputs: {faults} ({limits})."


def run(only: str = "") -> list[Outcome]:
    """Tries all cases whose kind contains `only`; prints at once what is wrong."""
    outcomes = []
    with Bench() as bench:
        for number, case in enumerate(cases()):
            if only not in case.kind:
                continue
            outcomes.append(bench.try_(number, case))
            if outcomes[-1].wrong:
                print(f"WRONG  {case.kind}: {case.name}: {outcomes[-1].wrong}", flush=True)
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="letters in the name of the kind")
    parser.add_argument("--no-write", action="store_true")
    given = parser.parse_args()
    outcomes = run(given.only)
    if not outcomes:
        print(f"there is no kind with {given.only!r} in its name")
        return 1
    text = f"{table(outcomes)}\n\n{verdict(outcomes)}"
    print(text)
    if not given.no_write and not given.only:
        write_section("Hostile input", "python -m benchmarks.hostile", text)
    return int(any(each.wrong for each in outcomes))
