"""The command `filterscope`, which the package installs.

    filterscope               opens the dashboard (further words go to Streamlit: --server.port 9000)
    filterscope publish DIR   writes what the store holds as a static site (filterscope publish --help)
    filterscope doctor        says what this installation has and whether it works; the exit code is 1 if it does not
    filterscope batch PLAN    computes many results, here or on a cluster (filterscope batch --help)
    filterscope --version     says which version this is

It needs the extra `app` for the dashboard: pip install ".[app]" in the folder of the source.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from vizlib import __version__
from vizlib.ui import doctor

_HERE = Path(__file__).resolve().parent
_OTHERS = {  # words, and the modules whose `main` does them, loaded when they are called
    "batch": "vizlib.batch.command",
    "mcp": "vizlib.command.mcp",
    "publish": "vizlib.batch.gallery.command",
}


def main(words: list[str] | None = None) -> int:
    """Does what the command line asks for (`words`, by default the process's own); returns the exit code."""
    words = sys.argv[1:] if words is None else words
    first = words[0] if words else ""
    if words == ["--version"]:
        print(f"filterscope {__version__}")
        return 0
    if words == ["doctor"]:
        return doctor.examine()
    if first in _OTHERS:
        return int(import_module(_OTHERS[first]).main(words[1:]))
    if first in ("-h", "--help") or (first and not first.startswith("-")):
        print(__doc__)
        return 0 if first.startswith("-") else 2
    return dashboard(words)


def dashboard(words: list[str]) -> int:
    """Runs the dashboard until it is interrupted. The words go to Streamlit."""
    if missing := [name for name in doctor.DASHBOARD if find_spec(name) is None]:
        print(f"The dashboard needs {', '.join(missing)}, not installed here. {how_to_add()}", file=sys.stderr)
        return 1
    from streamlit.web import cli

    from vizlib.ui.runs import again

    again.resume()  # kept runs go on now, and not with the first visitor
    # The engine is in memory by now: the first visitor does not wait for torch.
    return int(cli.main(["run", str(app()), *words], prog_name="streamlit", standalone_mode=True) or 0)


def app() -> Path:
    """The script that Streamlit runs: inside the installed package, or at the root of the checkout.

    Streamlit reads the pages and `.streamlit/config.toml` beside it, so the working folder does not matter.
    """
    installed = _HERE / "app" / "app.py"
    return installed if installed.is_file() else _HERE.parents[1] / "app.py"


def how_to_add() -> str:
    """How to install what the dashboard needs on top of the engine, from where this package came from."""
    if (_HERE.parents[1] / "start.py").is_file():
        return "Start it with: python3 start.py"
    origin = _origin()
    if not origin:
        return 'In the folder of Filterscope\'s source, run: pip install ".[app]"'
    return f'Install it with: pip install "filterscope[app] @ {origin}"'


def _origin() -> str:
    """The address that pip installed the package from, "" where pip wrote down none."""
    try:
        noted = json.loads(distribution("filterscope").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    kind = noted.get("vcs_info", {}).get("vcs", "")
    return f"{kind}+{noted['url']}" if kind else str(noted.get("url", ""))


if __name__ == "__main__":
    sys.exit(main())
