"""The types as another project sees them: mypy and pyright read a script that imports the installed package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

# Each line of the script is right, but those that end with "# wrong".
SCRIPT = """\
from pathlib import Path
from typing import assert_type

import numpy as np
import torch
from torch import Tensor, nn

import vizlib
import vizlib.saliency as room
from vizlib.activation_maximization import channel, class_logit

model = vizlib.load_model("bundled/scenes", device="cpu")
assert_type(model, vizlib.Classifier)
assert_type(model.input_size, tuple[int, int])
assert_type(model.class_names, list[str])
pixels = vizlib.to_pixels([Path("cat.jpg"), np.zeros((8, 8, 3), np.uint8)], model)
assert_type(pixels, Tensor)
assert_type(model(pixels), Tensor)
assert_type(model.predict(pixels), Tensor)
for answer in model.top(Path("cat.jpg")):
    assert_type(answer.label, str)
    assert_type(answer.probability, float)
for layer in vizlib.list_layers(model):
    assert_type(layer.shape, tuple[int, int, int])
assert_type(vizlib.activations(model, pixels, ["layer1"]), dict[str, Tensor])
assert_type(vizlib.saliency(model, pixels, "smoothgrad", target="sheep", samples=20), Tensor)
assert_type(vizlib.explain(model, pixels, "guided", target=3).note, str)
print(room.MENU, room.saliency_methods())
goal = class_logit("sheep") - 0.5 * channel("layer3", 7)
for frame in vizlib.maximize(model, [goal, 3, "sheep"], steps=8, tv=2.0):
    assert_type(frame.pixels, Tensor)
assert_type(vizlib.last(vizlib.maximize(model, goal)), vizlib.Frame)
result = vizlib.fool(model, Path("cat.jpg"), "sheep", goal=0.9)
assert_type(result, vizlib.Fooling)
assert_type(result.png, bytes)
assert_type(vizlib.fool(model, [Path("cat.jpg")], "sheep"), list[vizlib.Fooling])
images, probabilities = vizlib.walk(model, result, [0, 0.5, 1.0])
assert_type(probabilities, Tensor)
assert_type(len(images), int)
assert_type(vizlib.sweep(model, [result.image], "resize"), Tensor)
mine = vizlib.wrap(nn.Flatten(), class_names=["a", "b"], size=(8, 8))
assert_type(mine, vizlib.Classifier)
module: nn.Module = mine.as_module()
try:
    vizlib.open_picture(b"")
except vizlib.VizError as problem:
    assert_type(problem.remedy, str)
vizlib.maximize(model, goal, steps="many")  # wrong
vizlib.load_model(3)  # wrong
vizlib.saliency(model, pixels, 5)  # wrong
vizlib.walk(model, "result", [0])  # wrong
result.gradient  # wrong
vizlib.perturbed  # wrong
vizlib.last(3)  # wrong
"""
WRONG = {number for number, line in enumerate(SCRIPT.splitlines(), 1) if line.endswith("# wrong")}


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("outside") / "script.py"
    file.write_text(SCRIPT, encoding="utf-8")
    return file


def ran(command: list[str], script: Path) -> str:
    done = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, timeout=280)
    return done.stdout


@pytest.mark.slow
def test_mypy_finds_the_wrong_lines_of_a_script_and_no_others(installed: Path, script: Path) -> None:
    told = ran(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(installed / "python"), str(script)],
        script,
    )
    assert {int(each) for each in re.findall(r"^script\.py:(\d+): error", told, re.M)} == WRONG, told


@pytest.mark.slow
def test_pyright_finds_the_wrong_lines_of_a_script_and_no_others(installed: Path, script: Path) -> None:
    told = ran(
        [sys.executable, "-m", "pyright", "--pythonpath", str(installed / "python"), "--outputjson", str(script)],
        script,
    )
    found = [each for each in json.loads(told)["generalDiagnostics"] if each["severity"] == "error"]
    assert {each["range"]["start"]["line"] + 1 for each in found} == WRONG, [each["message"] for each in found]
