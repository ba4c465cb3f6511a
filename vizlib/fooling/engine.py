"""From a picture and a class to a verified file: what every attack has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vizlib.fooling.aim import Aim, sought
from vizlib.fooling.attack import Attack
from vizlib.fooling.case import Case
from vizlib.fooling.reading import Reading, reading_of, values_of
from vizlib.fooling.result import HIGHEST, Attempt, Fooling
from vizlib.fooling.scoring import Criterion
from vizlib.method import settings_of
from vizlib.models import Classifier, best_names, folded
from vizlib.pictures import Picture, encode_png, open_picture
from vizlib.render import Image8

_ALREADY: Final = "The original is the target already: nothing had to be changed."
_BELOW: Final = "The original's label has less than 50 % already: nothing had to be changed."
_ABOVE: Final = "The original has such scores already: nothing had to be changed."


@dataclass(frozen=True, eq=False)
class Begun:
    """An attack on one picture before its first step."""

    case: Case
    aim: Aim
    method: Attack
    knobs: Any
    before: Tensor  # (1, ways, K), the logits of the original

    def needless(self) -> Attempt | None:
        """The frame with the result if nothing has to be changed."""
        reason = _needless(self.case, self.before)
        if not reason:
            return None
        result = _untouched(self, recipe_of(self.case, self.aim, self.method, self.knobs), reason)
        return _ended(Attempt(0, 0, self.case.reading.original, (), self.aim.goal), result)

    def ended(self, last: Attempt | None) -> Attempt:
        """The frame with the result, after the last one of the attack."""
        last = last or self.case.attempt(0, 0, self.case.start())
        return _ended(last, conclude(self.case, self.aim, self.method, self.knobs))


def begin(model: Classifier, picture: Picture, aim: Aim, method: Attack, knobs: Any) -> Begun:
    """The attack, with the picture read and the network asked about the original."""
    if method.begin is not None:
        picture = method.begin(model, knobs, aim.seed)
    if method.confidence is not None and aim.kind != "away":
        aim = replace(aim, goal=max(aim.goal, method.confidence(knobs)))
    reading = reading_of(model, picture, method.resolution(knobs))
    case, before = case_of(model, reading, aim, method.traced(knobs))
    return Begun(case, aim, method, knobs, before)


def attack(model: Classifier, picture: Picture, aim: Aim, method: Attack, knobs: Any) -> Generator[Attempt, None, None]:
    """The method's frames, then one with the result."""
    begun = begin(model, picture, aim, method, knobs)
    if (frame := begun.needless()) is not None:
        yield frame
        return
    last = None
    for last in method.run(begun.case, knobs):
        yield last
    yield begun.ended(last)


def case_of(model: Classifier, reading: Reading, aim: Aim, traced: tuple[float, ...] = ()) -> tuple[Case, Tensor]:
    """The case, and the logits (1, ways, K) of its original; `traced` are further goals on the way to a target."""
    fast, _ = folded(model)
    nobody = torch.zeros(1, dtype=torch.long, device=model.device)
    criterion = Criterion(model, fast, reading.look, nobody, None, reading.tie)
    logits = criterion.settle(reading.start(model.device), *sought([aim], len(model.class_names), model.device))
    goals = {aim.goal, *traced} if criterion.directed else {aim.goal}
    return Case(reading, criterion, tuple(sorted(goals)), aim.seed), logits


def _needless(case: Case, logits: Tensor) -> str:
    """Why there is nothing to do, or ""."""
    criterion = case.criterion
    if not criterion.directed and not criterion.model.outputs.sigmoid:
        return ""  # the original is its own class
    if not bool(criterion.reached(logits, case.goals[-1])[0]):
        return ""
    return _BELOW if not criterion.directed else _ALREADY if criterion.weights is None else _ABOVE


def _ended(frame: Attempt, result: Fooling) -> Attempt:
    return replace(frame, image=result.image, best=result.l2 if result.success else None, result=result)


def conclude(case: Case, aim: Aim, method: Attack, knobs: Any) -> Fooling:
    """The result for the aim's goal, with the frontier if more than one goal was sought."""
    recipe = recipe_of(case, aim, method, knobs)
    each = {goal: _result(case, replace(aim, goal=goal), method, recipe) for goal in case.goals}
    chosen = each[aim.goal]
    several = tuple(each.values()) if len(each) > 1 else ()
    plain = None
    if case.plain is not None:
        plain = _opened(case, aim, method, case.plain, {**recipe, "plain": True}, chosen.probabilities_before)
    return replace(chosen, frontier=several, plain=plain)


def recipe_of(case: Case, aim: Aim, method: Attack, knobs: Any) -> dict[str, Any]:
    """Everything that reproduces the file."""
    model = case.criterion.model
    return {
        "what": "fooling image",
        "network": model.name,
        "weights": model.fingerprint,
        "picture": hashlib.sha256(case.reading.original.tobytes()).hexdigest(),
        "method": method.key,
        "settings": settings_of(knobs),
        **aim.recipe,
    }


def _result(case: Case, aim: Aim, method: Attack, recipe: Mapping[str, Any]) -> Fooling:
    """The least changed file that still reaches the goal when it is opened again; else the best try."""
    before = case.criterion.model.predict(case.reading.look(case.start()))[0].cpu()
    parts = dict(recipe)
    if aim.goal != recipe["goal"]:
        parts |= {"goal": aim.goal, "asked": recipe["goal"]}  # found on the way to the goal that was asked for
    best: Fooling | None = None
    for image in case.candidates(aim.goal):
        best = _opened(case, aim, method, image, parts, before)
        if best.success:
            return best if best.change.any() else replace(best, note=_ALREADY)
    if best is None:
        image = case.reading.original if case.nearest is None else case.nearest[1]
        best = _opened(case, aim, method, image, parts, before)
    return best if best.success else replace(best, note=f"{_regret(case, best)} {case.note}".strip())


def _opened(case: Case, aim: Aim, method: Attack, image: Image8, recipe: Mapping[str, Any], before: Tensor) -> Fooling:
    """The image as a file, and the network's answer to that file."""
    criterion, model = case.criterion, case.criterion.model
    png = encode_png(image, recipe)
    picture = open_picture(png)
    with torch.no_grad():
        read = model(model.prepare(picture))
        ways = model(case.reading.look(values_of(image, model.device)))
    every = torch.cat([read, ways])[None]
    shares = model.probabilities(read)[0].cpu()
    return Fooling(
        method=method.key,
        network=model.name,
        source=int(criterion.source[0]),
        target=aim.target,
        goal=aim.goal,
        success=_holds(criterion, every, aim.goal),
        png=png,
        original=case.reading.original,
        image=np.array(picture),
        probabilities_before=before,
        probabilities_after=shares,
        gradients=criterion.gradients,
        trace=tuple(criterion.trace),
        note=case.note,
        milestones=tuple(case.milestones),
        objective=aim.words(model.class_names, int(criterion.source[0])),
        names=best_names(model.class_names, torch.stack([before, shares]), (int(criterion.source[0]), aim.target)),
    )


def _holds(criterion: Criterion, logits: Tensor, goal: float) -> bool:
    """Whether logits (1, ways, K) reach the goal; any lead is enough."""
    if not bool((criterion.lead_of(logits) > 0).all()):
        return False
    if goal == HIGHEST or not criterion.directed:
        return True
    if criterion.target is None:
        return bool((criterion.lead_of(logits).sigmoid() >= goal).all())
    return bool((criterion.model.probabilities(logits)[..., criterion.target[0]] >= goal).all())


def _regret(case: Case, best: Fooling) -> str:
    """Why there is no success, with the best that was reached."""
    after = best.probabilities_after
    if case.criterion.weights is not None:
        logits = case.criterion.logits(values_of(best.image, case.criterion.model.device))
        what = f"the sum of the scores reached {float(case.criterion.lead_of(logits).min()):.2f}"
    elif best.target is None:
        what = f"the original's class still has {float(after[best.source]):.1%}"
    else:
        what = f"the target reached {float(after[best.target]):.1%}"
    count = case.criterion.gradients
    words = f"Not found within the budget of {count} {'gradient' if count == 1 else 'gradients'}: {what}."
    if case.floating:
        words += " As floating-point numbers the picture did fool the network; rounding to 8 bits took it back."
    return words


def _untouched(begun: Begun, recipe: Mapping[str, Any], reason: str) -> Fooling:
    image, criterion, aim = begun.case.reading.original, begun.case.criterion, begun.aim
    model, source = criterion.model, int(criterion.source[0])
    shares = model.probabilities(begun.before[0, 0]).cpu()
    return Fooling(
        method=recipe["method"],
        network=model.name,
        source=source,
        target=aim.target,
        goal=aim.goal,
        success=True,
        png=encode_png(image, recipe),
        original=image,
        image=image,
        probabilities_before=shares,
        probabilities_after=shares,
        gradients=0,
        note=reason,
        objective=aim.words(model.class_names, source),
        names=best_names(model.class_names, shares, (source, aim.target)),
    )
