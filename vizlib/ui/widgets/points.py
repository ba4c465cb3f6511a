"""Pictures as points of a plane: the one under the mouse or the keys is shown, and marked in every map beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from vizlib.render import Image8, contact_sheet
from vizlib.ui.widgets.data_url import kept_url
from vizlib.ui.widgets.front_end import component

_component = component("points")
_TILE = 96  # px of a picture in the card


@dataclass(frozen=True)
class Map:
    """Where the pictures stand in one map, from 0 to 1, y upwards."""

    title: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Looks:
    """How the pictures are marked in all maps, one entry per picture."""

    labels: Sequence[str]  # what is said of it
    colors: Sequence[str]
    shapes: Sequence[str]  # "round", "square" or "diamond"
    hollow: Sequence[bool]
    key: Sequence[tuple[str, str, str]]  # the name, color and shape of each class


def points(tiles: Image8, maps: Sequence[Map], looks: Looks, key: str, *, hint: str, pictures: bool = False) -> None:
    """Shows the pictures (N, side, side, 3) uint8 as points, or as small `pictures`, in the maps, side by side."""
    sheet, grid = contact_sheet(tiles, tile=_TILE, gap=0)
    data = {
        "src": kept_url(sheet, 80),
        "columns": grid.columns,
        "rows": grid.rows,
        "maps": [asdict(each) for each in maps],
        "hint": hint,
        "pictures": pictures,
        "tile": 34,
        **asdict(looks),
    }
    _component(data=data, words=" and ".join(each.title for each in maps), key=key)
