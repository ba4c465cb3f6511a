"""The one command that sets up, opens and checks everything."""

from __future__ import annotations

import ast
import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import start

ROOT = Path(__file__).resolve().parent.parent
INSTALLS = "requirements.txt"  # in every command that installs them


class Machine:
    """Stands in for the processes that start.py runs; writes down what it was asked to."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.told: dict[str, str] = {}  # the environment of the last process
        self.answers: dict[str, tuple[int, str]] = {}  # by a part of the command: its exit code and output

    def answer(self, command: Any) -> tuple[int, str]:
        line = " ".join(str(word) for word in command)
        self.ran.append(line)
        return next((answer for part, answer in self.answers.items() if part in line), (0, ""))

    def run(self, command: Any, **_: Any) -> subprocess.CompletedProcess[str]:
        code, text = self.answer(command)
        if "-m venv" in self.ran[-1] and not code:
            start.venv_python().parent.mkdir(parents=True, exist_ok=True)
            start.venv_python().touch()
        return subprocess.CompletedProcess(command, code, text, "")

    def popen(self, command: Any, **options: Any) -> Process:
        self.told = options["env"]
        return Process(*self.answer(command))

    def count(self, part: str) -> int:
        return sum(part in line for line in self.ran)


class Process:
    def __init__(self, returncode: int, text: str) -> None:
        self.returncode, self.stdout = returncode, io.StringIO(text)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None: ...

    def wait(self) -> int:
        return self.returncode


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """A fresh clone on a machine of which nothing is real."""
    machine = Machine()
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(subprocess, "run", machine.run)
    monkeypatch.setattr(subprocess, "Popen", machine.popen)
    monkeypatch.setattr(start, "find_chromium", lambda *_: "/a/chromium")
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    (tmp_path / "requirements.txt").write_text("streamlit\n")
    (tmp_path / "requirements-test.txt").write_text("-r requirements.txt\npytest\n")
    (tmp_path / "requirements-docs.txt").write_text("mkdocs\n")
    return machine


def test_it_needs_nothing_but_the_standard_library_and_says_so_to_an_old_python() -> None:
    text = Path(start.__file__).read_text(encoding="utf-8")
    # Otherwise an old Python would show a SyntaxError instead of our sentence.
    tree = ast.parse(text, feature_version=(3, 7))
    names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_old_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], machine: Machine
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert start.main([]) == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9.2." in capsys.readouterr().err
    assert machine.ran == []


def test_the_first_start_installs_and_opens_the_dashboard(machine: Machine) -> None:
    assert start.main([]) == 0
    assert [machine.count(part) for part in ("-m venv", "uv pip install", "vizlib.ui.command")] == [1, 1, 1]


def test_later_starts_install_nothing(machine: Machine) -> None:
    start.main([])
    machine.ran.clear()
    start.main(["--server.port", "9000"])
    assert len(machine.ran) == 1
    assert machine.ran[0].endswith("-m vizlib.ui.command --server.port 9000")


def test_changed_requirements_are_installed_again(machine: Machine, tmp_path: Path) -> None:
    start.main(["install"])
    (tmp_path / "requirements.txt").write_text("streamlit>=2\n")
    start.main(["install"])
    assert machine.count(INSTALLS) == 2
    assert machine.count("-m venv") == 1


def test_the_test_requirements_change_with_the_file_that_they_name(machine: Machine, tmp_path: Path) -> None:
    before = start.fingerprint(tmp_path / "requirements-test.txt")
    (tmp_path / "requirements.txt").write_text("streamlit>=2\n")
    assert start.fingerprint(tmp_path / "requirements-test.txt") != before


def test_an_installation_that_failed_is_done_again(machine: Machine) -> None:
    machine.answers[INSTALLS] = (1, "ERROR: something broke")
    assert start.main(["install"]) == 1
    machine.answers.clear()
    machine.ran.clear()
    assert start.main(["install"]) == 0
    assert machine.count(INSTALLS) == 1
    assert start.main(["install"]) == 0
    assert machine.count(INSTALLS) == 1


def test_an_installation_that_was_broken_off_after_a_change_is_done_again(machine: Machine, tmp_path: Path) -> None:
    start.main(["install"])
    (tmp_path / "requirements.txt").write_text("streamlit>=2\n")
    machine.answers[INSTALLS] = (1, "")
    start.main(["install"])
    # The old text again, but the failed attempt may have changed packages.
    (tmp_path / "requirements.txt").write_text("streamlit\n")
    machine.answers.clear()
    machine.ran.clear()
    start.main(["install"])
    assert machine.count(INSTALLS) == 1


def test_uv_is_fetched_and_asked_for_the_build_of_pytorch_that_fits_the_machine(machine: Machine) -> None:
    start.main(["install"])
    assert [machine.count(part) for part in ("-m pip install", " uv", "--torch-backend=auto", "-r ")] == [1, 2, 1, 1]


def test_the_build_of_pytorch_can_be_named(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    start.main(["install"])
    assert machine.count("--torch-backend=cpu") == 1


def test_where_pytorchs_own_index_is_out_of_reach_the_ordinary_one_serves(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.answers["--torch-backend"] = (2, "error: Failed to fetch: `https://download.pytorch.org`\n  dns error\n")
    assert start.main(["install"]) == 0
    assert [machine.count(part) for part in (INSTALLS, "-m pip install -r")] == [2, 0]
    said = capsys.readouterr()
    assert "error" not in said.out + said.err
    assert "pytorch" not in said.out + said.err


@pytest.mark.parametrize("part", ["--retries 1 uv", "uv pip install"])
def test_where_uv_cannot_be_had_or_fails_pip_installs(machine: Machine, part: str) -> None:
    machine.answers[part] = (1, "error: no")
    assert start.main(["install"]) == 0
    assert "-m pip install" in machine.ran[-1]
    assert machine.count("-m pip install") == 2


def test_a_full_disk_ends_all_attempts(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.answers["uv pip install"] = (2, "error: failed to copy: No space left on device (os error 28)\n")
    assert start.main(["install"]) == 1
    assert machine.count(INSTALLS) == 1
    assert "The disk is full" in capsys.readouterr().err


def test_all_that_the_installers_said_is_in_the_log(machine: Machine) -> None:
    machine.answers["--torch-backend"] = (2, "dns error\n")
    machine.answers["uv pip install"] = (1, "uv broke\n")
    machine.answers["pip install -r"] = (0, "pip did it\n")
    start.main(["install"])
    log = (start.VENV / "install.log").read_text()
    assert log.count("$ ") == 3
    assert log.index("dns error") < log.index("uv broke")


def test_uv_looks_where_pip_was_told_to_look(machine: Machine) -> None:
    listed = """:env:.find-links='/wheels'
global.extra-index-url='\\nfile:///a\\nfile:///b'
global.find-links='/other'
global.index-url='https://packages.example/simple'
global.timeout='5'
"""
    machine.answers["pip config list"] = (0, listed)
    start.main(["install"])
    told = {name: value for name, value in machine.told.items() if name.startswith("UV_")}
    assert told == {
        "UV_CACHE_DIR": str(start.VENV / ".uv-cache"),
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
        "UV_INDEX": "file:///a file:///b",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_COMPILE_BYTECODE": "1",
        "UV_FIND_LINKS": "/wheels",
    }


def test_what_uv_itself_was_told_stays(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.answers["pip config list"] = (0, "global.index-url='https://packages.example/simple'\n")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example")
    start.main(["install"])
    assert machine.told["UV_DEFAULT_INDEX"] == "https://mine.example"


def test_the_cache_of_uv_is_removed_once_all_is_installed(machine: Machine) -> None:
    cache = start.VENV / start.UV_CACHE
    cache.mkdir(parents=True)
    machine.answers[INSTALLS] = (1, "ERROR: something broke")
    start.main(["install"])
    assert cache.exists()  # the next attempt uses it
    machine.answers.clear()
    start.main(["install"])
    assert not cache.exists()


def test_an_environment_that_does_not_work_is_made_again(machine: Machine) -> None:
    start.venv_python().parent.mkdir(parents=True)
    start.venv_python().touch()
    machine.answers["import pip"] = (1, "")
    start.main(["install"])
    assert machine.count("-m venv --clear") == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("WARNING: Retrying ... NewConnectionError(...)", "Go online for the first start"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for torch>=2.11", "not to be had for this Python and system"),
        ("ERROR: something else broke", "ERROR: something else broke"),
    ],
)
def test_a_failed_installation_is_explained_in_a_sentence(
    machine: Machine, capsys: pytest.CaptureFixture[str], said: str, told: str
) -> None:
    machine.answers[INSTALLS] = (1, said + "\n")
    assert start.main(["install"]) == 1
    problem = capsys.readouterr().err
    assert told in problem
    assert "Traceback" not in problem


def test_a_system_without_venv_is_told_what_to_install(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.answers["-m venv"] = (1, "ensurepip is not available")
    assert start.main(["install"]) == 1
    assert "python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "news"),
    [
        ("Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl (530.1 MB)", "torch-2.15.0 (530.1 MB)"),
        ("Using cached numpy-2.4.6-cp311.whl (16.0 MB)", "numpy-2.4.6 (16.0 MB)"),
        ("Processing /wheels/rich-15.0.0-py3-none-any.whl (from typer->hub)", "rich-15.0.0"),
        ("Downloading torch-2.15.0-cp311.whl.metadata (31 kB)", ""),
        ("Installing collected packages: a, b, c", "unpacking 3 packages"),
        ("Requirement already satisfied: numpy", ""),
        ("Resolved 77 packages in 641ms", "fetching and unpacking 77 packages"),
        ("Downloading torch (530.1MiB)", "torch (530.1MiB)"),
        ("Downloaded torch", ""),
        ("+ torch==2.15.0", ""),
    ],
)
def test_of_all_that_installers_say_a_newcomer_sees_packages_and_sizes(line: str, news: str) -> None:
    assert start.in_short(line) == news


def test_a_long_silence_is_filled(capsys: pytest.CaptureFixture[str]) -> None:
    heartbeat = start.Heartbeat(began=0, every=0.01)
    while "still at it" not in (said := capsys.readouterr().out):
        pass
    heartbeat.stop()
    assert "seconds" in said


def test_the_checks_run_in_order_and_words_go_to_pytest(machine: Machine) -> None:
    assert start.main(["test", "-k", "saliency"]) == 0
    checks = [line.partition(" -m ")[2] for line in machine.ran[-4:]]
    assert checks == ["ruff check .", "ruff format --check .", "mypy", "pytest -n 2 --dist loadfile -k saliency"]


def test_the_quick_lane_leaves_out_what_is_slow_and_fetches_no_browser(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(start, "get_chromium", fetched.append)
    assert start.main(["test", "--quick", "-k", "saliency"]) == 0
    checks = [line.partition(" -m ")[2] for line in machine.ran[-4:]]
    assert checks[:3] == ["ruff check .", "ruff format --check .", "mypy"]
    assert checks[3] == "pytest -n 2 --dist loadfile -m not slow and not browser -k saliency"
    assert fetched == []
    start.main(["test"])
    assert len(fetched) == 1


def test_what_is_run_may_keep_its_bytecode(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    start.main(["test", "--quick"])
    assert "PYTHONDONTWRITEBYTECODE" not in machine.told


def test_the_doctor_is_the_commands(machine: Machine) -> None:
    machine.answers["command doctor"] = (1, "")
    assert start.main(["doctor"]) == 1
    assert machine.count("-m vizlib.ui.command doctor") == 1


@pytest.mark.parametrize(("words", "command"), [([], "mkdocs build"), (["--serve"], "mkdocs serve")])
def test_the_documentation_needs_its_own_tools_only(
    machine: Machine, words: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.main(["docs", *words]) == 0
    assert machine.count("requirements-docs.txt") > 0
    assert not machine.count(INSTALLS)
    assert machine.ran[-1].endswith(command)
    assert ("index.html" in capsys.readouterr().out) == (not words)


def test_the_checks_stop_at_the_first_that_fails_with_its_exit_code(machine: Machine) -> None:
    machine.answers["-m mypy"] = (3, "")
    assert start.main(["test"]) == 3
    assert machine.count("-m pytest") == 0


def test_after_pytest_nothing_more_is_said(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    start.main(["test"])
    assert capsys.readouterr().out.endswith("-- pytest\n")


def test_an_unknown_word_shows_what_there_is(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["tset"]) == 2
    assert "python3 start.py test" in capsys.readouterr().out
    assert start.main(["--help"]) == 0
    assert machine.ran == []


def test_the_chromium_that_is_named_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "chromium"
    mine.touch()
    monkeypatch.setenv("VIZLIB_CHROMIUM", str(mine))
    assert start.find_chromium() == str(mine)
    mine.unlink()
    assert start.find_chromium() is None  # a browser that is named but missing is not replaced by another


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, machine: Machine) -> Machine:
    """A machine without any browser."""
    monkeypatch.undo()
    monkeypatch.delenv("VIZLIB_CHROMIUM", raising=False)
    monkeypatch.setattr(start, "CHROMIUM_PLACES", ())
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(subprocess, "run", machine.run)
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    return machine


def test_playwrights_own_chromium_is_found(bare: Machine, tmp_path: Path) -> None:
    (tmp_path / "chrome").touch()
    bare.answers["executable_path"] = (0, f"{tmp_path / 'chrome'}\n")
    assert start.find_chromium() == str(tmp_path / "chrome")


def test_a_bare_machine_asks_playwright_first_and_then_its_packages(
    bare: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    bare.answers["playwright install"] = (1, "no network")
    start.get_chromium("python")
    assert [bare.count(part) for part in ("playwright install chromium", "apt-get update", "apt-get install")] == [
        1
    ] * 3
    assert "browser tests are left out" in capsys.readouterr().out


def test_where_playwright_delivers_no_package_is_installed(bare: Machine) -> None:
    start.get_chromium("python")
    assert bare.count("playwright install-deps chromium") == 1
    assert bare.count("apt-get") == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to forward")
def test_ending_start_py_ends_the_dashboard_too(tmp_path: Path) -> None:
    """Service managers and containers send SIGTERM; a server that went on alone would keep the port."""
    mark = tmp_path / "child"
    child = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"import start, sys; sys.exit(start.run(sys.executable, '-c', {child!r}))"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as parent:
        until = time.monotonic() + 20
        while not (mark.exists() and mark.read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        parent.terminate()
        parent.wait(20)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
