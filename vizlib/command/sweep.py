"""filterscope sweep: pictures are changed more and more, and a network's answers are told for every value."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final

from vizlib.batch.kinds.kind import classes_of
from vizlib.batch.pictures import picture_key
from vizlib.command import words
from vizlib.command.given import Given, pictures
from vizlib.command.telling import Folder, Teller, carried
from vizlib.evaluation import SHAKES, Sweep, find_shake, sweeping
from vizlib.evaluation.shakes import shakes
from vizlib.models import Classifier

_EXAMPLE: Final = """    filterscope sweep scene:7 --transform rotation --values -20 -10 0 10 20
    filterscope sweep photos --network resnet50 --transform jpeg --target tabby --json
    filterscope sweep --list"""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope sweep` say; returns the exit code."""
    if "--list" in given:
        print(shakes())
        return 0
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Changes pictures more and more in one way, and says for each value what the network answers and how probable\n"
        "the target is."
    )
    transforms = f"The transforms are {', '.join(SHAKES)}. --list prints their units, ranges and usual values."
    made = words.parser("sweep", about, _EXAMPLE, transforms, pictures=True)
    words.add_network(made)
    made.add_argument("--transform", default="resize", metavar="NAME", help="what is done to the pictures (resize)")
    text = "how strongly, in the unit of the transform; after the pictures (its usual values)"
    made.add_argument("--values", nargs="+", type=_value, metavar="VALUE", help=text)
    text = "a class by name or number (the answer to the unchanged picture)"
    made.add_argument("--target", type=words.target, metavar="CLASS", help=text)
    words.add_seed(made)
    text = "also writes one JSON object for each picture into a file PICTURE_TRANSFORM.json in this folder"
    made.add_argument("--out", metavar="FOLDER", help=text)
    made.add_argument("--list", action="store_true", help="prints the transforms, and ends")
    return made


def _value(given: str) -> int | float | str:
    """A number where it is one: -3 is a value, and no option."""
    try:
        number = float(given)
    except ValueError:
        return given
    return int(number) if number.is_integer() else number


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    given, model, key = pictures(asked.pictures), words.network(asked), find_shake(asked.transform).key
    target = None if asked.target is None else classes_of(model, (asked.target,))[0]
    folder = None if asked.out is None else Folder(asked.out)
    for each in given:
        with teller.trying(each.title):
            picture = each.open()
            frame = teller.last(sweeping(model, picture, key, asked.values, asked.seed), key)
            wanted = model.top(model.prepare(picture))[0].index if target is None else target
            recipe = words.part_of(model, "sweep of a picture") | {"picture": picture_key(picture), "seed": asked.seed}
            _tell(teller, each, _record(model, each, frame, wanted), recipe, folder)


def _record(model: Classifier, given: Given, frame: Sweep, wanted: int) -> dict[str, Any]:
    shares, names = frame.probabilities[:, 0], model.class_names
    best = [int(each) for each in shares.argmax(1)]
    return {
        "picture": given.title,
        "network": model.name,
        "transform": frame.transform,
        "class": wanted,
        "target": names[wanted],
        "values": list(frame.values),
        "labels": [names[each] for each in best],
        "probabilities": [float(each) for each in shares[:, wanted]],
        "kept": sum(each == wanted for each in best) / len(best),
    }


def _short(value: int | float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _tell(teller: Teller, given: Given, record: dict[str, Any], recipe: dict[str, Any], folder: Folder | None) -> None:
    recipe |= {"shake": record["transform"], "values": record["values"]}
    if folder is not None:
        text = json.dumps(record | {"recipe": recipe}, ensure_ascii=False, indent=1)
        record |= folder.write(f"{given.stem}_{record['transform']}", ".json", text.encode())
    rows = zip(record["values"], record["labels"], record["probabilities"], strict=True)
    said = "".join(
        f"\n    {_short(value)}: {label}, {record['target']} {100 * share:.1f} %" for value, label, share in rows
    )
    head = f"{given.title}: {record['target']} in {100 * record['kept']:.0f} % of the values of {record['transform']}"
    teller.result(head + said, record | {"recipe": recipe})
