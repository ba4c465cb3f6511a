"""filterscope maximize: pictures to which a network gives a high score for a class, as the page of classes makes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Final

from vizlib.activation_maximization import Reel
from vizlib.activation_maximization.presets import settings
from vizlib.batch import Task
from vizlib.batch.kinds import class_pictures
from vizlib.batch.kinds.kind import classes_of
from vizlib.batch.saved import class_picture
from vizlib.batch.saved.kind import in_file
from vizlib.command import words
from vizlib.command.making import Maker
from vizlib.command.telling import Folder, Teller, carried
from vizlib.pictures import encode_movie, encode_png

_MILLISECONDS, _HOLD = 90, 2000  # how long a film shows each picture, and the last one
_EXAMPLE: Final = """    filterscope maximize sheep --steps 128 --seed 3 --out classes
    filterscope maximize tabby 7 --network resnet50 --set tv=0.5 --film
    filterscope maximize --list"""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope maximize` say; returns the exit code."""
    if "--list" in given:
        print(settings())
        return 0
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Draws what classes look like to a network: a picture that is changed until the class's score is high. Writes\n"
        "CLASS.png for each, with its recipe inside: filterscope rerun makes it again."
    )
    more = "--list prints the settings. For channels of layers, see filterscope atlas."
    made = words.parser("maximize", about, _EXAMPLE, more)
    made.add_argument(
        "classes", nargs="+", type=words.target, metavar="CLASS", help="a class by name or number, or all"
    )
    words.add_network(made)
    made.add_argument("--steps", type=words.count, default=256, metavar="N", help="of the optimization (256)")
    made.add_argument("--start", choices=("noise", "gray"), default="noise", help="where it begins (noise)")
    made.add_argument("--size", type=words.count, metavar="PX", help="of the picture (the network's own)")
    words.add_settings(made, "the optimization")
    words.add_seed(made)
    made.add_argument("--film", action="store_true", help="also writes CLASS.gif, which shows how the picture forms")
    words.add_out(made, "the pictures")
    made.add_argument("--list", action="store_true", help="prints the settings, and ends")
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    model = words.network(asked)
    wanted: Any = "all" if asked.classes == ["all"] else tuple(asked.classes)
    classes_of(model, wanted)  # wrong words are told before anything is computed
    plan = class_pictures.ClassPictures(
        (model.name,), wanted, asked.steps, (asked.seed,), asked.start, asked.size, words.settings(asked.settings)
    )
    maker, folder = Maker(model, teller), Folder(asked.out)
    for task in list(class_pictures.KIND.tasks(plan, model, maker.device)):
        with teller.trying(task.recipe["name"]):
            _one(maker, task, folder, asked.film)


def _one(maker: Maker, task: Task, folder: Folder, film: bool) -> None:
    """Makes, writes and tells one picture."""
    reel: Reel = maker.made(class_pictures.KIND, task)
    name = str(task.recipe["name"])
    likely = next((each.probability for each in reversed(reel.stills) if each.probability is not None), None)
    stem, recipe = words.file_name(name), in_file({**task.recipe, "step": reel.step})
    record: dict[str, Any] = {"network": maker.model.name, "class": task.recipe["target"], "label": name}
    record |= {"logit": float(reel.frame.scores[0]), "probability": likely, "steps": reel.step}
    record |= folder.write(stem, ".png", encode_png(class_picture.draw(reel), recipe)) | {"recipe": recipe}
    if film:
        record["film"] = folder.write(stem, ".gif", _film(reel, recipe))["file"]
    said = "" if likely is None else f"{100 * likely:.1f} %, "
    maker.teller.result(f"{name}: {said}logit {record['logit']:.1f}, in {record['file']}", record)


def _film(reel: Reel, recipe: dict[str, Any]) -> bytes:
    images = [each.image for each in reel.film]
    return encode_movie(images, "gif", [*[_MILLISECONDS] * (len(images) - 1), _HOLD], recipe)
