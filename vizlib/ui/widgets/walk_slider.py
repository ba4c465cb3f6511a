"""The slider that leads from the original picture to the fooled one and beyond.

The browser computes picture, probabilities and label as the thumb moves. It asks the server for nothing, so that the
slider goes on working after the server has stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vizlib.render import Image8
from vizlib.ui.widgets.data_url import crisp, kept_url
from vizlib.ui.widgets.front_end import component

_component = component("walk_slider")


@dataclass(frozen=True)
class Track:
    """What the thumb runs along."""

    id: str  # another walk, another id
    label: str  # names it for those who cannot see it
    names: Sequence[str]  # the C classes shown as bars, about 5
    source: int  # column of `names`: the original's class
    target: int  # column of `names`: what the network is to be fooled into
    amounts: Sequence[float]  # the A places at which the probabilities were computed, ascending; the axis's range
    probabilities: Sequence[Sequence[float]]  # (A, C) in [0, 1]; linear in between
    top: Sequence[str]  # (A,) the label of the highest score; it may be none of `names`
    flips: Sequence[float]  # amounts at which the label changes; exact if they are among `amounts` or between two
    stops: Sequence[tuple[float, str]]  # labeled marks on the axis
    start: float = 1.0  # where the thumb stands first
    snap: bool = False  # buttons under the axis jump to the stops
    play: bool = False  # the thumb once goes from the first stop to the last by itself, except with reduced motion


def slider(images: Sequence[Image8], places: Sequence[float], track: Track, key: str) -> None:
    """Shows pictures (H, W, 3) uint8 of one size that stand at `places`; blended between, extrapolated beyond."""
    _component(data=data(images, places, track), words=track.label, key=key)


def data(images: Sequence[Image8], places: Sequence[float], track: Track) -> dict[str, Any]:
    """What the slider's JavaScript takes."""
    _check(images, places, track)
    height, width = images[0].shape[:2]
    return {
        "id": track.id,
        "label": track.label,
        "names": list(track.names),
        "source": int(track.source),
        "target": int(track.target),
        "amounts": [float(each) for each in track.amounts],
        "probabilities": [[float(each) for each in row] for row in track.probabilities],
        "top": list(track.top),
        "flips": [float(each) for each in track.flips],
        "stops": sorted([float(place), text] for place, text in track.stops),
        "start": float(track.start),
        "snap": bool(track.snap),
        "play": bool(track.play),
        "places": [float(each) for each in places],
        "sources": [kept_url(image) for image in images],
        "width": width,
        "height": height,
        "crisp": crisp(images[0]),
    }


def _check(images: Sequence[Image8], places: Sequence[float], track: Track) -> None:
    if len(images) < 2 or len(images) != len(places):
        raise ValueError(f"a walk needs two pictures or more and a place for each: {len(images)}, {len(places)}")
    if any(image.dtype != np.uint8 or image.shape != images[0].shape or image.shape[2:] != (3,) for image in images):
        raise ValueError("the pictures of a walk are uint8 (H, W, 3), all of one size")
    if any(np.diff(places) <= 0) or any(np.diff(track.amounts) <= 0):
        raise ValueError("places and amounts ascend")
    if np.shape(track.probabilities) != (len(track.amounts), len(track.names)) or len(track.top) != len(track.amounts):
        raise ValueError("probabilities are (amounts, names), and there is a top label for each amount")
