"""docs/command_line.md says what the commands say: every word of the table, and only options that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vizlib.command.main import WORDS, main

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
OPTIONS = sorted(set(re.findall(r"--[a-z][a-z-]+", MANUAL)))


def helps(capsys: pytest.CaptureFixture[str]) -> str:
    for word, module in WORDS.items():
        if module.startswith("vizlib.command") and word != "mcp":
            with pytest.raises(SystemExit):
                main([word, "--help"])
    return capsys.readouterr().out


def test_the_manual_names_every_command() -> None:
    assert [word for word in WORDS if word != "mcp" and f"`{word}" not in MANUAL] == []


def test_the_manual_s_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    shown = helps(capsys)
    assert len(OPTIONS) > 10
    assert [each for each in OPTIONS if each not in shown] == []
