"""Pictures that fool a network, as the page "What fools it?" looks for them. A task is one picture and one target.

Pages never keep what they make of a visitor's own files, so the results of a folder are for scripts; those of
photographs and drawn pictures open on the page.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from PIL import Image
from torch import Tensor

from vizlib.batch.kinds.kind import Kind, classes_of, methods_of
from vizlib.batch.pictures import again, for_model, sources
from vizlib.batch.reading import Names, Seeds, Some, classes, one_of, texts
from vizlib.batch.task import Task, task
from vizlib.errors import VizError
from vizlib.fooling import FRAMES, HIGHEST, MENU, Attack, Attempt, Fooling, fooling
from vizlib.method import settings_of
from vizlib.models import Classifier

GOALS: Final = {"first": HIGHEST, "50 %": 0.5, "90 %": 0.9, "99 %": 0.99}
NEAR: Final = "the most similar class"
FAR: Final = "the least likely class"
ANY: Final = "any other class"  # untargeted: the original's class has to go, whatever comes
FIRST: Final = "first"  # of GOALS, and the only one without a target
_ALL: Final = "all"  # the goal of a run that finds an image for each


@dataclass(frozen=True)
class Fooled:
    """Fooling has "networks" and "pictures", and may have "target", "methods", "goal", "seed" and "settings"."""

    networks: Names
    pictures: Annotated[tuple[Any, ...], sources]
    target: Annotated[tuple[int | str, ...] | str, classes] = (NEAR,)
    methods: Annotated[tuple[str, ...], texts] = ("lattice",)
    goal: Annotated[str, one_of(*GOALS)] = "90 %"
    seed: Seeds = (0,)
    settings: Some = field(default_factory=dict)  # by method


@dataclass(frozen=True)
class Asked:
    """Everything that reproduces a fooling image of a given picture on a given network."""

    target: int | None  # class; None: any but the original's
    method: Attack
    goal: str  # a key of GOALS
    seed: int
    settings: Mapping[str, Any]  # the method's knobs

    @property
    def frontier(self) -> bool:
        """Whether one run finds an image for each goal."""
        return bool(self.settings.get(self.method.frontier_knob))

    def recipe(self, network: Mapping[str, Any], picture: Image.Image) -> dict[str, Any]:
        """Reproduces the run. If one run finds an image for each goal, all goals share its recipe.

        network: its name and weights, and the picture's key.
        """
        goal = _ALL if self.frontier else self.goal
        asked = {"target": self.target, "method": self.method.key, "goal": goal, "seed": self.seed}
        return {**network, "what": "fooling", "size": list(picture.size), "settings": dict(self.settings)} | asked

    def start(self, model: Classifier, picture: Image.Image) -> Generator[Attempt, None, None]:
        """The run."""
        goal = HIGHEST if self.frontier or self.target is None else GOALS[self.goal]
        yield from fooling(model, picture, self.target, self.method.key, goal, self.seed, **self.settings)

    def at_goal(self, result: Fooling) -> Fooling:
        """The image for the goal that was chosen, if one run found an image for each goal."""
        if not self.frontier:
            return result
        chosen = {each.goal: each for each in result.frontier}.get(GOALS[self.goal], result)
        return replace(chosen, frontier=result.frontier)


def as_asked(method: Attack, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with which pages ask: a method that can find an image for each goal does."""
    return settings | ({method.frontier_knob: True} if method.frontier_knob else {})


def ranked(model: Classifier, pixels: Tensor) -> list[int]:
    """The network's classes for a picture, the most probable one first."""
    order: list[int] = model.predict(pixels)[0].cpu().argsort(descending=True, stable=True).tolist()
    return order


def _tasks(asked: Fooled, model: Classifier, device: str) -> Iterator[Task]:
    methods = methods_of(MENU, asked.methods, asked.settings)
    for name, picture, network in for_model(model, asked.pictures):
        for target in _targets(model, asked, picture):
            for method, knobs in methods:
                for seed in asked.seed:
                    one = Asked(target, method, asked.goal, seed, as_asked(method, settings_of(knobs)))
                    yield task("fooling", model.name, device, one.recipe(network, picture), picture=dict(name))


def _targets(model: Classifier, asked: Fooled, picture: Image.Image) -> list[int] | list[None]:
    if asked.target == (ANY,):
        if asked.goal != FIRST:
            what = f"Towards {ANY}, there is no probability to reach."
            raise VizError(what, f'Give the goal "{FIRST}", or a class.')
        return [None]
    special = {NEAR: 1, FAR: -1}
    if isinstance(asked.target, tuple) and len(asked.target) == 1 and asked.target[0] in special:
        return [ranked(model, model.prepare(picture))[special[str(asked.target[0])]]]
    return classes_of(model, asked.target)


def _run(model: Classifier, task: Task) -> Generator[Attempt, None, None]:
    one = asked_of(task.recipe)
    return one.start(model, again(task.more["picture"], task.recipe["picture"]))


def asked_of(found: Mapping[str, Any]) -> Asked:
    """What a recipe asks for. Where one run finds an image for each goal, it is asked for the first one."""
    goal = FIRST if found["goal"] == _ALL else found["goal"]
    return Asked(found["target"], MENU[found["method"]], goal, found["seed"], found["settings"])


KIND = Kind("fooling", Fooled, _tasks, _run, FRAMES)
