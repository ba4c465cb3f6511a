"""The set of pictures with classes that `probe` and `finetune` learn from: a drawn one, or a folder with subfolders."""

from __future__ import annotations

import argparse
from pathlib import Path

from vizlib.batch.sets import Drawn, Folder
from vizlib.command import words
from vizlib.errors import UnknownName
from vizlib.training import DRAWN_SETS


def add_set(made: argparse.ArgumentParser) -> None:
    names = ", ".join(DRAWN_SETS)
    text = f"a folder with one subfolder for each class, or a drawn set: {names}"
    made.add_argument("set", metavar="SET", help=text)
    text = "pictures of each class for training (20; of a folder 40, some of which are held out)"
    made.add_argument("--per-class", type=words.count, metavar="N", help=text)
    text = "held-out pictures of each class of a drawn set (20)"
    made.add_argument("--tests", type=words.count, default=20, metavar="N", help=text)


def wanted(asked: argparse.Namespace) -> Drawn | Folder:
    """The set, as plans of many results have it. Raises UnknownName for neither a folder nor a drawn set."""
    if Path(asked.set).is_dir():
        return Folder(asked.set, asked.per_class or 40)
    if asked.set not in DRAWN_SETS:
        raise UnknownName.among("folder or drawn set", asked.set, DRAWN_SETS)
    return Drawn(asked.set, asked.per_class or 20, asked.tests)
