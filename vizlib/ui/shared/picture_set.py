"""Pictures with classes: drawn sets, the operator's folders, or the visitor's own, which no link can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from vizlib.render import Image8, contact_sheet
from vizlib.training import DRAWN_SETS, PictureSet, drawn
from vizlib.ui.shared import show, uploads
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain, short

NONE = "none"  # the option of a second set that need not be there
_TILE, _EACH = 96, 4  # px of a picture in the strip, and pictures of each class


@dataclass(frozen=True, eq=False)
class Choice:
    """A set of pictures that was chosen. Drawn pictures are drawn when they are first asked for."""

    name: str  # what sentences call it
    classes: tuple[str, ...]
    parts: dict[str, Any] = field(repr=False)  # its part of a recipe
    private: bool  # uploaded: nothing that shows it is written to disk
    shared: bool  # whether a link finds it again
    take: Callable[[], PictureSet] = field(repr=False)

    @cached_property
    def data(self) -> PictureSet:
        """The pictures, from memory if another visitor has them too. They must not be changed."""
        return self.take()


def choose(before: str, label: str, usual: str, per_class: int, tests: int, *, none: bool = False) -> Choice | None:
    """Draws the box, and for own pictures the boxes for files, here; returns the set.

    before: stands before the keys of the boxes, and so before their parts of the link.
    usual: the option that is chosen at first. none: whether it may be that there is no set, which returns None.
    per_class, tests: of drawn sets, how many pictures of each class are drawn for training, and to be held out.

    Raises Missing, which asks for the visitor's pictures, until they are there.
    """
    options = [*([NONE] if none else []), *DRAWN_SETS]
    index = options.index(usual) if usual in options else 0
    kind = str(linked().selectbox(plain(label), options, index, format_func=_said, key=f"{before}set"))
    return None if kind == NONE else of_drawn(kind, per_class, tests)


def _said(option: str) -> str:
    """The option in words."""
    return DRAWN_SETS[option][0] if option in DRAWN_SETS else option


def of_drawn(name: str, per_class: int, tests: int, seed: int = 0) -> Choice:
    """A drawn set."""
    parts = {"set": name, "per_class": per_class, "tests": tests, "seed": seed}
    called, classes, _ = DRAWN_SETS[name]
    take = partial(uploads.held, f"drawn {parts}", partial(drawn, name, per_class, seed, tests=tests))
    return Choice(called, classes, parts, False, True, take)


def strip(chosen: Choice) -> None:
    """Draws some pictures of every class, each class under its name."""
    data = chosen.data
    for column, label in zip(show.grid(len(data.classes), 6), range(len(data.classes))):
        name, count = short(data.classes[label]), int(data.counts[label])
        sheet, _ = contact_sheet(_tiles(data, np.flatnonzero(data.labels == label)[:_EACH].tolist()), 2, _TILE, 2)
        words = f"{name}: {count} picture{'s' * (count != 1)}"
        column.image(sheet, caption=plain(words), width="stretch", alt=words, output_format="PNG")


def _tiles(data: PictureSet, numbers: Sequence[int]) -> Image8:
    return np.stack([tile(data, each, _TILE) for each in numbers])


def tile(data: PictureSet, number: int, side: int) -> Image8:
    """The middle square of a picture, (side, side, 3) uint8."""
    picture = data.pictures[number]
    least = min(picture.size)
    left, top = (picture.width - least) // 2, (picture.height - least) // 2
    return np.asarray(picture.resize((side, side), box=(left, top, left + least, top + least)))
