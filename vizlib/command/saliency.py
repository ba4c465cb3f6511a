"""filterscope saliency: which pixels of pictures a network's answer depends on, as maps over the pictures."""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from vizlib.batch import Task
from vizlib.batch.kinds import saliency
from vizlib.batch.kinds.kind import classes_of, methods_of
from vizlib.batch.saved import saliency_map
from vizlib.batch.saved.kind import Found, in_file, seen
from vizlib.batch.saved.saliency_map import MapView
from vizlib.command import words
from vizlib.command.given import Given, pictures
from vizlib.command.making import Maker
from vizlib.command.telling import Folder, Teller, carried
from vizlib.pictures import encode_png
from vizlib.render import Array, scale_of
from vizlib.saliency import MENU

_METHODS: Final = ("guided", "grad_cam")
_EXAMPLE: Final = """    filterscope saliency scene:7 --method grad_cam --out maps
    filterscope saliency photos/*.jpg --network resnet50 --method smoothgrad --set samples=50 --target tabby --raw
    filterscope saliency --list"""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope saliency` say; returns the exit code."""
    if "--list" in given:
        return words.listed(MENU)
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Draws which pixels a network's answer depends on, and writes PICTURE_METHOD.png for each picture and method,\n"
        "with its recipe inside: filterscope rerun makes it again."
    )
    methods = f"The methods are {', '.join(each.key for each in MENU)}. --list prints what can be set for each."
    made = words.parser("saliency", about, _EXAMPLE, methods, pictures=True)
    words.add_network(made)
    text = f"may be given several times ({' and '.join(_METHODS)})"
    made.add_argument("--method", action="append", metavar="NAME", help=text)
    made.add_argument("--target", type=words.target, metavar="CLASS", help="a class by name or number (the answer)")
    made.add_argument("--layer", metavar="PATH", help="of methods that read one (the last one with maps)")
    text = "the second class of finer_cam (the most likely one but the target)"
    made.add_argument("--against", type=words.target, metavar="CLASS", help=text)
    words.add_settings(made, "the method; name one method with it")
    text = "how much the map covers, 0 to 1; 1 is the map alone"
    made.add_argument("--strength", type=float, default=saliency_map.STRENGTH, metavar="SHARE", help=f"{text} (0.75)")
    made.add_argument("--raw", action="store_true", help="also writes the numbers, as NumPy's .npy")
    words.add_out(made, "the maps")
    made.add_argument("--list", action="store_true", help="prints the methods with their settings, and ends")
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    given, model = pictures(asked.pictures), words.network(asked)
    names = tuple(asked.method or _METHODS)
    settings = {MENU[name].key: words.settings(asked.settings) for name in names} if asked.settings else {}
    methods_of(MENU, names, settings)  # wrong words are told before anything is computed
    target = saliency.TOP if asked.target is None else asked.target
    named = tuple(each for each in (target, asked.against) if each not in (saliency.TOP, None))
    if named:
        classes_of(model, named)
    maker, folder, view = Maker(model, teller), Folder(asked.out), MapView(asked.strength)
    for each in given:
        with teller.trying(each.title):
            layers = asked.layer and (asked.layer,)
            plan = saliency.Maps((model.name,), (each.name,), names, (target,), layers, settings, asked.against)
            for task in saliency.KIND.tasks(plan, model, maker.device):
                _one(maker, each, task, (view, folder if asked.raw else None, folder))


def _one(maker: Maker, given: Given, task: Task, how: tuple[MapView, Folder | None, Folder]) -> None:
    """Makes, writes and tells one map."""
    view, raw, folder = how
    values: Array = maker.made(saliency.KIND, task, keep=not given.own).values[0].numpy()
    method, label = MENU[task.recipe["method"]], int(task.recipe["target"])
    image, _ = seen(maker.model, Found(given.open()))
    picture = saliency_map.draw(image, values, saliency_map.is_signed(method, values), view)
    stem, parts = f"{given.stem}_{method.key}", in_file(task.recipe, **view.parts)
    record: dict[str, Any] = {"picture": given.title, "network": maker.model.name, "method": method.key}
    record |= {"class": label, "label": maker.model.class_names[label], "limit": scale_of(values)}
    record |= folder.write(stem, ".png", encode_png(picture, parts)) | {"recipe": parts}
    if raw is not None:
        record["raw"] = raw.write(stem, ".npy", _npy(values))["file"]
    maker.teller.result(_line(record), record)


def _line(record: Mapping[str, Any]) -> str:
    return f"{record['picture']}: {record['method']} for {record['label']}, in {record['file']}"


def _npy(values: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    return file.getvalue()
