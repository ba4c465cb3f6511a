"""The command `filterscope publish FOLDER`: the gallery of the store as a static site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vizlib.batch.gallery.site import Wish, publishing
from vizlib.errors import VizError
from vizlib.runs import open_store


def main(words: Sequence[str]) -> int:
    """Writes the site that the words ask for, and says each layer; returns the exit code."""
    asked = _read(words)
    wish = Wish(tuple(asked.network or ()), asked.title)
    units = size = layers = 0
    try:
        for each in publishing(open_store(), asked.folder, wish):
            layers, units, size = each.step, units + each.units, size + each.size
            told = f"{each.units:,} units, {each.size / 1e6:.2f} MB"
            print(f"[{each.step} of {each.total}] {each.network}, {each.layer}: {told}", flush=True)
    except VizError as problem:
        print(f"{problem.sentence} {problem.remedy}", file=sys.stderr)
        return 1
    print(f"Written: {layers:,} layers, {units:,} units, {size / 1e6:.1f} MB. Open {asked.folder / 'index.html'}")
    return 0


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "filterscope publish",
        description="Writes what the store holds as a static site: HTML, CSS and pictures, which need no server.",
        epilog="VIZLIB_STORE names the store. The folder must be new, empty, or hold an earlier site.",
    )
    parser.add_argument("folder", type=Path, help="where to write the site")
    parser.add_argument("--network", action="append", metavar="NAME", help="only this network; may be given repeatedly")
    parser.add_argument("--title", default="", help="of the site")
    return parser.parse_args(list(words))
