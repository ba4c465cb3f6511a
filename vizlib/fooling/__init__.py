"""What fools it? One file per attack; each looks for a small change of a picture that makes it another class.

The bytes of the PNG file are the ground truth: what is called a success was read off the decoded file.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from importlib import import_module
from typing import Any

from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.fooling.batch import plain_hunt
from vizlib.fooling.case import FRONTIER
from vizlib.fooling.engine import aimed, attack
from vizlib.fooling.reading import Picture
from vizlib.fooling.result import HIGHEST, Attempt, Fooling, Moment
from vizlib.fooling.walk import Walk, blend, walk, walking
from vizlib.method import Menu, turn
from vizlib.models import Classifier

__all__ = [
    "FRAMES",
    "FRONTIER",
    "HIGHEST",
    "MENU",
    "Attempt",
    "Fooling",
    "Moment",
    "Walk",
    "blend",
    "fool",
    "fooling",
    "fooling_methods",
    "perturb",
    "walk",
    "walking",
]

MENU = Menu.of(
    "attack", __name__, "lattice", "classic", "robust", "noise", "pgd", "ddn", "fmn"
)  # in the order of the screen
_BATCHED = ("pgd", "ddn", "fmn")
FRAMES = (Attempt, Fooling, Moment, Walk)  # the classes of results that may be kept on disk


def perturb(
    model: Classifier,
    pixels: Tensor,
    targets: Sequence[int] | Tensor | None,
    method: str = "ddn",
    seed: int = 0,
    **knobs: Any,
) -> Tensor:
    """Pixels (N, 3, H, W) that fool the network, by a published attack, as papers have them: not rounded, no files.

    targets: a class per picture; None to leave what each is taken for. method: "pgd", "ddn" or "fmn".
    The same arguments give the same pixels. A picture for which nothing was found comes back as it is ("pgd": as it
    last was). Raises UnknownName for another method, VizError or UnknownName for other targets or settings.
    """
    published = {name: import_module(f"{__name__}.{name}") for name in _BATCHED}
    if method not in published:
        raise UnknownName.among("attack on batches", method, published)
    turned = turn(MENU[method].knobs, **knobs)
    answer: Tensor = published[method].perturbed(
        plain_hunt(model, pixels, targets), pixels.to(model.device), turned, seed
    )
    return answer


def fooling_methods() -> list[str]:
    """The names that `fool` and `fooling` know, in the order of the screen."""
    return [method.key for method in MENU]


def fooling(
    model: Classifier,
    picture: Picture,
    target: int | str | None,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    **knobs: Any,
) -> Generator[Attempt, None, None]:
    """An attack as it goes, a frame a step; the last one has the `result`.

    picture: PIL or uint8 (H, W, 3), best as it was opened; or pixels (1, 3, H, W), whose file must then fool both as
        these pixels and as a file that is resized and cropped anew, at twice the gradients.
    target: a class, by index or name; None for any other class than the original's.
    goal: HIGHEST (0), or the probability of the target that is to be reached.
    knobs: the method's settings by name.

    Raises UnknownName, VizError, TooBig or DeviceFailed at the first step, each with its remedy. What cannot be found
    within the budget is a result without `success`, and a `note` says how far it came.
    """
    entry = MENU[method]
    yield from attack(model, picture, aimed(model, target, goal, seed), entry, turn(entry.knobs, **knobs))


def fool(
    model: Classifier,
    picture: Picture,
    target: int | str | None,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    **knobs: Any,
) -> Fooling:
    """The file that fools the network, or the best try; arguments and errors as of `fooling`."""
    result = None
    for attempt in fooling(model, picture, target, method, goal, seed, **knobs):
        result = attempt.result
    if result is None:
        raise VizError("The attack ended without a result.", "Please report it.")
    return result
