"""The dashboard, as `filterscope` without a word starts it. Other words go to the table of `vizlib.command`.

It needs the extra `app`: pip install ".[app]" in the folder of the source.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from vizlib.ui import doctor

_HERE = Path(__file__).resolve().parent


def main(words: list[str] | None = None) -> int:
    """Opens the dashboard where no word is given, or only options; else does what `filterscope` does with the word.

    Services that start `python -m vizlib.ui.command` keep working. words: by default the process's own.
    """
    words = sys.argv[1:] if words is None else words
    if words and (not words[0].startswith("-") or words[0] in ("-h", "--help", "--version")):
        return int(import_module("vizlib.command.main").main(words))
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
