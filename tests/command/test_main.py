"""The table of the command line: which module does a word, and how a command ends that is broken off."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

import vizlib
from vizlib.command import main as table


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """The modules that are called, with the words that they get; none of them runs."""
    seen: list[tuple[str, list[str]]] = []

    def module(name: str) -> Any:
        return SimpleNamespace(main=lambda words: seen.append((name, words)) or 3)

    monkeypatch.setattr(table, "import_module", module)
    return seen


def test_a_word_goes_to_its_module_and_no_word_to_the_dashboard(called: list[tuple[str, list[str]]]) -> None:
    for words in (["batch", "plan.json", "--workers", "2"], [], ["--server.port", "9000"]):
        assert table.main(words) == 3
    assert called == [
        ("vizlib.batch.command", ["plan.json", "--workers", "2"]),
        ("vizlib.ui.command", []),
        ("vizlib.ui.command", ["--server.port", "9000"]),
    ]


def test_the_help_names_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [word for word in table.WORDS if f"filterscope {word}" not in shown] == []


def test_every_word_has_a_module() -> None:
    assert [name for word, name in table.WORDS.items() if word != "mcp" and find_spec(name) is None] == []


@pytest.mark.parametrize(("end", "code"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 141)])
def test_ctrl_c_and_a_closed_pipe_end_a_command_without_a_traceback(
    end: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(words: list[str]) -> int:
        raise end

    monkeypatch.setattr(table, "_done", broken)
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    assert table.main(["doctor"]) == code


@pytest.mark.slow
def test_python_m_vizlib_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "vizlib", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"filterscope {vizlib.__version__}\n"
