"""The measurements of a folder, of which some can be asked for by name, each with its own section in RESULTS.md.

A part is a file of the folder with a `main`; with --quick it tries itself out and writes nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import takewhile
from pathlib import Path


def parts(folder: str) -> list[str]:
    """The names of all parts of a folder of benchmarks/accuracy."""
    files = Path(__file__).with_name(folder).glob("[!_]*.py")
    return sorted(each.stem for each in files if "def main(" in each.read_text(encoding="utf-8"))


def run(folder: str) -> None:
    """Runs the parts that the command line names, or all; what follows their names goes to each of them."""
    known = parts(folder)
    wanted = list(takewhile(lambda each: not each.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(wanted) :]
    unknown = [each for each in wanted if each not in known]
    if unknown:
        sys.exit(f"There is no part {', '.join(unknown)}; these are here: {', '.join(known)}.")
    for part in wanted or known:
        sys.argv = [part, *options]
        import_module(f"benchmarks.accuracy.{folder}.{part}").main()
