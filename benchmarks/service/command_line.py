"""The command line beside the engine and beside a plain timm script, and saved pictures that are made again.

    python -m benchmarks.service.command_line --weights ../shared/weights/mobilenetv2_100.safetensors [--quick]

The photographs of a folder go through `filterscope classify --json`, and the answers are compared with those of
`Classifier.top`. Then the command and `benchmarks/service/plain_timm.py` take turns, with the same batch size, the same
pictures and the same checkpoint. Once both are measured inside this process, from the paths of the pictures to the last
line of JSON, with the network opened and without the start of Python; and once as whole processes, with everything.
The interval is that of a t-test on the logarithms of the ratios of neighbors.

Pictures are saved on the pages: each page runs in Streamlit's AppTest, and the bytes are those that its buttons for
PNG files hand to the browser. `filterscope rerun` makes each of them again on the CPU.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

from streamlit.testing.v1 import AppTest

from benchmarks.results import write_section
from benchmarks.service import plain_timm
from benchmarks.service.overhead import interval, spread
from vizlib.command import classify, words
from vizlib.command.given import pictures
from vizlib.command.main import main as filterscope
from vizlib.command.telling import Teller
from vizlib.models import Classifier, load_model

ROOT: Final = Path(__file__).resolve().parents[2]
BATCH: Final = 16
HEAD: Final = "| what | measured |\n|---|---|"
DRAWN: Final = {"picture": "drawn", "scene": "7"}
RUN: Final = {"run": "1"}
PAGES: Final[Sequence[tuple[str, Mapping[str, Any]]]] = (  # each with its part of the link
    ("saliency", {**DRAWN, "methods": ["grad_cam", "smoothgrad"], "strength": "0.6"}),
    ("layers", {**DRAWN, "layer": "layer2.1", "channel": "3"}),
    ("class_picture", {"class": "mushroom", "steps": "24", **RUN}),
    ("fooling", {**DRAWN, "toward": "goat", **RUN}),
    ("filters", {**DRAWN, "layer": "layer2.1", "tiles": "4", "atlas_steps": "8", **RUN}),
    ("filters", {**DRAWN, "layer": "layer1", "show": "One unit", "unit": "5", "card_steps": "8", **RUN}),
    ("fooling", {**DRAWN, "attack": "ddn", "toward": "cat", **RUN}),
)


def said(command: Sequence[str]) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a command and the JSON objects that it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = filterscope([*command])
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def alike(model: Classifier, records: Sequence[Mapping[str, Any]]) -> tuple[int, float]:
    """How many pictures have the engine's classes in its order, and the largest difference of a probability."""
    same, apart = 0, 0.0
    for each in records:
        own = model.top(model.prepare(each["picture"]), len(each["top"]))
        same += [one.index for one in own] == [one["index"] for one in each["top"]]
        apart = max(apart, *(abs(one.probability - two["probability"]) for one, two in zip(own, each["top"])))
    return same, apart


def in_turns(ours: Callable[[], object], script: Callable[[], object], times: int) -> str:
    """The throughput of `ours` as a share of the script's, by the clock and by the CPU, and the seconds of both."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    used: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(times):
        for mine in (True, False) if turn % 2 == 0 else (False, True):
            began, spent = time.perf_counter(), cpu_seconds()
            (ours if mine else script)()
            taken[mine].append(time.perf_counter() - began)
            used[mine].append(cpu_seconds() - spent)
    clock, cpu = (
        interval([other / mine for mine, other in zip(each[True], each[False], strict=True)]) for each in (taken, used)
    )
    seconds = f"{spread(taken[True])} s, script {spread(taken[False])} s"
    return f"{clock}: {seconds}, {times} pairs; in CPU seconds {cpu}"


def cpu_seconds() -> float:
    """Of this process and of those that it has run."""
    return sum(os.times()[:4])


def answers(asked: argparse.Namespace) -> Iterator[str]:
    """The rows about `filterscope classify`."""
    name, weights = asked.network, str(asked.weights)
    command = ["classify", str(asked.images), "--network", name, "--weights", weights, "--device", "cpu", "--json"]
    command += ["--batch-size", str(BATCH)]
    model = load_model(name, weights, "cpu")
    code, records = said(command)
    same, apart = alike(model, records)
    verdict = f"{same} have the engine's five classes in its order; probabilities differ by at most {apart:.1e}"
    about = f"`filterscope classify --json`, {len(records)} photographs, {name} on the CPU"
    yield f"| {about} | {verdict}; exit code {code} |"
    paths = [each["picture"] for each in records]
    network = plain_timm.opened(name, weights)
    teller = Teller(argparse.Namespace(json=True, quiet=True))
    ours = partial(silently, classify.classified, model, pictures(paths), BATCH, 5, teller)
    script = partial(silently, lambda: [print(each) for each in plain_timm.classified(network, paths, BATCH)])
    silently(ours)
    silently(script)
    yield f"| throughput as a share of the plain script's, inside a process | {in_turns(ours, script, asked.times)} |"
    alone = [sys.executable, str(Path(plain_timm.__file__)), name, weights, str(BATCH), *paths]
    both = (partial(process, [sys.executable, "-m", "vizlib", *command]), partial(process, alone))
    yield f"| the same as whole processes, with their start | {in_turns(*both, max(2, asked.times // 2))} |"


def silently(work: Callable[..., object], *given: Any) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        work(*given)


def process(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)


def saved(page: str, link: Mapping[str, Any]) -> dict[str, bytes]:
    """The PNG files that the buttons of a page save, by name. Raises RuntimeError where the page has an error."""
    files: dict[str, Any] = {}

    def keep(label: str, data: Any, file_name: str, mime: str, key: str, icon: str = "") -> None:
        if mime == "image/png":
            files[file_name] = data() if callable(data) else data

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    for name, value in {"device": "cpu", **link}.items():
        app.query_params[name] = value
    with mock.patch("vizlib.ui.shared.save.save_file", keep):
        app.run()
        files.clear()  # those of the first page
        app.switch_page(f"pages/{page}.py").run()
    if app.exception or app.error:
        raise RuntimeError(f"{page}: {[each.value for each in [*app.exception, *app.error]]}")
    return files


def reruns(count: int, folder: Path) -> Iterator[str]:
    """The rows about `filterscope rerun`, of so many pages."""
    for number, (page, link) in enumerate(PAGES[:count]):
        for name, content in saved(page, link).items():
            (folder / f"{number}_{name}").write_bytes(content)
    _, records = said(["rerun", str(folder), "--device", "cpu", "--json"])
    total = len(list(folder.glob("*.png")))
    kinds = ", ".join(dict.fromkeys(str(each["kind"]) for each in records))
    verdict = f"{sum(each['same'] for each in records)} of {total} are equal to the bit"
    files = f"{sum(each['same_file'] for each in records)} files are equal in every byte"
    yield f"| `filterscope rerun` of {total} PNG files saved on the pages ({kinds}) | {verdict}; {files} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="mobilenetv2_100")
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights/mobilenetv2_100.safetensors"))
    parser.add_argument("--images", type=Path, default=Path("../shared/images"))
    parser.add_argument("--times", type=words.count, default=8)
    parser.add_argument("--quick", action="store_true", help="few of everything, which is not written down")
    asked = parser.parse_args()
    asked.times = 2 if asked.quick else asked.times
    rows = [HEAD]
    with tempfile.TemporaryDirectory(prefix="filterscope_") as folder:
        os.environ["VIZLIB_STORE"] = "off"  # nothing is found that an earlier run has made
        for part in (answers(asked), reruns(2 if asked.quick else len(PAGES), Path(folder))):
            for row in part:
                rows.append(row)
                print(row, flush=True)
    if not asked.quick:
        about = "\n\n".join((__doc__ or "").split("\n\n")[2:]).strip()
        command = f"python -m benchmarks.service.command_line --times {asked.times}"
        write_section("The command line", command, f"{about}\n\n" + "\n".join(rows))


if __name__ == "__main__":
    main()
