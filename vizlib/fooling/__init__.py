"""What fools a network? One file per attack; each looks for a small change of a picture that changes the answer.

The bytes of the PNG file are the ground truth: an attack succeeds only if the decoded file fools the network.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, overload

from vizlib.fooling.accuracy import EPSILON_METHODS, EPSILONS, UnderAttack, accuracy_under_attack
from vizlib.fooling.aim import Targets, aims
from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import Batch
from vizlib.fooling.case import FRONTIER
from vizlib.fooling.engine import attack
from vizlib.fooling.menu import MENU
from vizlib.fooling.published import perturb, perturbing
from vizlib.fooling.reading import MOST_PIXELS
from vizlib.fooling.result import HIGHEST, Attempt, Attempts, Fooling, Moment, l2_of, psnr_of
from vizlib.fooling.several import attacks, pictures_of
from vizlib.fooling.walk import Walk, Walked, blend, walk, walking
from vizlib.method import turn
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Picture
from vizlib.steps import last

__all__ = [
    "EPSILONS",
    "EPSILON_METHODS",
    "FRAMES",
    "FRONTIER",
    "HIGHEST",
    "MENU",
    "MOST_PIXELS",
    "Attack",
    "Attempt",
    "Attempts",
    "Batch",
    "Fooling",
    "Moment",
    "UnderAttack",
    "Walk",
    "Walked",
    "accuracy_under_attack",
    "blend",
    "fool",
    "fooling",
    "fooling_methods",
    "l2_of",
    "perturb",
    "perturbing",
    "psnr_of",
    "walk",
    "walking",
]

FRAMES = (Attempt, Attempts, Fooling, Moment, UnderAttack, Walk)  # the classes of results that may be kept on disk


def fooling_methods() -> list[str]:
    """The names of the attacks that `fool` and `fooling` know, in the order of the dashboard.

    Returns a list. `fool` says what each of them does.

    Example:
        >>> import vizlib
        >>> vizlib.fooling_methods()
        ['lattice', 'classic', 'robust', 'noise', 'fgsm', 'ifgsm', 'pgd', 'ddn', 'fmn']
    """
    return [method.key for method in MENU]


@overload
def fooling(
    model: Classifier,
    picture: Picture,
    target: Targets,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    **knobs: Any,
) -> Generator[Attempt, None, None]: ...
@overload
def fooling(
    model: Classifier,
    picture: list[Any] | tuple[Any, ...],
    target: Targets,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    **knobs: Any,
) -> Generator[Attempts, None, None]: ...
@in_own_context
def fooling(
    model: Classifier,
    picture: Any,
    target: Any,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    **knobs: Any,
) -> Generator[Any, None, None]:
    """The run of `fool` as a generator of frames, one per step, so that it can be watched and stopped.

    model, picture, target, method, goal, seed, knobs: as for `fool`.

    Yields, for one picture, `Attempt` frames; the last one has the `result`, a `Fooling`. For several pictures,
    `Attempts` frames, whose last one has the `results` in the order of the pictures.

    Raises what `fool` raises, at the first step that meets it.

    Example:
        >>> import vizlib
        >>> from vizlib.fooling import fooling
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> for frame in fooling(model, draw_digit(seed=5, label=7).image, 3, steps=40):
        ...     pass
        >>> frame.step, frame.total, frame.result.success
        (40, 40, True)
    """
    entry = MENU[method]
    turned, several = turn(entry.knobs, **knobs), pictures_of(picture)
    wanted = aims(model, target, goal, seed, 1 if several is None else len(several))
    if several is None:
        yield from attack(model, picture, wanted[0], entry, turned)
    else:
        yield from attacks(model, several, wanted, entry, turned)


@overload
def fool(
    model: Classifier,
    picture: Picture,
    target: Targets,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    *,
    progress: bool = False,
    **knobs: Any,
) -> Fooling: ...
@overload
def fool(
    model: Classifier,
    picture: list[Any] | tuple[Any, ...],
    target: Targets,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    *,
    progress: bool = False,
    **knobs: Any,
) -> list[Fooling]: ...
@in_own_context
def fool(  # noqa: PLR0913  the arguments of an attack, as notebooks name them
    model: Classifier,
    picture: Any,
    target: Any,
    method: str = "lattice",
    goal: float = HIGHEST,
    seed: int = 0,
    *,
    progress: bool = False,
    **knobs: Any,
) -> Any:
    """A file (PNG) that the network takes for the target, although it looks like the original; or the best try.

    Success is that of the file: it is decoded, resized and cropped as any other file, and classified.

    model: the network.
    picture: one picture of any kind that `open_picture` and `to_pixels` take, best as it was opened (a path, bytes,
        a PIL image, an array (H, W, 3)). Then the file is as large as the network resizes pictures. Or pixels
        (1, 3, H, W) in [0, 1] as `to_pixels` makes them, rounded to whole levels: they are resized and cropped
        already, so the file has to fool the network twice, as these pixels and resized and cropped once more. The
        second reading doubles the gradients and mostly needs a larger change; give the picture where you can.
        Several pictures: a list of them, or pixels (N, 3, H, W) with N of at least 2. "fgsm", "ifgsm", "pgd", "ddn"
        and "fmn" work on them in batches, the other methods one by one. Each picture's result is what it gets alone,
        up to the rounding of floating-point numbers, which a long search can amplify.
    target: what the network shall answer: one for all pictures, or a list with one for each.
        A class by its index or name, or `class_logit` of it: it has to get the highest score.
        A difference or other weighted sum of classes, as `class_logit("tabby") - class_logit("tiger cat")`: it has
        to be positive, here: tabby has to score higher than tiger cat, whatever the other classes do.
        None: any class but the original's; with independent labels, the original's highest label has to fall below
        50 %.
    method: "lattice": the least visible change in whole gray levels. "classic": plain gradient ascent. "robust": a
        change that survives resizing and recompression. "noise": begins with noise instead of the picture.
        "fgsm", "ifgsm", "pgd", "ddn", "fmn": published attacks, rounded to a file. The first three keep to a radius,
        after rounding too.
    goal: 0.0 asks for no more than the highest score; otherwise the probability, up to 0.9999, that the target has
        to reach as well. For a sum of classes, the sigmoid of the sum: for a difference of two, the first one's
        share of the probability of both. Without a target there is only 0.0.
    seed: of the random numbers that some methods draw; the same arguments and seed give the same file. All pictures
        of a list begin with the same draws.
    progress: whether a bar shows the steps.
    knobs: the method's settings by name, for example steps=200. A setting that the others leave unused is refused.

    Returns, for one picture, a `Fooling`: `success`, the file's bytes as `png`, `l2`, `linf_levels`, `note` and more.
    If nothing is found within the budget, `success` is False, the file is the best try, and the `note` says how close
    it came. For several pictures, a list of them, in order; a list of one gives a list of one. (Type checkers expect
    one result for any tensor, so give them a list for several.)

    Raises UnknownName for another method, class or setting; NotShowable for a target that is no answer of the network,
    such as a unit of a layer; PictureError for what is no picture; VizError for pixels outside [0, 1] and other
    settings; TooBig or DeviceFailed if the device fails.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> seven, two = (draw_digit(seed=5, label=each).image for each in (7, 2))
        >>> result = vizlib.fool(model, seven, "3", goal=0.9, steps=30)
        >>> result.success, model.class_names[result.label], bool(result.probabilities_after[3] >= 0.9)
        (True, '3', True)
        >>> [each.success for each in vizlib.fool(model, [seven, two], [3, None], "ddn", steps=20)]
        [True, True]
    """
    frame = last(fooling(model, picture, target, method, goal, seed, **knobs), progress, "fool")
    return list(frame.results) if isinstance(frame, Attempts) else frame.result
