"""The widgets' JavaScript, HTML and CSS: whole, read from wherever one stands, and tested by Node's own runner."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vizlib.ui.shared.words import percent
from vizlib.ui.widgets import front_end

HERE = Path(__file__).parent
FOLDER = Path(front_end.__file__).parent
WIDGETS = sorted(path.stem for path in FOLDER.glob("*.html"))
OLDEST = 18  # the first Node that has a test runner of its own

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def node() -> Run:
    """`node("--check", path)` runs Node. Without it the tests are left out, except in CI, where that is a failure."""
    found = find_node()
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"there is no Node {OLDEST} or newer here, and CI must test the widgets' JavaScript")
    if found is None:
        pytest.skip(f"there is no Node {OLDEST} or newer here to test the widgets' JavaScript with")

    def run(*words: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run([found, *map(str, words)], capture_output=True, text=True, timeout=120, encoding="utf-8")

    return run


def find_node() -> str | None:
    """The path of Node, None where there is none or an older one."""
    path = shutil.which("node")
    if path is None:
        return None
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    return path if int(version.lstrip("v").split(".")[0]) >= OLDEST else None


def test_every_widget_has_three_files_beside_its_python() -> None:
    expected = (
        "access address bends chart clouds film layer_strip map_view offline pictures player points"
        " removal shake_strip sheet shown strips visitor walk_slider wipe words"
    )
    assert expected.split() == WIDGETS
    assert all((FOLDER / f"{widget}.{kind}").is_file() for widget in WIDGETS for kind in ("py", "css", "js"))
    assert not [path.name for path in FOLDER.glob("*.py") if "<div" in path.read_text(encoding="utf-8")]


def test_the_files_are_found_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for widget in WIDGETS:
        assert front_end.script(widget).count("export default function") == 1


@pytest.mark.parametrize("widget", ["common", *WIDGETS])
def test_a_script_is_sound(node: Run, widget: str) -> None:
    checked = node("--check", FOLDER / f"{widget}.js")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("widget", WIDGETS)
def test_what_the_browser_gets_is_one_sound_module(node: Run, widget: str, tmp_path: Path) -> None:
    joined = tmp_path / "joined.mjs"
    joined.write_text(front_end.script(widget), encoding="utf-8")
    loaded = node("--input-type=module", "-e", f"console.log(typeof (await import('{joined.as_uri()}')).default)")
    assert loaded.stdout.strip() == "function", loaded.stderr


def test_each_script_becomes_a_function_without_modules(node: Run, tmp_path: Path) -> None:
    made = [f"[{json.dumps(widget)}, typeof {front_end.closed(widget)}]" for widget in WIDGETS]
    text = f"(() => {{\n{front_end.plain('common.js')}\nconsole.log(JSON.stringify([{', '.join(made)}]));\n}})();"
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    script = tmp_path / "script.cjs"
    script.write_text(text, encoding="utf-8")
    done = node(script)
    assert done.stderr == ""
    assert json.loads(done.stdout) == [[widget, "function"] for widget in WIDGETS]


@pytest.mark.slow
def test_what_the_scripts_compute(node: Run) -> None:
    tests = sorted(HERE.glob("*.test.mjs"))
    assert len(tests) == 17
    report = node("--test", *tests)
    assert report.returncode == 0, report.stdout + report.stderr


def test_a_test_in_javascript_that_fails_is_noticed(node: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.test.mjs"
    wrong.write_text('import { test } from "node:test";\ntest("wrong", () => { throw new Error("wrong"); });\n')
    assert node("--test", wrong).returncode != 0


@pytest.mark.parametrize(("share", "text"), json.loads((HERE / "percent.json").read_text(encoding="utf-8")))
def test_a_probability_reads_in_python_as_in_the_browser(share: float, text: str) -> None:
    assert percent(share) == text
