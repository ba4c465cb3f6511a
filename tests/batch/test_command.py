"""`filterscope batch`: what it says, and its exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from vizlib.batch import command
from vizlib.runs import Store
from vizlib.ui.command import main


@pytest.fixture(autouse=True)
def _signals() -> Any:
    """The command takes SIGTERM for its own process; the tests' process gets it back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / "store"))
    listed = [{"what": "atlas", "networks": ["bundled/digits"], "steps": 3, "size": 24, "channels": [0, 1]}]
    (tmp_path / "plan.json").write_text(json.dumps(listed), encoding="utf-8")
    return str(tmp_path / "plan.json")


def test_it_computes_a_plan_and_says_so(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", plan]) == 0
    said = capsys.readouterr().out.splitlines()
    count = said[0].split()[2]
    assert said[0] == f"0 of {count} results: 0 were there, 0 computed"
    assert said[-1].startswith(f"{count} of {count} results: 0 were there, {count} computed, in ")
    assert main(["batch", plan]) == 0
    assert f"{count} were there, 0 computed" in capsys.readouterr().out


def test_what_failed_is_told_and_the_exit_code_is_1(
    plan: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "put", lambda *_: False)
    assert main(["batch", plan]) == 1
    said = capsys.readouterr()
    assert "failed: The store did not keep a result" in said.err
    assert said.out.endswith("Run the plan again to try the failed ones again.\n")


@pytest.mark.parametrize("words", [["no such.json"], ["PLAN", "--threads", "0"], ["PLAN", "--set", "much"]])
def test_what_cannot_be_done_is_one_sentence_and_the_exit_code_is_2(
    words: list[str], plan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([plan if each == "PLAN" else each for each in words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_its_help_is_that_of_the_module(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert "filterscope batch PLAN.json --engine ray" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize(("workers", "sign"), [("0", signal.SIGTERM), ("2", signal.SIGKILL)])
def test_a_plan_that_was_ended_goes_on_and_no_process_is_left(
    plan: str, workers: str, sign: int, tmp_path: Path
) -> None:
    listed = json.loads(Path(plan).read_text(encoding="utf-8"))
    listed[0] |= {"channels": [0], "steps": 60, "seed": [0, 1, 2]}
    Path(plan).write_text(json.dumps(listed), encoding="utf-8")
    words = [sys.executable, "-m", "vizlib.ui.command", "batch", plan, "--workers", workers]
    store = Store(tmp_path / "store", 10**9)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    while not store.count():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(sign)
    process.communicate(timeout=60)  # ends when no process has its output any more
    before = store.count()
    assert 0 < before < 9
    last = subprocess.run([*words[:-1], "0"], capture_output=True, text=True, check=True).stdout
    assert f"{before} were there" in last
