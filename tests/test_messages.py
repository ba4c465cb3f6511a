"""The sentences that docs/messages.md explains are the ones that the program says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
QUOTED = re.findall(r"^\| \*(.+?)\* \|", (ROOT / "docs" / "messages.md").read_text(encoding="utf-8"), re.MULTILINE)


def said(source: str) -> list[str]:
    """Every text in a source file; what is filled in later is "..."."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found


TEXTS = [text for path in (ROOT / "vizlib").rglob("*.py") for text in said(path.read_text(encoding="utf-8"))]


def is_said(sentence: str, texts: list[str]) -> bool:
    parts = [re.escape(part.strip()) for part in sentence.split("...") if part.strip()]
    pattern = re.compile(".*".join(parts), re.DOTALL)
    return any(pattern.search(text) for text in texts)


@pytest.mark.parametrize("sentence", QUOTED)
def test_the_program_says_what_the_manual_explains(sentence: str) -> None:
    assert is_said(sentence, TEXTS)


def test_a_sentence_that_nobody_says_is_noticed() -> None:
    assert len(QUOTED) > 10
    assert not is_said("... holds program code, not only weights ...", TEXTS)
    assert is_said("The ... fits", said("x = f'The {each} fits here.'"))
