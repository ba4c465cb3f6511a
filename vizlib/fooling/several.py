"""Attacks on several pictures: in batches where the attack is a search on batches, otherwise one after the other."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from torch import Tensor

from vizlib.errors import VizError
from vizlib.fooling.aim import Aim
from vizlib.fooling.attack import Attack
from vizlib.fooling.batch import Search, together
from vizlib.fooling.engine import Begun, attack, begin
from vizlib.fooling.result import Attempt, Attempts
from vizlib.models import Classifier
from vizlib.pictures import Picture

Pictures: TypeAlias = Picture | list[Any] | tuple[Any, ...]

_AT_ONCE: Final = 64  # pictures that are read before they are sorted into batches of one size


def pictures_of(given: Any) -> list[Any] | None:
    """The pictures of a list, a tuple, or a batch of more than one; None for a single picture.

    Raises VizError for an empty list.
    """
    if isinstance(given, list | tuple):
        if not given:
            raise VizError("There is no picture in the list.", "Give at least one.")
        return list(given)
    if isinstance(given, Tensor | np.ndarray) and given.ndim == 4 and len(given) > 1:
        return [given[row : row + 1] for row in range(len(given))]
    return None


def attacks(
    model: Classifier, pictures: Sequence[Picture], aims: Sequence[Aim], method: Attack, knobs: Any
) -> Generator[Attempts, None, None]:
    """The frames of all attacks; the results are those that each picture gets alone, up to rounding."""
    latest: list[Attempt | None] = [None] * len(pictures)
    size = 1 if method.search is None else _AT_ONCE
    for first in range(0, len(pictures), size):
        some = range(first, min(first + size, len(pictures)))
        if method.search is None:
            for attempt in attack(model, pictures[first], aims[first], method, knobs):
                latest[first] = attempt
                yield _frame(latest)
        else:
            begun = {row: begin(model, pictures[row], aims[row], method, knobs) for row in some}
            yield from _in_batches(method.search, begun, latest)


def _in_batches(
    search: Search, begun: dict[int, Begun], latest: list[Attempt | None]
) -> Generator[Attempts, None, None]:
    """Searches on batches of pictures that have one size, one way in and one kind of aim."""
    groups: dict[Any, list[int]] = {}
    for row, each in begun.items():
        latest[row] = each.needless()
        if latest[row] is None:
            groups.setdefault((each.case.reading.alike, each.aim.kind), []).append(row)
    for rows in groups.values():
        for attempts in together(search, [begun[row].case for row in rows], begun[rows[0]].knobs):
            for row, attempt in zip(rows, attempts):
                latest[row] = attempt
            yield _frame(latest)
        for row in rows:
            latest[row] = begun[row].ended(latest[row])
    yield _frame(latest)


def _frame(latest: Sequence[Attempt | None]) -> Attempts:
    """A picture whose attack has not begun is counted with as many steps as the longest attack so far."""
    begun = [each for each in latest if each is not None]
    usual = max(each.total for each in begun)
    total = sum(each.total for each in begun) + usual * (len(latest) - len(begun))
    return Attempts(sum(each.step for each in begun), total, tuple(latest))
