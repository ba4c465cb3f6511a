"""Finished results come back from the disk: after a restart, for a late visitor, from another process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Mapping
from functools import cache
from typing import Any, TypeVar

from vizlib.records import Snapshot
from vizlib.runs.packing import CannotUnpack, NotListed, pack, unpack
from vizlib.runs.recipe import Recipe
from vizlib.runs.store import Store

T = TypeVar("T", bound=Snapshot)
WORTH = 0.5  # seconds of computing from which a result is kept: what takes less is computed again
_log = logging.getLogger("vizlib.runs.kept")


def kept(
    store: Store,
    recipe: Recipe,
    start: Callable[[], Generator[T, None, None]],
    kinds: Mapping[str, type],
    worth: float = WORTH,
) -> Generator[T, None, None]:
    """Yields the last snapshot if the store has it; else runs, and stores the last snapshot.

    kinds: the classes that may be stored, by name. A snapshot with another class in it is an error in the log: it is
    still shown, but it has to be computed each time. worth: seconds of computing from which a result is stored.
    """
    found = _found(store, recipe.key, kinds)
    if found is not None:
        yield found
        return
    last, seconds, began = None, 0.0, time.monotonic()
    for frame in start():
        last, seconds = frame, seconds + time.monotonic() - began
        yield frame
        began = time.monotonic()  # the time between two steps is the reader's
    if last is not None and seconds >= worth:
        _keep(store, recipe.key, last, kinds)


def _found(store: Store, key: str, kinds: Mapping[str, type]) -> Any:
    content = store.get(key)
    try:
        return None if content is None else unpack(content, kinds)
    except CannotUnpack:
        return None
    except NotListed as problem:
        _complain(str(problem))
        return None


def _keep(store: Store, key: str, last: Any, kinds: Mapping[str, type]) -> None:
    try:
        content = pack(last, kinds)
    except TypeError as problem:  # a class that is not listed, or no data
        _complain(str(problem))
    else:
        store.put(key, content)


@cache
def _complain(problem: str) -> None:
    """Logs the problem once a process: it names a class, and it comes back with every result of that class."""
    _log.error("This result cannot be kept and is computed each time: %s.", problem)
