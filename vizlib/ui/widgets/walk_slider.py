"""The slider of the product: from the original picture over the fooled one to beyond, under the viewer's thumb.

Picture, probabilities and label follow at once, computed in the browser: nothing is asked of the server, and all goes
on working after it has stopped.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from vizlib.ui.widgets._walk_parts import CSS, HTML
from vizlib.ui.widgets._walk_script import JS

Array = np.ndarray[Any, Any]
CRISP = 64  # pixels: pictures up to this side are shown with hard edges

_component = st.components.v2.component("filterscope_walk", html=HTML, css=CSS, js=JS)


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


def slider(images: Sequence[Array], places: Sequence[float], track: Track, key: str) -> None:
    """Shows pictures (H, W, 3) uint8 of one size that stand at `places`; blended between, extrapolated beyond."""
    _check(images, places, track)
    height, width = images[0].shape[:2]
    data = {
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
        "places": [float(each) for each in places],
        "sources": [png_url(image) for image in images],
        "width": width,
        "height": height,
        "crisp": max(height, width) <= CRISP,
    }
    _component(data=data, key=key)


def _check(images: Sequence[Array], places: Sequence[float], track: Track) -> None:
    if len(images) < 2 or len(images) != len(places):
        raise ValueError(f"a walk needs two pictures or more and a place for each: {len(images)}, {len(places)}")
    if any(image.dtype != np.uint8 or image.shape != images[0].shape or image.shape[2:] != (3,) for image in images):
        raise ValueError("the pictures of a walk are uint8 (H, W, 3), all of one size")
    if any(np.diff(places) <= 0) or any(np.diff(track.amounts) <= 0):
        raise ValueError("places and amounts ascend")
    if np.shape(track.probabilities) != (len(track.amounts), len(track.names)) or len(track.top) != len(track.amounts):
        raise ValueError("probabilities are (amounts, names), and there is a top label for each amount")


def png_url(image: Array) -> str:
    """The picture as a lossless data URL; encoded once."""
    digest = hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
    return _encoded(digest, image.shape, image)


@st.cache_data(max_entries=32, show_spinner=False)
def _encoded(digest: str, shape: tuple[int, ...], _image: Array) -> str:
    """Keyed by the bytes, so that no two pictures can be taken for each other."""
    buffer = io.BytesIO()
    Image.fromarray(_image).save(buffer, "PNG", compress_level=4)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
