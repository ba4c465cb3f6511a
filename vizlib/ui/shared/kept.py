"""Finished results come back from the disk: after a restart, for a late visitor, from another process."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

from vizlib.activation_maximization.atlas import Atlas
from vizlib.activation_maximization.film import Reel, Still
from vizlib.activation_maximization.lab import Axis, Cell, LabFrame
from vizlib.units import Survey
from vizlib.evaluation import Average, Opinion, Opinions, Plane, Rate, Survival, Sweep
from vizlib.fooling import Attempt, Fooling, Moment, Walk
from vizlib.runs import CannotUnpack, pack, unpack
from vizlib.records import Estimate, Frame, Prediction, Recipe, Snapshot
from vizlib.runs import Store

T = TypeVar("T", bound=Snapshot)
KINDS: Mapping[str, type] = {
    each.__name__: each
    for each in (
        Atlas, Attempt, Average, Axis, Cell, Estimate, Fooling, Frame, LabFrame, Moment, Opinion, Opinions, Plane,
        Prediction, Rate, Reel, Still, Survey, Survival, Sweep, Walk,
    )
}  # fmt: skip
WORTH = 0.5  # seconds of computing from which a result is kept: sooner than that it is made anew


def kept(store: Store, recipe: Recipe, start: Callable[[], Generator[T, None, None]]) -> Generator[T, None, None]:
    """The last snapshot, if the store has it; else the run, whose last snapshot it has from then on."""
    found = _found(store, recipe.key)
    if found is not None:
        yield found
        return
    last, seconds, began = None, 0.0, time.monotonic()
    for frame in start():
        last, seconds = frame, seconds + time.monotonic() - began
        yield frame
        began = time.monotonic()  # the time between two steps is the reader's
    if last is not None and seconds >= WORTH:
        store.put(recipe.key, pack(last))


def _found(store: Store, key: str) -> Any:
    content = store.get(key)
    try:
        return None if content is None else unpack(content, KINDS)
    except CannotUnpack:
        return None
