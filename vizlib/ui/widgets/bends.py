"""A curve through a few points, which one moves up and down with the mouse, a finger or the arrow keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from vizlib.ui.widgets.front_end import component

_component = component("bends")


@dataclass(frozen=True)
class Scale:
    """What the curve is of."""

    label: str  # the vertical axis
    places: Sequence[str]  # what each point is called, at equal distances along the horizontal axis
    high: float  # the end of the vertical axis, which begins at 0
    step: float  # the smallest change of a point
    axis: str  # the horizontal axis


def bends(values: Sequence[float], scale: Scale, key: str, move: Callable[[list[float]], None]) -> None:
    """Shows the curve; calls `move` with the values of all points after one was moved."""

    def moved() -> None:
        move([float(each) for each in st.session_state[key]["moved"]])

    _component(data={"values": list(values), **asdict(scale)}, key=key, on_moved_change=moved)
