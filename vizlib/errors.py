"""Every problem that the user can fix, each with its remedy.

VizError
├── ModelUnavailable    the weights are not available (no hub, no such file)
├── DeviceFailed        the device failed, or there is none of that name
├── CheckpointMismatch  the file is not a checkpoint of this network
├── PictureError        the file is not a picture that can be shown
├── UnknownName         no network, layer, class, method or setting of that name
├── NotShowable         this layer or network has nothing of the kind asked for
└── TooBig              the device has not enough memory

Everything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class VizError(Exception):
    """A problem that the user can fix: one sentence, and what to do about it."""

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class ModelUnavailable(VizError):
    """The network's weights are not available."""


class DeviceFailed(VizError):
    """The device failed, or there is none of that name."""


class CheckpointMismatch(VizError):
    """The file is not a checkpoint of this network."""


class PictureError(VizError):
    """The file is not a picture that can be shown."""


class NotShowable(VizError):
    """This layer or network has nothing of the kind asked for."""


class TooBig(VizError):
    """The device has not enough memory."""


class UnknownName(VizError):
    """No network, layer, class, method or setting of that name."""

    @classmethod
    def among(cls, what: str, name: object, known: Iterable[str]) -> UnknownName:
        """The error for `name`; its remedy gives the closest of the `known` names."""
        names = list(known)
        close = get_close_matches(str(name), names, n=3, cutoff=0.5)
        if close:
            remedy = f"Did you mean {' or '.join(close)}?"
        elif names:
            remedy = f"Choose one of: {', '.join(names[:8])}{' ...' if len(names) > 8 else '.'}"
        else:
            remedy = ""
        return cls(f"There is no {what} called {name!r}.", remedy)
