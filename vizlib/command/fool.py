"""filterscope fool: files that look the same to a person and are another class to a network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Final

from vizlib.batch import Task
from vizlib.batch.kinds import fooling
from vizlib.batch.kinds.fooling import ANY, FAR, FIRST, GOALS, NEAR
from vizlib.batch.kinds.kind import classes_of, methods_of
from vizlib.command import words
from vizlib.command.given import Given, pictures
from vizlib.command.making import Maker
from vizlib.command.telling import Folder, Teller, carried
from vizlib.errors import VizError
from vizlib.fooling import MENU, Fooling
from vizlib.pictures import read_recipe

_SPECIAL: Final = {"near": NEAR, "far": FAR, "any": ANY}
_USUAL: Final = "90 %"  # the goal, where there is a target
_EXAMPLE: Final = """    filterscope fool scene:7 --target goat --out fooled
    filterscope fool photos --network resnet50 --target toaster --goal "99 %" --method pgd --set levels=4
    filterscope fool --list"""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope fool` say; returns the exit code."""
    if "--list" in given:
        return words.listed(MENU)
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Looks for a file that looks like the picture and is another class to the network, checks the file, and\n"
        "writes PICTURE_METHOD.png with its recipe inside: filterscope rerun makes it again."
    )
    methods = (
        f"The methods are {', '.join(each.key for each in MENU)}. --list prints what can be set for each.\n\n"
        "Where the network is not fooled, the best try is written, the result says so (success is false), and the\n"
        "exit code is 1."
    )
    made = words.parser("fool", about, _EXAMPLE, methods, pictures=True)
    words.add_network(made)
    text = (
        "a class by name or number, near (the network's second choice), far (the least likely one) or any (any other "
        "than the picture's) (near)"
    )
    made.add_argument("--target", type=words.target, default="near", metavar="CLASS", help=text)
    made.add_argument("--method", default="lattice", metavar="NAME", help="how the file is looked for (lattice)")
    text = "first: the target has the highest score; or the probability that it must reach (90 %%; towards any: first)"
    made.add_argument("--goal", choices=list(GOALS), help=text)
    words.add_settings(made, "the method")
    words.add_seed(made)
    words.add_out(made, "the files")
    made.add_argument("--list", action="store_true", help="prints the methods with their settings, and ends")
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    given, model, key = pictures(asked.pictures), words.network(asked), MENU[asked.method].key
    settings = {key: words.settings(asked.settings)}
    methods_of(MENU, (key,), settings)  # wrong words are told before anything is computed
    target = _SPECIAL.get(asked.target, asked.target)
    if target not in _SPECIAL.values():
        classes_of(model, (target,))
    goal = asked.goal or (FIRST if target == ANY else _USUAL)
    maker, folder = Maker(model, teller), Folder(asked.out)
    for each in given:
        with teller.trying(each.title):
            plan = fooling.Fooled((model.name,), (each.name,), (target,), (key,), goal, (asked.seed,), settings)
            for task in fooling.KIND.tasks(plan, model, maker.device):
                _one(maker, each, task, goal, folder)


def _one(maker: Maker, given: Given, task: Task, goal: str, folder: Folder) -> None:
    """Makes, writes and tells one file."""
    asked = fooling.asked_of({**task.recipe, "goal": goal})
    result = asked.at_goal(maker.made(fooling.KIND, task, keep=not given.own).result)
    file = folder.write(f"{given.stem}_{result.method}", ".png", result.png)
    record = {"picture": given.title, "network": maker.model.name, "method": result.method, **_numbers(maker, result)}
    record |= {**file, "recipe": read_recipe(result.png)}
    said = f"{record['label']} with {100 * record['probability']:.1f} %"
    maker.teller.result(f"{given.title}: {said}, change {result.l2:.2f} (L2), in {file['file']}", record)
    if not result.success:
        maker.teller.problem(given.title, VizError(result.note or "The network was not fooled."))


def _numbers(maker: Maker, result: Fooling) -> dict[str, Any]:
    names = maker.model.class_names
    return {
        "success": result.success,
        "source": names[result.source],
        "target": None if result.target is None else names[result.target],
        "label": names[result.label],
        "probability": float(result.probabilities_after[result.label]),
        "l2": result.l2,
        "linf_levels": result.linf_levels,
        "changed": result.changed,
        "gradients": result.gradients,
    }
