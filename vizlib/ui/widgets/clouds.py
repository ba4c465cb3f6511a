"""Clouds of points that move from one milestone of a run to the next: color says the class, shape the domain.

The viewer moves through the milestones with a slider; the browser asks the server for nothing meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from vizlib.ui.widgets.front_end import component

_component = component("clouds")
_FINE = 1000  # places along an axis: finer than a point


@dataclass(frozen=True)
class Cloud:
    """The points of one run, in a field of its own."""

    title: str
    places: NDArray[np.float32]  # (M, N, 2) at M milestones, from 0 to 1, y upwards
    readings: Sequence[str]  # (M,) what was measured there


@dataclass(frozen=True)
class Marks:
    """What the points of every field are."""

    classes: Sequence[int]  # (N,) the class of each point
    hollow: Sequence[bool]  # (N,) whether it is drawn as the second shape, a hollow square
    key: Sequence[tuple[str, str]]  # the name and the color of each class
    shapes: tuple[str, str]  # what the two shapes stand for


@dataclass(frozen=True)
class Milestones:
    """What is said about the film."""

    id: str  # another film, another id
    label: str  # names it for those who cannot see it
    captions: Sequence[str]  # (M,)
    milliseconds: int = 700  # for which each is shown


def clouds(fields: Sequence[Cloud], marks: Marks, about: Milestones, key: str) -> None:
    """Shows the fields side by side over one slider, the last milestone first."""
    drawn = [
        {
            "title": each.title,
            "readings": list(each.readings),
            "places": np.rint(each.places.reshape(len(each.places), -1) * _FINE).astype(int).tolist(),
        }
        for each in fields
    ]
    _component(data={"fields": drawn, "fine": _FINE, **asdict(marks), **asdict(about)}, words=about.label, key=key)
