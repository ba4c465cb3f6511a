"""The warning of the short form `saliency`, which returns maps without their notes."""

from __future__ import annotations

import sys
import warnings

from vizlib.saliency.estimate import Estimate


class DoubtfulMap(UserWarning):
    """The warning of `saliency` that a map should not be trusted; its message says why. `explain` has it as `doubt`.

    Example:
        >>> import torch, vizlib, warnings
        >>> linear = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 8), torch.nn.Flatten())
        >>> model = vizlib.wrap(linear, size=8)
        >>> with warnings.catch_warnings(record=True) as issued:
        ...     warnings.simplefilter("always")
        ...     heat = vizlib.saliency(model, torch.rand(1, 3, 8, 8), "guided", target=0)
        >>> print(issued[0].message)
        No activation call was followed: this equals the plain gradient. vizlib.explain returns the map with its notes.
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
