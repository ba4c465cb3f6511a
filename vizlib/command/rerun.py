"""filterscope rerun: makes saved pictures again from the recipes inside, and compares them bit by bit."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from vizlib.batch.saved.again import check_weights, compared, doubts, recipe_in, remaking
from vizlib.batch.saved.finding import find
from vizlib.batch.saved.kind import Asked, Fits, Found, threads_of
from vizlib.batch.saved.table import SAVED, saved_of
from vizlib.batch.worker import computing_with
from vizlib.command import words
from vizlib.command.given import pictures
from vizlib.command.telling import Folder, Teller, carried
from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.pictures import encode_png
from vizlib.runs import Shelf, limits

_EXAMPLE: Final = """    filterscope rerun filterscope_atlas.png
    filterscope rerun maps/*.png --picture cat.jpg --device cpu --json
    filterscope rerun fooled.png --network local/resnet50 --out again"""
_MORE: Final = f"""It can make again: {", ".join(each.called for each in SAVED)}.

A file that shows a drawn picture or a sample photograph finds it by its key. Of somebody's own picture the file holds
the key only, so --picture has to give the picture itself.

Here the exit code is 0 only if every picture is the same to the bit."""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope rerun` say; returns the exit code."""
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Reads the recipe inside PNG files that a page or this command has saved, makes each picture again, and says\n"
        "whether it is the same to the bit, or by how much it differs."
    )
    made = words.parser("rerun", about, _EXAMPLE, _MORE)
    made.add_argument("files", nargs="+", metavar="FILE.png", help="saved pictures, folders of them or patterns")
    text = "the network that made the files, by the name that it has here (the name in the recipe)"
    made.add_argument("--network", metavar="NAME", help=text)
    text = "the picture that the files are about, if it was somebody's own; scene:100 and the like are known too"
    made.add_argument("--picture", metavar="PICTURE", help=text)
    text = "of the CPU that compute, on whose number the last bits depend (as the file says, else all)"
    made.add_argument("--threads", type=words.count, metavar="N", help=text)
    made.add_argument("--out", metavar="FOLDER", help="also writes the pictures that were made again into this folder")
    return made


@dataclass(frozen=True, eq=False)
class _Here:
    """What all files of a command have in common: where networks and pictures come from, and where news go."""

    asked: argparse.Namespace
    teller: Teller
    shelf: Shelf
    picture: Found | None
    folder: Folder | None

    def network(self, name: str) -> Classifier:
        return self.shelf.get(self.asked.network or name)

    def find(self, model: Classifier, fits: Fits) -> Found:
        return find(fits, model.preprocessing.channels == 1, self.picture)


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    picture = None if asked.picture is None else Found(pictures([asked.picture])[0].open())
    shelf = Shelf(limits.allowed().networks, lambda name, device, labels: words.network(asked, name))
    here = _Here(asked, teller, shelf, picture, None if asked.out is None else Folder(asked.out))
    for each in (each for each in pictures(asked.files) if each.title in asked.files or _is_png(each.title)):
        with teller.trying(each.title):
            _one(here, each.title)


def _one(here: _Here, path: str) -> None:
    """Makes one file again, and tells how it compares."""
    data = _content(path)
    recipe = recipe_in(data)
    saved = saved_of(recipe)
    model = here.network(str(recipe.get("network", "")))
    check_weights(model, recipe)
    run = remaking(Asked(model, recipe, partial(here.find, model)), saved)
    with computing_with(here.asked.threads or threads_of(recipe)):
        image = here.teller.returned(run, saved.called)
    found = compared(image, data, recipe)
    reason = "" if found.pixels else doubts(saved, recipe)
    record: dict[str, Any] = {"file": path, "kind": saved.called, "network": model.name, "same": found.pixels}
    record |= {"same_file": found.file, "changed": found.changed, "levels": found.levels}
    if here.folder is not None:
        record["again"] = here.folder.write(Path(path).stem, ".png", encode_png(image, recipe))["file"]
    record |= {"note": reason, "recipe": recipe}
    here.teller.result(f"{path}: {saved.called}, {found.words}. {reason}".strip(), record)
    here.teller.failed += not found.pixels


def _is_png(path: str) -> bool:
    """Whether a file out of a folder is tried."""
    return path.casefold().endswith(".png")


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise VizError(f"The file cannot be read: {problem.strerror}.", "Check its name and folder.") from None
