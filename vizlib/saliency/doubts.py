"""The warning of the short form `saliency`, which returns maps without their notes."""

from __future__ import annotations

import sys
import warnings

from vizlib.records import Estimate


class DoubtfulMap(UserWarning):
    """The warning of `saliency` that a map should not be trusted; its message says why. `explain` has it as `doubt`.

    Example:
        >>> import torch, vizlib, warnings
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> with warnings.catch_warnings(record=True) as issued:
        ...     warnings.simplefilter("always")
        ...     heat = vizlib.saliency(model, torch.zeros(1, 3, 28, 28), "integrated_gradients", 3, steps=2)
        >>> [each.category.__name__ for each in issued]
        ['DoubtfulMap']
    """


def warn(estimate: Estimate) -> None:
    """Issues a DoubtfulMap, at the caller's own line, for an estimate with a doubt."""
    if estimate.doubt:
        text = f"{estimate.doubt[:1].upper()}{estimate.doubt[1:]}. vizlib.explain returns the map with its notes."
        warnings.warn(DoubtfulMap(text), stacklevel=_outside())


def _outside() -> int:
    """How many frames above `warn` the first one outside the engine is, as `stacklevel` counts them."""
    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").partition(".")[0] == "vizlib":
        level += 1
    return level
