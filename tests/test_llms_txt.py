"""docs/llms.txt tells agents what the engine is: its names, its code and its links are true."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import vizlib

DOCS = Path(__file__).resolve().parents[1] / "docs"
TEXT = (DOCS / "llms.txt").read_text(encoding="utf-8")


def named(text: str) -> set[str]:
    """The public names that a text mentions."""
    return set(re.findall(r"\bvizlib\.(\w+)", text))


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)#]+)", text)


def test_it_has_the_form_that_llmstxt_org_asks_for() -> None:
    lines = TEXT.splitlines()
    assert lines[0] == "# Filterscope"
    assert lines[2].startswith("> ")
    _, *sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    assert [each.split("\n")[0] for each in sections] == ["Docs", "Optional"]
    for section in sections:
        assert all(re.match(r"- \[.+\]\(.+\): .+", line) for line in section.splitlines()[1:] if line)


def test_it_names_every_public_name_and_no_other() -> None:
    listed = set(re.findall(r"^- `vizlib\.(\w+)`: ", TEXT, re.MULTILINE))
    assert listed == set(vizlib.__all__)
    assert all(hasattr(vizlib, each) for each in named(TEXT))


@pytest.mark.parametrize("name", [each for each in vizlib.__all__ if each != "FRAMES"])
def test_what_it_says_of_a_name_is_what_help_says(name: str) -> None:
    first = " ".join((inspect.getdoc(getattr(vizlib, name)) or "").split("\n\n")[0].split())
    assert f"- `vizlib.{name}`: {first}\n" in TEXT


def test_its_links_lead_to_files() -> None:
    found = links(TEXT)
    assert len(found) >= 6
    assert not [each for each in found if not (DOCS / each).exists()]


@pytest.mark.slow
def test_its_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIZLIB_WEIGHTS", raising=False)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert isinstance(names["result"], vizlib.Fooling)
    assert vizlib.read_recipe((tmp_path / "fooled.png").read_bytes())


def test_a_name_and_a_link_that_are_not_there_are_noticed() -> None:
    assert named("`vizlib.crystal_ball`") - set(vizlib.__all__) == {"crystal_ball"}
    assert links("[a](nowhere.md#part)") == ["nowhere.md"]
