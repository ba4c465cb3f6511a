"""All measurements about transfer, or some of them by name, each with its own section in RESULTS.md.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.transfer             # everything that is here
    python -m benchmarks.accuracy.transfer probes speed --quick                         # what follows goes to the parts

A part is a file of this folder with a `main`; with --quick it tries itself out and writes nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import takewhile
from pathlib import Path


def parts() -> list[str]:
    """The names of all parts that are here."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted(each.stem for each in files if "def main(" in each.read_text(encoding="utf-8"))


def main() -> None:
    wanted = list(takewhile(lambda each: not each.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(wanted) :]
    unknown = [each for each in wanted if each not in parts()]
    if unknown:
        sys.exit(f"There is no part {', '.join(unknown)}; these are here: {', '.join(parts())}.")
    for part in wanted or parts():
        sys.argv = [part, *options]
        import_module(f"benchmarks.accuracy.transfer.{part}").main()


if __name__ == "__main__":
    main()
