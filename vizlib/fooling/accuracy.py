"""Accuracy under attack: how many pictures of a set a network still gets right when each may change by epsilon.

The curve that courses draw, with two things added that a lecture needs: 95 % intervals, because a set is small, and
random signs of the same size as a control. If the control keeps the accuracy, then it is the direction of the change
that fools the network, and not its size.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.evaluation import Rate
from vizlib.fooling.measuring import Measuring
from vizlib.fooling.scoring import rounded
from vizlib.models import Classifier, counterpart, in_own_context
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves

EPSILONS: Final = (0, 1, 2, 4, 8, 16, 32)  # gray levels of 255
EPSILON_METHODS: Final = {"fgsm": "FGSM", "ifgsm": "I-FGSM", "pgd": "PGD", "noise": "random signs"}
_LARGEST: Final = 128  # levels, the largest epsilon
_MOST_STEPS: Final = 1000
_PART: Final = 8  # pictures that are attacked together: the curve is drawn again after each part


class Labeled(Protocol):
    """Pictures with classes, such as a `PictureSet`."""

    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def pictures(self) -> Sequence[Image.Image]: ...
    @property
    def labels(self) -> NDArray[np.int64]: ...


@dataclass(frozen=True, eq=False, repr=False)
class UnderAttack:
    """The pictures that a network gets right after `step` of `total` gradients; the last frame is the answer.

    Attributes:
        step: gradients so far, of all pictures; what need not be attacked any more counts as done.
        total: gradients in all.
        network: name of the network.
        epsilons: how far each value may change, in levels of 255.
        methods: "fgsm", "ifgsm", "pgd" or "noise", in the order of the rows.
        right: Tensor (methods, epsilons) of int64, the pictures that are right under each.
        count: pictures so far, the same for all methods.
    """

    step: int
    total: int
    network: str
    epsilons: tuple[int, ...]
    methods: tuple[str, ...]
    right: Tensor
    count: int

    def rates(self, method: str) -> tuple[Rate, ...]:
        """The accuracy under one method at each epsilon: `share`, and the 95 % `interval` (Wilson).

        Raises UnknownName for a method that was not measured.
        """
        if method not in self.methods:
            raise UnknownName.among("measured attack", method, self.methods)
        return tuple(Rate(int(each), self.count) for each in self.right[self.methods.index(method)])

    def __repr__(self) -> str:
        shape = f"{', '.join(self.methods)} at {len(self.epsilons)} epsilons"
        return f"UnderAttack({self.network}, step {self.step} of {self.total}: {self.count} pictures, {shape})"

    def _repr_html_(self) -> str:
        lines = [
            (EPSILON_METHODS[each], [(float(x), y.share) for x, y in zip(self.epsilons, self.rates(each))])
            for each in self.methods
        ]
        axes = Axes("epsilon (gray levels of 255)", "accuracy", share=True)
        title = f"Accuracy of {self.network} under attack, {self.count} pictures"
        return notebook.shown(title, curves(lines if self.count else [], axes))


@in_own_context
def accuracy_under_attack(
    model: Classifier,
    data: Labeled,
    epsilons: Sequence[int] = EPSILONS,
    methods: Sequence[str] = tuple(EPSILON_METHODS),
    *,
    steps: int = 20,
    seed: int = 0,
) -> Generator[UnderAttack, None, None]:
    """Accuracy against epsilon, as PyTorch's FGSM tutorial draws it, for FGSM, I-FGSM and PGD, and for mere noise.

    Each picture is resized and cropped as the network wants it, and attacked away from its class under L-infinity: no
    value changes by more than epsilon. What counts is the attacked picture rounded to whole levels within epsilon, as a
    file of the network's input size holds it. A picture that the network gets wrong unchanged is wrong at every
    epsilon. Where a smaller epsilon of I-FGSM or PGD has fooled the network, the larger ones have too, because the
    same change is allowed there; FGSM has no such memory, so its curve can rise again.

    model: the network.
    data: pictures with classes, as `vizlib.drawn` and `vizlib.picture_folder` make them; the network has to know the
        classes by their names. Pictures that it has not been trained with: `data.tests` of a drawn set.
    epsilons: in gray levels of 255, whole numbers from 0. 8 is usual for color pictures (Madry et al. 2018). The
        tutorial's 0.05 to 0.3 of the range are about 13 to 76.
    methods: "fgsm" takes one step (Goodfellow et al. 2014), "ifgsm" steps of 2 epsilon / steps from the picture
        (Kurakin et al. 2016), "pgd" steps of 2.5 epsilon / steps from a random point (Madry et al. 2018). "noise" is
        the control: every value changes by exactly epsilon, with a random sign.
    steps: of "ifgsm" and "pgd".
    seed: of the order of the pictures, the noise and the random start.

    Yields `UnderAttack` frames, one per gradient; the pictures come in a mixed order, so early frames show the whole
    curve with wide intervals. In the last one, `right` and `rates(method)` hold the answer. An attack that finds
    nothing proves nothing: a stronger one may lower the curve.

    Raises VizError for a set without pictures, a class that the network lacks, and other numbers; UnknownName for
    another method; NotShowable for a network without classes.

    Example:
        >>> import vizlib
        >>> from vizlib.fooling import accuracy_under_attack
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> data = vizlib.drawn("digits", per_class=1, tests=2).tests
        >>> *_, last = accuracy_under_attack(model, data, [0, 32], ["fgsm", "noise"])
        >>> last
        UnderAttack(bundled/digits, step 40 of 40: 20 pictures, fgsm, noise at 2 epsilons)
        >>> before, after = last.rates("fgsm")
        >>> before.share > 0.9 > after.share
        True
    """
    measuring = Measuring(model, *_checked(epsilons, methods, steps), int(steps), seed)
    labels = _labels(model, data)
    order = np.random.default_rng(seed).permutation(len(labels)).tolist()
    total = measuring.each * len(order)
    frame = partial(_frame, measuring, total)
    for first in range(0, len(order), _PART):
        some = order[first : first + _PART]
        start = rounded(model.prepare([data.pictures[each] for each in some]))
        for done in measuring.part(start, labels[some].to(model.device), some):
            yield frame(min(total - 1, first * measuring.each + done * len(some)))
        yield frame((first + len(some)) * measuring.each)


def _frame(measuring: Measuring, total: int, step: int) -> UnderAttack:
    asked, found = measuring, measuring.right.clone()
    return UnderAttack(step, total, asked.model.name, asked.epsilons, asked.methods, found, asked.count)


def _checked(epsilons: Any, methods: Any, steps: Any) -> tuple[tuple[int, ...], tuple[str, ...]]:
    several = [methods] if isinstance(methods, str) else list(methods)
    for each in several:
        if each not in EPSILON_METHODS:
            raise UnknownName.among("attack with an epsilon", str(each), EPSILON_METHODS)
    levels = list(epsilons)
    for each in levels:
        if isinstance(each, bool) or not isinstance(each, Integral) or not 0 <= int(each) <= _LARGEST:
            raise VizError(f"An epsilon is {each!r}.", f"Give whole gray levels of 255, from 0 to {_LARGEST}.")
    if not levels or not several:
        raise VizError("There is nothing to measure.", "Give at least one epsilon and one method.")
    if isinstance(steps, bool) or not isinstance(steps, Integral) or not 1 <= int(steps) <= _MOST_STEPS:
        raise VizError(f"The number of steps is {steps!r}.", f"Give a whole number from 1 to {_MOST_STEPS}.")
    return tuple(sorted({int(each) for each in levels})), tuple(dict.fromkeys(several))


def _labels(model: Classifier, data: Labeled) -> Tensor:
    """The network's own numbers of the pictures' classes, (N,) on the CPU."""
    model.need_classes()
    if not len(data.labels):
        raise VizError("The set has no pictures.", "Give at least one.")
    found = {int(each): counterpart(model.class_names, data.classes[int(each)]) for each in np.unique(data.labels)}
    for label, own in found.items():
        if own is None:
            what = f"{model.name} has no class {data.classes[label]!r}, or several of that name."
            raise VizError(what, "Choose pictures whose classes the network knows, or a network that knows them.")
    return torch.tensor([found[int(each)] for each in data.labels])
