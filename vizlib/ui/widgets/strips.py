"""Strips of tiles, one under the other, each with a name and a line about it. Names and tiles can be clicked.

All tiles of all strips are one picture and one component.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from vizlib.render import Image8
from vizlib.ui.widgets.data_url import kept_url
from vizlib.ui.widgets.front_end import component

_component = component("strips")


@dataclass(frozen=True)
class Row:
    """One strip."""

    name: str
    facts: str  # "48 of 64 units"
    share: float  # of a bar under the name, [0, 1]
    action: str  # what a click on the name does
    labels: Sequence[str]  # one per tile


@dataclass(frozen=True)
class Strips:
    """All strips. The picture's rows are theirs, and its columns their tiles, squares without gaps."""

    label: str  # names the whole
    hint: str  # shown above them while the mouse is elsewhere
    rows: Sequence[Row]
    side: int  # of a tile in the picture, px


def strips(image: Image8, words: Strips, key: str, pick: Callable[[int, int], None]) -> None:
    """Shows the strips. Calls `pick` with the row and the tile that were clicked; -1 in place of a tile is the name."""
    data = {
        "src": kept_url(image, 88),
        "columns": image.shape[1] // words.side,
        "label": words.label,
        "hint": words.hint,
        "rows": [
            {
                "name": each.name,
                "facts": each.facts,
                "share": each.share,
                "action": each.action,
                "labels": list(each.labels),
            }
            for each in words.rows
        ],
    }

    def picked() -> None:
        row, tile = st.session_state[key]["picked"]
        pick(int(row), int(tile))

    _component(data=data, words=words.label, key=key, on_picked_change=picked)
