"""Sets up and starts Filterscope. It needs Python 3.11 or newer and nothing else.

    python3 start.py                     the dashboard (further words go to Streamlit: --server.port 9000)
    python3 start.py test                every check: ruff, mypy, pytest (further words go to pytest: -k saliency)
    python3 start.py test --quick        the same without the tests that are slow or need a browser
    python3 start.py docs                the documentation as a site, in site/; --serve shows it and each change to it
    python3 start.py doctor              what is installed here, and whether it works
    python3 start.py install             only the setting up

The first start makes the folder .venv and installs requirements.txt into it; later starts find it ready.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
FETCHING = ("Downloading ", "Using cached ", "Processing ")
FROM_PIP = {  # pip's option and uv's variable for it
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
    "cert": "SSL_CERT_FILE",
}
UV_CACHE = ".uv-cache"
DISK_FULL = "No space left on device"
COMMAND = ("-m", "vizlib.ui.command")  # what an installed package calls `filterscope`
TESTING = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) // 2))}  # two processes share the cores
QUICK = "not slow and not browser"  # the tests of `test --quick`
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as start\nwith start() as p: print(p.chromium.executable_path)"
)


class CannotStart(Exception):
    """What keeps Filterscope from starting, in a sentence, with what to do about it."""


def main(words: list[str]) -> int:
    """Does what the command line asks for; returns the exit code."""
    command = words[0] if words and not words[0].startswith("-") else "run"
    rest = words[1:] if words and command == words[0] else words
    try:
        check_python()
        if command == "run" and not {"-h", "--help"} & set(rest):
            return dashboard(rest)
        if command == "test":
            return checks(rest)
        if command == "docs":
            return documentation(rest)
        if command in ("doctor", "install"):
            set_up("requirements.txt")
            return run(str(venv_python()), *COMMAND, "doctor") if command == "doctor" else 0
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(__doc__)
    return 0 if command == "run" else 2


def check_python() -> None:
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:3]))
        raise CannotStart(
            f"Filterscope needs Python 3.11 or newer, and this is Python {have}. "
            "Install a newer one and start with it, for example: python3.12 start.py"
        )


def dashboard(words: list[str]) -> int:
    """Runs the dashboard until it is interrupted."""
    set_up("requirements.txt")
    say("Starting the dashboard. Its address follows in a moment; Ctrl+C ends it.")
    return run(str(venv_python()), *COMMAND, *words)


def checks(words: list[str]) -> int:
    """Runs the checks; the exit code is that of the first one that fails."""
    set_up("requirements-test.txt")
    python = str(venv_python())
    if "--quick" not in words:
        get_chromium(python)
    for name, command in (
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy", ["mypy"]),
        ("pytest", pytest_command(words)),
    ):
        say(name)
        code = run(python, "-m", *command, **(TESTING if name == "pytest" else {}))
        if code:
            say(f"{name} found something to mend (exit code {code}).")
            return code
    return 0


def documentation(words: list[str]) -> int:
    """Builds the documentation, or shows it with `--serve`. Its tools read the engine's files and import nothing."""
    set_up("requirements-docs.txt")
    command = [str(venv_python()), "-m", "mkdocs", "serve" if "--serve" in words else "build"]
    code = run(*command, *(word for word in words if word != "--serve"), NO_MKDOCS_2_WARNING="1")
    if not code and "--serve" not in words:
        say(f"The documentation is in {ROOT / 'site' / 'index.html'}. It opens from the disk.")
    return code


def pytest_command(words: list[str]) -> list[str]:
    """What runs the tests: all of them, or with `--quick` among the words those that take little time.

    Two processes share the files: with one a core was idle, and with three, on two cores, the pages of the browser's
    tests became so slow that six of them failed.
    """
    lane = ["-m", QUICK] if "--quick" in words else []
    return ["pytest", "-n", "2", "--dist", "loadfile", *lane, *(word for word in words if word != "--quick")]


def run(*command: str, **environment: str) -> int:
    """Runs the command in the repository's root; idle threads sleep, so that a shared machine stays quick.

    Bytecode is kept: without it pytest alone compiles the tests for 12 seconds each time.
    """
    env = {"OMP_WAIT_POLICY": "passive", **environment, **os.environ}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(command, cwd=ROOT, env=env) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())  # a service manager asks only us to end
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child got it too and is closing
            return process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


def say(sentence: str) -> None:
    print(f"-- {sentence}", flush=True)


# Setting up


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up(requirements: str) -> None:
    """Makes the environment and installs the file of requirements, unless that was done and nothing changed since."""
    stamp = VENV / f".installed-{requirements}"
    wanted = fingerprint(ROOT / requirements)
    if venv_python().exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    make_venv()
    stamp.unlink(missing_ok=True)
    install(ROOT / requirements)
    stamp.write_text(wanted)  # only now: an install that was broken off is done again


def fingerprint(requirements: Path) -> str:
    """Changes with the file and with every file that it names by `-r`."""
    text = requirements.read_text(encoding="utf-8")
    named = [line[2:].strip() for line in text.splitlines() if line.startswith("-r")]
    parts = [text, *(fingerprint(requirements.parent / name) for name in named)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def make_venv() -> None:
    """Makes .venv; replaces one that is incomplete, broken, or of a Python that is too old."""
    question = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    if venv_python().exists() and subprocess.run([venv_python(), "-c", question], capture_output=True).returncode == 0:
        return
    say(f"Making a Python environment of its own in {VENV.name}.")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        raise CannotStart(
            "Python could not make an environment in .venv: " + last_line(made.stdout + made.stderr) + "\n"
            "On Debian and Ubuntu install python3-venv; elsewhere see that the folder can be written."
        )


def install(requirements: Path) -> None:
    """Installs the file, saying what happens; raises CannotStart with the reason in a sentence.

    uv is quick and picks the build of PyTorch that fits the machine. If PyTorch's own index cannot be reached, the
    ordinary one has a build that always works; if uv cannot be had or fails, pip has the last word.
    """
    say(f"Installing what {requirements.name} asks for. The first time this is a large download and takes minutes.")
    log, began = VENV / "install.log", time.monotonic()
    log.write_text("", encoding="utf-8")
    for command in ways_to_install(requirements):
        code, lines = follow(command, began)
        with log.open("a", encoding="utf-8") as file:
            file.writelines([f"$ {' '.join(command)}\n", *lines])
        if not code:
            shutil.rmtree(VENV / UV_CACHE, ignore_errors=True)
            say(f"Installed in {time.monotonic() - began:.0f} seconds.")
            return
        if DISK_FULL in "".join(lines):
            break
    raise CannotStart(why_not(lines, log))


def ways_to_install(requirements: Path) -> list[list[str]]:
    """The commands to try, the best one first."""
    pip = [str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    pip += ["--progress-bar", "off"]
    ways = [[*pip, "-r", str(requirements)]]
    if quietly(*pip, "--retries", "1", "uv"):
        uv = [str(venv_python()), "-m", "uv", "pip", "install", "--python", str(venv_python()), "-r", str(requirements)]
        build = os.environ.get("UV_TORCH_BACKEND", "auto")
        ways = [[*uv, f"--torch-backend={build}"], uv, *ways]
    return ways


def follow(command: list[str], began: float) -> tuple[int, list[str]]:
    """Runs an installer and passes on its news; returns its exit code and all that it said."""
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **settings_of_uv()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as installer:
        still_there = Heartbeat(began)
        for line in installer.stdout or ():
            lines.append(line)
            news = in_short(line.strip())
            if news:
                still_there.tell(news)
        still_there.stop()
    return installer.returncode, lines


def settings_of_uv() -> dict[str, str]:
    """What uv is told: to look for packages where pip was told to look, unless its own variables say where.

    Its cache is part of the environment and on the same disk, so nothing is copied and nothing stays elsewhere.
    """
    pip = settings_of_pip()
    told = {"UV_CACHE_DIR": str(VENV / UV_CACHE)}
    told.update({variable: pip[option] for option, variable in FROM_PIP.items() if option in pip})
    if "UV_FIND_LINKS" in told:
        told["UV_FIND_LINKS"] = told["UV_FIND_LINKS"].replace(" ", ",")
    if "UV_INDEX" in told:
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip's way: the newest version of all the indexes
    told["UV_COMPILE_BYTECODE"] = "1"  # as pip does: else every start compiles where no bytecode may be written
    return {name: value for name, value in told.items() if name not in os.environ}


def settings_of_pip() -> dict[str, str]:
    """What pip was told on this machine, by the name of the option: {"index-url": "https://..."}."""
    command = [str(venv_python()), "-m", "pip", "config", "list"]
    found: dict[str, str] = {}
    for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
        name, equals, value = line.partition("=")
        if equals and value[:1] in ("'", '"'):  # variables of the environment come first and win
            found.setdefault(name.rpartition(".")[2], " ".join(ast.literal_eval(value).split()))
    return found


def in_short(line: str) -> str:
    """What a newcomer wants of an installer's many lines: the packages with their sizes, and that the end is near."""
    if line.startswith("Installing collected packages"):  # pip
        return f"unpacking {line.count(',') + 1} packages"
    if line.startswith("Resolved "):  # uv
        return f"fetching and unpacking {line.split()[1]} packages"
    if not line.startswith(FETCHING) or ".metadata" in line:
        return ""
    for word in FETCHING:
        line = line.removeprefix(word)
    place, _, size = line.partition(" ")
    name = "-".join(place.rpartition("/")[2].split("-")[:2])
    return f"{name} {size}" if size.endswith("B)") else name


def why_not(lines: list[str], log: Path) -> str:
    """Why the installation failed, in a sentence, with what to do."""
    text = "".join(lines)
    if DISK_FULL in text:
        return "The disk is full: installing takes about 7 GB. Make room and start again."
    if any(sign in text for sign in ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ProxyError")):
        return "The package index cannot be reached. Go online for the first start; later starts need no network."
    if "No matching distribution" in text:
        wanted = next((line for line in reversed(lines) if "No matching distribution" in line), "")
        return f"A package is not to be had for this Python and system. {wanted.strip()}"
    errors = "".join(line for line in lines if "ERROR" in line) or "".join(lines[-5:])
    return f"The installation failed; start again, or see {log}.\n{errors.strip()}"


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason."


class Heartbeat:
    """Passes on what is told, and says every 15 quiet seconds that the work goes on."""

    def __init__(self, began: float, every: float = 15) -> None:
        self._began, self._every = began, every
        self._told, self._over = threading.Event(), False
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def tell(self, line: str) -> None:
        self._told.set()
        print(f"   {line}", flush=True)

    def stop(self) -> None:
        self._over = True
        self._told.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over:
            if self._told.wait(self._every):
                self._told.clear()
            else:
                print(f"   ... still at it after {time.monotonic() - self._began:.0f} seconds", flush=True)


# The browser of the tests


def find_chromium(python: str = sys.executable) -> str | None:
    """A Chromium that the browser tests can drive: the one of VIZLIB_CHROMIUM, an installed one, Playwright's own."""
    named = os.environ.get("VIZLIB_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    installed = [shutil.which(name) for name in CHROMIUM_NAMES]
    for place in [*installed, *CHROMIUM_PLACES]:
        if place and Path(place).exists():
            return place
    answer = subprocess.run([python, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True).stdout.strip()
    return answer if answer and Path(answer).exists() else None


def get_chromium(python: str) -> None:
    """Makes sure of a Chromium where that is possible; the browser tests say it where it was not."""
    if find_chromium(python):
        return
    say("Fetching a Chromium for the browser tests.")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None
    if quietly(python, "-m", "playwright", "install", "chromium"):
        if as_root:  # the libraries that a bare system lacks
            quietly(python, "-m", "playwright", "install-deps", "chromium")
    elif as_root:
        quietly("apt-get", "update")
        quietly("apt-get", "install", "-y", "--no-install-recommends", "chromium")
    if not find_chromium(python):
        say("No Chromium could be had: the browser tests are left out. VIZLIB_CHROMIUM may name one.")


def quietly(*command: str) -> bool:
    """Whether the command succeeded; what it prints is kept off the screen."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=600)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
