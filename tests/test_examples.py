"""The example scripts of the documentation: short, and each runs as it stands."""

from __future__ import annotations

import multiprocessing
import os
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {path.stem: path for path in sorted((ROOT / "docs" / "examples").glob("*.py"))}
MOST_LINES = 30
SAYS = {  # what each prints, as a pattern, or the files that it leaves
    "maps_of_photographs": r"cat\.jpg|chelsea\.png: \w+, \d",
    "own_network": r"step 40: loss 0\.\d\d, red in the picture .*: 0\.[0-4]",
    "torchvision_network": r"Classifier.*resnet18.*224[\s\S]*Grad-CAM: \(1, 224, 224\)",
    "inner_unit": r"channel \d+ has the mean \d",
    "five_channels": r"layer3 channel 4: \d",
    "ten_fooled_files": r"(?:fooled_\d\.png: .* success True, L2 \d\.\d\d\n){10}",
    "sweep": r"resize[\s\S]* 128 px: original \d+%, fooled (9\d|100)%",
    "own_baseline": r"a blurred copy: the attributions sum to -?\d+\.\d\d and miss the difference of scores by -?0\.\d",
    "threads_and_processes": r"threads: True processes: True",
    "onnx_and_captum": r"Captum's map differs by (0|\de-\d\d) [\s\S]*logits differ by (0|\de-0[5-9])",
}
LEAVES = {
    "maps_of_photographs": 4,
    "inner_unit": 2,
    "five_channels": 1,
    "ten_fooled_files": 10,
    "onnx_and_captum": 1,
}


def test_there_are_ten_examples_and_each_says_what_must_come_out() -> None:
    assert len(EXAMPLES) == 10
    assert set(SAYS) == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short(name: str) -> None:
    assert len(EXAMPLES[name].read_text(encoding="utf-8").splitlines()) < MOST_LINES


def run(example: Path, said: Path) -> None:
    """Runs an example as a script; what it says goes into a file."""
    with said.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = [str(example)]
    runpy.run_path(str(example), run_name="__main__")


@pytest.fixture(scope="module")
def fresh() -> Any:
    """Processes in which nothing but vizlib was imported: on Linux and macOS once for all of them."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["vizlib"])
    return context


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_in_an_empty_folder(
    name: str, fresh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, said = tmp_path / "empty", tmp_path / "said.txt"
    folder.mkdir()
    monkeypatch.chdir(folder)  # a process begins where its parent is
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    process = fresh.Process(target=run, args=(EXAMPLES[name], said))
    process.start()
    process.join(200)
    text = said.read_text(encoding="utf-8")
    assert process.exitcode == 0, text
    assert re.search(SAYS[name], text), text
    assert len(list(folder.iterdir())) == LEAVES.get(name, 0)
