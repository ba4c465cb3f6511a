"""Which pictures belong together by their names, so that none is held out while its neighbor is trained on."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST = 3  # groups of a class: as many as the folds of a usual division
_LAST_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)


def groups_of(titles: Sequence[str], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of each picture, (N,).

    A name that ends in a number belongs with those that differ in this number only: clip3-frame12 and clip3-frame13. A
    name in which letters follow the last number belongs with those that differ in these letters only: cat_001_a and
    cat_001_b. In a class where this gives fewer than FEWEST groups, the names are a plain count (cat_1, cat_2), and
    each picture is a group of its own.
    """
    stems = [_stem(each) for each in titles]
    keys: list[str] = [""] * len(stems)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        tells = len({stems[each] for each in members}) >= FEWEST
        for each in members:
            keys[each] = stems[each] if tells else f"\0{each}"
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _stem(title: str) -> str:
    name = title.rpartition(".")[0] or title
    found = _LAST_NUMBER.match(name)
    if found is None:
        return name
    before, number, after = found.groups()
    return before + number if after else before
