"""filterscope finetune: trains a network further on a set of pictures, and writes the new one in timm's layout."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vizlib.batch.kinds import fine_tuning
from vizlib.batch.sets import Drawn
from vizlib.command import sets, words
from vizlib.command.making import Maker
from vizlib.command.telling import Teller, carried
from vizlib.errors import UnknownName, VizError
from vizlib.training import Tuning

_EXAMPLE: Final = """    filterscope finetune insects --network resnet18 --train head --out tuned
    filterscope finetune flowers/ --network resnet50 --train all --set steps=200 --set rate=0.003 --out tuned"""
_KNOWN: Final = [*fine_tuning.USUAL, "size"]
_SETTINGS: Final = f"""The settings, each with its usual value: {
    ", ".join(f"{name}={value}" for name, value in fine_tuning.USUAL.items())
}, size (px; 64, or the network's own)."""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope finetune` say; returns the exit code."""
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Trains a network on a set of pictures, says how many held-out pictures it recognizes, and writes it into a\n"
        "folder NETWORK_SET_TRAIN that --network local/..., VIZLIB_WEIGHTS and timm open."
    )
    made = words.parser("finetune", about, _EXAMPLE, _SETTINGS)
    sets.add_set(made)
    words.add_network(made)
    text = "what learns: head, all, scratch (all, from random weights), or the path of a layer (head)"
    made.add_argument("--train", default="head", metavar="PART", help=text)
    words.add_settings(made, "the training")
    words.add_seed(made)
    words.add_out(made, "the new network")
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    wanted, model = sets.wanted(asked), words.network(asked)
    maker = Maker(model, teller)
    settings = words.settings(asked.settings)
    for name in settings:
        if name not in _KNOWN:
            raise UnknownName.among("setting", name, _KNOWN)
    plan = fine_tuning.Sweep((model.name,), (wanted,), train=(asked.train,), seed=(asked.seed,), settings=settings)
    (task,) = fine_tuning.KIND.tasks(plan, model, maker.device)
    tuning: Tuning = maker.made(fine_tuning.KIND, task, keep=isinstance(wanted, Drawn))
    name = "_".join(map(words.file_name, (model.name, Path(asked.set).name, asked.train)))
    _tell(teller, tuning, _written(tuning, Path(asked.out) / name), {**task.recipe})


def _written(tuning: Tuning, folder: Path) -> dict[str, Any]:
    """Writes the network; returns its part of a record."""
    try:
        tuning.save(folder)
    except OSError as problem:
        what = f"{folder} cannot be written: {problem.strerror}."
        raise VizError(what, "Give another folder with --out, or make room.") from None
    files = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in sorted(folder.iterdir())}
    weights = next((each for each in files if each.endswith(".safetensors")), "")
    return {"folder": str(folder), "file": str(folder / weights), "sha256": files.get(weights, ""), "files": files}


def _tell(teller: Teller, tuning: Tuning, written: dict[str, Any], recipe: dict[str, Any]) -> None:
    record = {
        "network": recipe["network"],
        "accuracy": tuning.accuracy,
        "best_step": tuning.best_step,
        "steps": tuning.step,
        "classes": list(tuning.classes),
        "note": tuning.note,
        **written,
        "recipe": recipe,
    }
    said = f"{100 * tuning.accuracy:.1f} % of the held-out pictures are right, in {written['folder']}"
    teller.result(f"{said} {tuning.note}".strip(), record)
