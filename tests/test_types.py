"""The types as another project sees them: mypy and pyright read a script that imports the package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("outside_script.py")
IGNORED = re.compile(r"  # type: ignore\[[a-z-]+\]$")


@pytest.mark.slow
def test_pyright_finds_the_wrong_lines_of_a_script_and_no_others(installed: Path, tmp_path: Path) -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if IGNORED.search(line)}
    script = tmp_path / "script.py"
    script.write_text("\n".join(IGNORED.sub("", line) for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--pythonpath", str(installed / "python"), "--outputjson", str(script)]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280).stdout
    found = [each for each in json.loads(told)["generalDiagnostics"] if each["severity"] == "error"]
    assert len(wrong) == 7
    assert {each["range"]["start"]["line"] + 1 for each in found} == wrong, [each["message"] for each in found]


def test_mypy_reads_the_script_with_the_rest() -> None:
    """A wrong line that mypy takes for right is an unused ignore, which is an error in its strict mode."""
    settings = (SCRIPT.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"tests/{SCRIPT.name}"' in settings
    assert "strict = true" in settings
