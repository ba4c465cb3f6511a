"""Every problem that the user can fix: a sentence that says what is wrong, and a remedy.

VizError
├── ModelUnavailable    the weights are not available (no hub, no such file)
├── DeviceFailed        the device failed, or there is none of that name
├── CheckpointMismatch  the file is not a checkpoint of this network, or the bytes are none of this run
├── PictureError        the file is not a picture that can be shown
├── UnknownName         no network, layer, class, method or setting of that name
├── NotShowable         this layer or network has nothing of the kind asked for
└── TooBig              the device has not enough memory

Everything else is a bug and keeps its traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

_MOST = 30  # names in a remedy
_RATE = "learning_rate", "rate", "step_size"
_RADIUS = "levels", "l2"
_ELSEWHERE: Final = {  # what other libraries call a setting, without "_": what it is called here
    "lr": _RATE,
    "alpha": _RATE,
    "eta": _RATE,
    "epsstep": _RATE,
    "eps": _RADIUS,
    "epsilon": _RADIUS,
    "epsilons": _RADIUS,
    "radius": _RADIUS,
    "maxnorm": _RADIUS,
    "nsteps": ("steps",),
    "numsteps": ("steps",),
    "niter": ("steps",),
    "nbiter": ("steps",),
    "maxiter": ("steps",),
    "numiter": ("steps",),
    "iters": ("steps",),
    "iterations": ("steps",),
    "nsamples": ("samples",),
    "ntsamples": ("samples",),
    "numsamples": ("samples",),
    "copies": ("samples",),
    "std": ("noise", "contrast"),
    "stdev": ("noise", "contrast"),
    "stdevs": ("noise", "contrast"),
    "sigma": ("noise", "contrast"),
    "weightdecay": ("decay",),
    "totalvariation": ("tv",),
    "l2reg": ("norm", "decay"),
}


def plain(name: str) -> str:
    """A name without case, spaces and punctuation: "gradcam" of "Grad-CAM", "gradcampp" of "Grad-CAM++"."""
    return re.sub(r"[\W_]+", "", name.casefold().replace("++", "pp"))


class VizError(Exception):
    """A problem that the user can fix. Every error of the engine that is not a bug is one of these.

    Attributes:
        sentence: what is wrong.
        remedy: what to do about it, or "".

    Example:
        >>> import vizlib
        >>> try:
        ...     vizlib.knobs("smoothgrat")
        ... except vizlib.VizError as problem:
        ...     print(problem.sentence, "|", problem.remedy)
        There is no saliency method or attack called 'smoothgrat'. | Did you mean smoothgrad?
    """

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class ModelUnavailable(VizError):
    """The network's weights are not available: no connection to the hub, or no such file.

    `sentence` and `remedy` are as in VizError.
    """


class DeviceFailed(VizError):
    """The device failed, or there is none of that name.

    `sentence` and `remedy` are as in VizError.
    """


class CheckpointMismatch(VizError):
    """The file is not a checkpoint of this network (or of this run): other layers, other sizes, damaged, or a program.

    `sentence` and `remedy` are as in VizError.
    """


class PictureError(VizError):
    """The file, array or tensor is not a picture that can be shown.

    `sentence` and `remedy` are as in VizError.
    """


class NotShowable(VizError):
    """This layer or network has nothing of the kind that was asked for.

    `sentence` and `remedy` are as in VizError.
    """


class TooBig(VizError):
    """The device has not enough memory.

    `sentence` and `remedy` are as in VizError.
    """


class UnknownName(VizError):
    """There is no network, layer, class, method or setting of that name; the remedy has the closest names, or all.

    `sentence` and `remedy` are as in VizError.
    """

    @classmethod
    def among(cls, what: str, name: object, known: Iterable[str]) -> UnknownName:
        """The error for `name`, which is no `what`; its remedy gives the closest of the `known` names."""
        names = list(known)
        close = _close(str(name), names)
        if close:
            remedy = f"Did you mean {' or '.join(close)}?"
        elif names:
            remedy = f"Choose one of: {', '.join(names[:8]) + ' ...' if len(names) > _MOST else ', '.join(names) + '.'}"
        else:
            remedy = ""
        return cls(f"There is no {what} called {name!r}.", remedy)


def _close(name: str, names: Sequence[str]) -> list[str]:
    """The names that `name` may mean. A short one has to match well: "lr" is not nearly "blur"."""
    if plain(name) in _ELSEWHERE:
        return [each for each in _ELSEWHERE[plain(name)] if each in names]
    return get_close_matches(name, names, n=3, cutoff=0.5 if len(name) > 4 else 0.7)
