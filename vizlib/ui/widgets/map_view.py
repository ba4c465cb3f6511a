"""A saliency map whose raw values can be read: all maps of a group zoom together and mark the same pixel.

The browser reads the values without asking the server. They travel as float32 at the map's own resolution, so that
what is written is the map's value to all of its four digits, however small it is beside the map's largest.
"""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import numpy as np

from vizlib.render import Array, Image8
from vizlib.ui.widgets import staged
from vizlib.ui.widgets.data_url import crisp, kept_url
from vizlib.ui.widgets.front_end import component

_component = component("map_view")
_SHORT = 8  # letters: a longer unit has a line of its own, in which it fits a narrow column


def map_view(picture: Image8, values: Array, label: str, unit: str, key: str, group: str = "maps") -> None:
    """Shows a finished map as wide as its column: the picture, its caption, and a line in which a value is read.

    picture: the map as it is drawn, (H, W, 3) uint8.
    values: what is read, (h, w), raw. Usually (h, w) is (H, W); if it is not, both show
        the same section.
    label: says what the picture shows, as plain text. It is the caption, and the name for those who cannot see it.
    unit: of the values, as plain text.
    group: maps with the same group zoom together and mark the same place.

    In a lecture, it is a picture among others, as one that `show.figure` draws.
    """
    staged.picture(label, partial(_on_board, picture, label))
    _component(data=data(picture, values, label, unit, group), key=key)


def more_lines(unit: str) -> int:
    """How many lines a map has below its caption: in them a value is read, and a long unit has one of its own.

    While a run goes on, its frames are plain pictures, to which so many lines are missing.
    """
    return 2 if len(unit) > _SHORT else 1


def data(picture: Image8, values: Array, label: str, unit: str, group: str = "maps") -> dict[str, Any]:
    """What the map's JavaScript takes."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"the picture of a map is uint8 (H, W, 3), not {picture.dtype} {picture.shape}")
    if np.ndim(values) != 2:
        raise ValueError(f"the values of a map are (h, w), not {np.shape(values)}")
    height, width = picture.shape[:2]
    rows, columns = np.shape(values)
    return {
        "label": label,
        "unit": unit,
        "alone": len(unit) > _SHORT,
        "group": group,
        "source": kept_url(picture),
        "width": width,
        "height": height,
        "crisp": crisp(picture),
        "rows": rows,
        "columns": columns,
        "values": base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode(),
    }


def _on_board(picture: Image8, label: str) -> dict[str, Any]:
    return {"source": kept_url(picture), "caption": label, "crisp": crisp(picture)}
