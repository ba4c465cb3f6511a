"""What fools a network? One file per attack; each looks for a small change of a picture that changes the answer.

The bytes of the PNG file are the ground truth: an attack succeeds only if the decoded file fools the network.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.fooling import classic, ddn, fmn, lattice, noise, pgd, robust
from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import perturbed, plain_criterion
from vizlib.fooling.case import FRONTIER
from vizlib.fooling.engine import aimed, attack
from vizlib.fooling.reading import MOST_PIXELS
from vizlib.fooling.result import HIGHEST, Attempt, Fooling, Moment, l2_of, psnr_of
from vizlib.fooling.walk import Walk, blend, walk, walking
from vizlib.method import Menu, turn
from vizlib.models import Classifier, check_range, in_own_context
from vizlib.pictures import Picture

__all__ = [
    "FRAMES",
    "FRONTIER",
    "HIGHEST",
    "MENU",
    "MOST_PIXELS",
    "Attack",
    "Attempt",
    "Fooling",
    "Moment",
    "Walk",
    "blend",
    "fool",
    "fooling",
    "fooling_methods",
    "l2_of",
    "perturb",
    "psnr_of",
    "walk",
    "walking",
]

MENU = Menu(  # in the order of the screen
    "attack",
    lattice.METHOD,
    classic.METHOD,
    robust.METHOD,
    noise.METHOD,
    pgd.METHOD,
    ddn.METHOD,
    fmn.METHOD,
)
FRAMES = (Attempt, Fooling, Moment, Walk)  # the classes of results that may be kept on disk


@in_own_context
def perturb(
    model: Classifier,
    pixels: Tensor,
    targets: Sequence[int | str] | Tensor | None,
    method: str = "ddn",
    seed: int = 0,
    **knobs: Any,
) -> Tensor:
    """Pixels (N, 3, H, W) that fool the network, by a published attack, as in its paper: neither rounded nor saved.

    targets: a class per picture, by index or name; None for any class but the predicted one (with independent labels:
        until that one has less than 50 %). method: "pgd", "ddn" or "fmn".
    The same arguments give the same pixels. Where nothing is found, "ddn" and "fmn" return the picture unchanged, and
    "pgd" returns its last step.

    Raises UnknownName for another method, VizError or UnknownName for other targets or settings.
    """
    entry = Menu("attack on batches", *(each for each in MENU if each.search is not None))[method]
    assert entry.search is not None
    turned, seed = turn(entry.knobs, **knobs), aimed(model, None, HIGHEST, seed).seed
    check_range(pixels)
    pixels = pixels.detach().to(model.device, torch.float32)
    return perturbed(entry.search, plain_criterion(model, pixels, targets), pixels, turned, seed)


def fooling_methods() -> list[str]:
    """The names that `fool` and `fooling` know, in the order of the screen."""
    return [method.key for method in MENU]


@in_own_context
def fooling(
    model: Classifier,
    picture: Picture,
    target: int | str | None,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    **knobs: Any,
) -> Generator[Attempt, None, None]:
    """Runs an attack and yields one frame per step; the last frame has the `result`.

    picture: anything that `vizlib.pictures.as_picture` takes, best as it was opened; or float pixels (1, 3, H, W), as
        `to_pixels` makes them. A file made of pixels has to fool the network twice: as these pixels, and resized and
        cropped like any other file. That doubles the gradients.
    target: a class, by index or name; None for any class but the original's. With independent labels, None means that
        the original's highest label falls below 50 %.
    goal: HIGHEST (0): the target has to have the highest score; or the probability that it has to reach as well.
    knobs: the method's settings by name.

    Raises UnknownName, VizError, TooBig or DeviceFailed at the first step, each with its remedy. If nothing is
    found within the budget, the result has no `success`, and its `note` says how close the attack came.
    """
    entry = MENU[method]
    yield from attack(model, picture, aimed(model, target, goal, seed), entry, turn(entry.knobs, **knobs))


@in_own_context
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
