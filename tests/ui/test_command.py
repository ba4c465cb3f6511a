"""The command `filterscope`: what each word does, and where it finds the dashboard."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.web import cli

import vizlib
from vizlib.ui import command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def streamlit(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that Streamlit is asked to run; it runs none of them."""
    asked: list[list[str]] = []
    monkeypatch.setattr(cli, "main", lambda words, **_: asked.append(words))
    return asked


def installed_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, noted: str | None) -> None:
    """Pretends that pip installed the package into tmp_path, with `noted` as its direct_url.json."""

    class Distribution:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return noted

    def found(name: str) -> Any:
        assert name == "filterscope"
        return Distribution()

    monkeypatch.setattr(command, "_HERE", tmp_path / "vizlib" / "ui")
    monkeypatch.setattr(command, "distribution", found)


def test_without_arguments_it_opens_the_dashboard_and_options_go_to_streamlit(streamlit: list[list[str]]) -> None:
    assert command.main([]) == 0
    assert command.main(["--server.port", "9000"]) == 0
    app = str(ROOT / "app.py")
    assert streamlit == [["run", app], ["run", app, "--server.port", "9000"]]


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"filterscope {vizlib.__version__}\n"


def test_doctor_ends_with_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.doctor, "examine", lambda: 1)
    assert command.main(["doctor"]) == 1


@pytest.mark.parametrize(("words", "code"), [(["docter"], 2), (["--help"], 0), (["-h"], 0)])
def test_an_unknown_word_shows_what_there_is(
    words: list[str], code: int, streamlit: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(words) == code
    assert "filterscope doctor" in capsys.readouterr().out
    assert streamlit == []


def test_the_app_of_an_installed_package_is_inside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "_HERE", tmp_path / "vizlib" / "ui")
    assert command.app() == tmp_path / "app.py"
    packaged = tmp_path / "vizlib" / "ui" / "app" / "app.py"
    packaged.parent.mkdir(parents=True)
    packaged.touch()
    assert command.app() == packaged


@pytest.mark.parametrize(
    ("noted", "remedy"),
    [
        ({"url": "file:///home/ann/filterscope", "dir_info": {}}, '"filterscope[app] @ file:///home/ann/filterscope"'),
        (
            {"url": "https://example.org/f.git", "vcs_info": {"vcs": "git", "commit_id": "0"}},
            '"filterscope[app] @ git+https://example.org/f.git"',
        ),
        (None, 'In the folder of Filterscope\'s source, run: pip install ".[app]"'),
    ],
)
def test_without_streamlit_it_says_in_a_sentence_what_to_install(
    noted: dict[str, Any] | None,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    streamlit: list[list[str]],
) -> None:
    installed_from(monkeypatch, tmp_path, json.dumps(noted) if noted else None)
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "streamlit" else object())
    assert command.main([]) == 1
    problem = capsys.readouterr().err
    assert problem.startswith("The dashboard needs streamlit, not installed here. ")
    assert problem.endswith(f"{remedy}\n")
    assert streamlit == []


def test_a_checkout_is_told_of_its_own_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command.how_to_add() == "Start it with: python3 start.py"


def test_a_package_without_metadata_has_a_remedy_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> Any:
        raise importlib.metadata.PackageNotFoundError(name)

    installed_from(monkeypatch, tmp_path, None)
    monkeypatch.setattr(command, "distribution", absent)
    assert 'pip install ".[app]"' in command.how_to_add()


def test_publish_is_a_word_of_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], streamlit: list[list[str]]
) -> None:
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path / "empty"))
    assert command.main(["publish", str(tmp_path / "site")]) == 1
    assert "no tiles of this version to publish" in capsys.readouterr().err
    assert streamlit == []
