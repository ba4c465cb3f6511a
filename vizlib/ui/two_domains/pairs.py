"""The pairs of domains: one where the pictures have labels, and one where the network has to do without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st

from vizlib.errors import VizError
from vizlib.render import contact_sheet
from vizlib.ui.shared import picture_set
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.words import plain

_OWN: Final = "own"
_PAIRS: Final = {  # as links say it: what the box says, the two sets
    "digits_mild": ("Digits to textures, mild", "digits", "digits_mild"),
    "digits_middle": ("Digits to textures, middle", "digits", "digits_middle"),
    "digits_hard": ("Digits to textures, hard", "digits", "digits_hard"),
    "real_digits": ("Digits to handwriting", "digits", "real_digits"),
    "dusk": ("Scenes to dusk", "scenes", "dusk"),
    "sketch": ("Scenes to sketches", "scenes", "sketch"),
    _OWN: ("Two sets of your choice", "", ""),
}
_COUNTS: Final = {"digits": (500, 100), "scenes": (100, 20)}  # of each class, for training and held out
_OTHERS: Final = (200, 30)
_TILE, _EACH, _WIDE = 56, 2, 10  # px of a picture in the strip, pictures of each class, and most classes in a row


@dataclass(frozen=True, eq=False)
class Pair:
    """Two sets of pictures with the same classes."""

    source: Choice
    target: Choice

    @property
    def both(self) -> tuple[Choice, Choice]:
        return self.source, self.target

    @property
    def name(self) -> str:
        return f"{self.source.name} and {self.target.name}"

    @property
    def private(self) -> bool:
        return any(each.private for each in self.both)

    def need(self) -> None:
        """Raises Missing, which asks for the visitor's pictures, or VizError where the classes are not the same."""
        for each in self.both:
            each.need()
        if self.source.classes != self.target.classes:
            raise VizError(
                f"The source has the classes {_named(self.source.classes)}, the target {_named(self.target.classes)}.",
                "Both domains need the same classes: choose two sets that have them.",
            )


def _named(classes: Sequence[str]) -> str:
    return ", ".join(classes[:4]) + (" ..." if len(classes) > 4 else "")


def choose(files: Any) -> Pair:
    """Draws the box here, and for sets of the visitor's choice two more into the place `files`; returns the pair."""
    kind = str(
        linked().selectbox(
            "Domains", list(_PAIRS), 1, format_func=lambda each: _PAIRS[each][0], key="td_pair", width=225
        )
    )
    if kind != _OWN:
        source, target = _PAIRS[kind][1:]
        counts = _COUNTS[source]
        return Pair(picture_set.of_drawn(source, *counts), picture_set.of_drawn(target, *counts))
    with files:
        columns = st.columns(2, gap="large")
    found = [_side(*each) for each in zip(columns, ("source", "target"), ("Source, with labels", "Target"))]
    return Pair(*found)


def _side(column: Any, side: str, label: str) -> Choice:
    with column:
        found = picture_set.choose(f"td_{side}_", label, "own", _OTHERS, files=st.container())
    assert found is not None  # there is no option for none
    return found


def strip(pair: Pair) -> None:
    """Draws some pictures of both domains, side by side, class by class. Of a drawn set, only these are drawn."""
    words = (
        f"Source: {pair.source.name}. Their labels train the network.",
        f"Target: {pair.target.name}. Their labels are never used in training, but by the upper bound.",
    )
    for column, chosen, each in zip(st.columns(2, gap="large"), pair.both, words):
        sheet = _sheet(chosen)
        column.image(sheet, caption=plain(each), width="stretch", alt=each, output_format="PNG")


def _sheet(chosen: Choice) -> Any:
    drawn = "set" in chosen.parts
    data = picture_set.of_drawn(chosen.parts["set"], _EACH, 0, chosen.parts["seed"]).data if drawn else chosen.data
    count = len(data.classes)
    numbers = [np.flatnonzero(data.labels == label)[:_EACH].tolist() for label in range(count)]
    order = [row[at] for at in range(_EACH) for row in numbers if at < len(row)]
    tiles = np.stack([picture_set.tile(data, each, _TILE) for each in order])
    wide = count if count <= _WIDE else -(-count // 2)
    return contact_sheet(tiles, wide, _TILE, 2)[0]
