"""The decision map as a picture: each point a square in the color of its class, and what the colors mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from torch import Tensor

from vizlib.evaluation import Plane
from vizlib.render import SOURCE, TARGET, Array, page_colors, rgb
from vizlib.ui.shared import show
from vizlib.ui.shared.words import plain, share, short

CELL = 16  # px per point
OTHERS = page_colors(dark=False).series[2:]  # blue and orange are the first two classes; the last one is gray
FIRST = (SOURCE, TARGET)
_LISTED = 7  # classes in the legend


def colors_of(frame: Plane) -> dict[int, tuple[int, int, int]]:
    """A color per class: two for the named classes, others for the most frequent ones, and gray for the rest."""
    rest = frame.classes[frame.classes >= 0].unique(return_counts=True)
    order = [int(each) for each in rest[0][rest[1].argsort(descending=True)]]
    others = [each for each in order if each not in frame.named]
    chosen = dict(zip(others, OTHERS[:-1])) | dict(zip(reversed(frame.named), reversed(FIRST)))
    table = {each: chosen.get(each, OTHERS[-1]) for each in order}
    return {each: rgb(color) for each, color in table.items()}


def image(frame: Plane) -> Array:
    """The map with row 0 at the bottom and each point as a square. o marks the original, x the fooling image."""
    paper = np.array(rgb(page_colors(show.dark()).paper), dtype=np.float64)
    cells = np.tile(paper, (*frame.classes.shape, 1))
    strength = (0.25 + 0.75 * frame.probability.nan_to_num(0.0).numpy())[..., None]
    for label, color in colors_of(frame).items():
        inside = (frame.classes == label).numpy()
        cells[inside] = (strength * np.array(color) + (1 - strength) * paper)[inside]
    drawn = np.rint(cells[::-1]).astype(np.uint8).repeat(CELL, 0).repeat(CELL, 1)
    middle = len(frame.across) - 1 - zero(frame.across)
    _mark(drawn, zero(frame.along), middle, cross=False)
    _mark(drawn, zero(frame.along - 1), middle, cross=True)
    return drawn


def _mark(image: Array, column: int, row: int, cross: bool) -> None:
    """Draws a ring or the arms of a cross, white on black, around a cell, so that its own color stays in sight."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width]
    down, right = y - (row + 0.5) * CELL + 0.5, x - (column + 0.5) * CELL + 0.5
    far = np.hypot(down, right)
    off = np.minimum(abs(down - right), abs(down + right)) / 1.4 if cross else abs(far - 1.4 * CELL)
    near = (far < 2 * CELL) & (far > 0.95 * CELL)
    image[near & (off < 4)] = 0
    image[near & (off < 2)] = 255


def legend(frame: Plane, labels: Sequence[str]) -> None:
    """Draws which class each color is, with its share of the map."""
    table = colors_of(frame)
    entries = []
    for label, (red, green, blue) in list(table.items())[:_LISTED]:
        part = float((frame.classes == label).float().mean())
        box = f'<span style="color: rgb({red:d}, {green:d}, {blue:d}); font-size: 1.4em">■</span>'
        name = f"{plain(short(labels[label]))} ({share(part)})"
        entries.append(f'<span style="white-space: nowrap">{box} {name}</span>')
    if len(table) > _LISTED:
        entries.append(f"{len(table) - _LISTED:d} more")
    st.markdown(" &nbsp; ".join(entries), unsafe_allow_html=True)


def zero(places: Tensor) -> int:
    """The number of the place that is nearest to 0."""
    return int(places.abs().argmin())
