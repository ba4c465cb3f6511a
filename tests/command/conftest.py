"""A store of its own for each test, and what a command prints as records."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vizlib.command.main import main

Said = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the store."""
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command with --json on the CPU; gives its exit code and the objects that it prints."""

    def run(*words: object) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        code = main([*map(str, words), "--json", "--device", "cpu"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run
