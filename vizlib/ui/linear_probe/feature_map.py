"""The features of two layers as maps: pictures that are near each other have similar features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vizlib.render import page_colors
from vizlib.training import embedding
from vizlib.ui.linear_probe import runs
from vizlib.ui.linear_probe.controls import Asked
from vizlib.ui.linear_probe.fitted import Fitted
from vizlib.ui.linear_probe.measured import begun
from vizlib.ui.shared import live, picture_set, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, share, short
from vizlib.ui.widgets.points import Looks, Map, points

_HOW = {"pca": "PCA", "tsne": "t-SNE"}
_SHAPES = ("round", "square", "diamond")
_NEAREST = 5
_MOST, _TILE = 300, 48  # pictures on a map, and px of each


def draw(here: Chosen, asked: Asked) -> None:
    """Draws, for each set, the map of the first layer beside that of the chosen one."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = linked().segmented_control(
            "Map", list(_HOW), default="pca", required=True, format_func=_HOW.__getitem__, key="probe_map"
        )
        pictures = linked().toggle("Pictures in place of points", key="probe_thumbnails")
    found = runs.fitted(here, asked)
    if found is None:
        return
    live.verdict().markdown("  \n".join(_summary(asked, each) for each in found))
    for tab, fitted in zip(st.tabs([plain(each.data.name) for each in found]), found):
        with tab:
            _one(asked, fitted, str(how), bool(pictures))
    st.caption(
        "Each point is a held-out picture, placed by its features alone: the classes only color it. A hollow point is "
        "one that the classifier of the chosen layer gets wrong. "
        + ("PCA shows the two directions in which the features vary most." if how == "pca" else _TSNE)
    )


_TSNE = (
    "t-SNE keeps neighbors together; distances between groups, and their sizes, mean nothing, and another seed draws "
    "another map."
)


def _one(asked: Asked, fitted: Fitted, how: str, pictures: bool) -> None:
    some = np.linspace(0, len(fitted.right) - 1, min(_MOST, len(fitted.right))).round().astype(int)
    with st.spinner("Drawing the maps ...", show_time=True):
        maps = [_map(fitted.key, fitted, layer, how, asked.seed, some.tolist()) for layer in _layers(asked)]
    tiles = np.stack([picture_set.tile(fitted.data, each, _TILE) for each in some])
    hint = "Point at a picture, or use the arrow keys. It is marked in both maps."
    points(tiles, maps, _looks(fitted, some), f"probe map {fitted.data.name}", hint=hint, pictures=pictures)


@st.cache_data(max_entries=32, show_spinner=False)
def _map(key: str, _fitted: Fitted, layer: str, how: str, seed: int, some: list[int]) -> Map:
    """Where the pictures stand in the map of a layer; computed once."""
    places = embedding(_fitted.features.values[layer][some], how, seed)
    low, high = places.min(0), places.max(0)
    x, y = ((places - low) / np.maximum(high - low, 1e-9)).T
    return Map(layer, x.round(4).tolist(), y.round(4).tolist())


def _looks(fitted: Fitted, some: Sequence[int] | NDArray[np.int64]) -> Looks:
    marks = [_mark(int(fitted.data.labels[each])) for each in some]
    return Looks(
        [fitted.said(int(each)) for each in some],
        [color for color, _ in marks],
        [shape for _, shape in marks],
        [not fitted.right[each] for each in some],
        [(short(name), *_mark(label)) for label, name in enumerate(fitted.data.classes)],
    )


def _mark(label: int) -> tuple[str, str]:
    """The color and the shape of a class."""
    colors = page_colors(show.dark()).series
    return colors[label % len(colors)], _SHAPES[label // len(colors) % len(_SHAPES)]


def _summary(asked: Asked, fitted: Fitted) -> str:
    """How many of the nearest pictures are of a picture's own class, by the features of both layers."""
    shares = {each: neighbors(fitted.features.values[each], fitted.data.labels) for each in _layers(asked)}
    said = " and ".join(f"{share(each)} at **{plain(layer)}**" for layer, each in shares.items())
    name = plain(begun(fitted.data.name))
    return f"**{name}**: of the {_NEAREST} nearest pictures, {said} are of the picture's own class."


def neighbors(values: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The share of the pictures nearest to each picture that are of its class, by all its features."""
    values = (values - values.mean(0)) / np.maximum(values.std(0), 1e-6)
    squares = (values**2).sum(1)
    apart = squares[:, None] + squares[None] - 2 * values @ values.T
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1)[:, :_NEAREST]
    return float((labels[nearest] == labels[:, None]).mean())


def _layers(asked: Asked) -> list[str]:
    """The first layer, and the chosen one."""
    return list(dict.fromkeys([asked.layers[0], asked.layer]))
