"""A contact sheet that one can click: one picture, one component, however many tiles.

The browser lays the tiles out again in a narrow window, so that each can be hit with a finger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from vizlib.render import Grid, Image8
from vizlib.ui.widgets.data_url import data_url
from vizlib.ui.widgets.front_end import component

_component = component("sheet")


@dataclass(frozen=True)
class Axis:
    """One axis of a sheet whose tiles are points of a plane."""

    title: str
    ticks: Sequence[tuple[float, str]]  # where along the axis, from 0 to 1, and what is written there


@dataclass(frozen=True)
class Axes:
    """Both axes: x under the sheet, from left to right, and y beside it, from the bottom to the top."""

    x: Axis
    y: Axis


@dataclass(frozen=True)
class Tiles:
    """What is on the sheet."""

    label: str  # names the sheet
    hint: str  # shown above it while the mouse is elsewhere
    labels: list[str]  # one per tile, shown there for the tile under the mouse or the keys
    selected: int = -1  # the tile to mark
    axes: Axes | None = None


def sheet(image: Image8, grid: Grid, tiles: Tiles, key: str, pick: Callable[[int], None]) -> None:
    """Shows the sheet (H, W, 3) uint8; calls `pick` with the tile that is clicked."""
    height, width = image.shape[:2]
    data = {
        "src": data_url(image, 90),
        "width": width,
        "height": height,
        "columns": grid.columns,
        "tileHeight": grid.tile[0],
        "tileWidth": grid.tile[1],
        "gap": grid.gap,
        "labels": tiles.labels,
        "label": tiles.label,
        "hint": tiles.hint,
        "selected": tiles.selected,
        "axes": tiles.axes and asdict(tiles.axes),
    }

    def picked() -> None:
        pick(int(st.session_state[key]["picked"]))

    _component(data=data, words=tiles.label, key=key, on_picked_change=picked)
