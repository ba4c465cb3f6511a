"""A layer's channels on screen: all of them as tiles, one of them large, and the feature pyramid."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vizlib.batch.saved import feature_map
from vizlib.layers import activations, pyramid
from vizlib.records import Layer
from vizlib.render import Array, color_stops, heat, mosaic, overlay, scale_of, scales_of
from vizlib.ui.layers import boxes
from vizlib.ui.shared import charts, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets.sheet import Tiles, sheet

PER_PAGE = 256  # tiles on one sheet; more could not be told apart


@st.cache_data(max_entries=32, show_spinner=False)
def _activations(_here: Chosen, recipe: dict[str, Any], path: str) -> Array:
    return activations(_here.model, _here.pixels, [path])[path][0].float().cpu().numpy()


def feature_maps(here: Chosen, layer: Layer, row: Any) -> None:
    """Draws the layer's maps of the current picture on one sheet, and the chosen one large."""
    maps = _activations(here, here.recipe, layer.path)
    with row:
        channel = boxes.channel(len(maps))
        with boxes.settings():
            by = linked().segmented_control("Order", ["index", "strength"], default="index", required=True, key="order")
            shared = linked().toggle("One scale for all maps and filters", key="one_scale")
    strengths = np.abs(maps).mean((1, 2))
    order = np.argsort(-strengths, kind="stable") if by == "strength" else np.arange(len(maps))
    left, right = st.columns([3, 2], gap="large")
    with left:
        order = order[boxes.page(len(order), PER_PAGE, "sheet_page")]
    signed = bool(maps.min() < 0)
    limits = scale_of(maps) if shared else scales_of(maps[order])
    image, grid = mosaic(maps[order], tile=boxes.tile(len(order)), gap=4, signed=signed, limits=limits)
    tiles = Tiles(
        f"{len(maps)} feature maps of {layer.path}",
        "Click a tile to see that channel large.",
        [f"channel {each} · mean {maps[each].mean():.3g} · largest {maps[each].max():.3g}" for each in order],
        int(np.flatnonzero(order == channel)[0]) if channel in order else -1,
    )
    with left:
        sheet(image, grid, tiles, "sheet", lambda tile: boxes.pick(int(order[tile])))
        st.caption(
            f"Activation of each of the {len(maps)} channels of {plain(layer.path)} at every place of the picture"
            + (", on one scale." if shared else ", each on its own scale.")
        )
    with right:
        _large(here, layer, maps[channel], channel)


def _large(here: Chosen, layer: Layer, values: Array, channel: int) -> None:
    signed = bool(values.min() < 0)
    limit = scale_of(values)
    st.header(f"Channel {channel:d}")
    show.figure(overlay(here.image, values, signed, 0.7, limit), f"Channel {channel} of {layer.path} over the picture")
    show.legend(signed, limit, "activation")
    recipe = feature_map.recipe(here.recipe, layer.path, channel)
    with st.container(horizontal=True):
        save.save_png("Map (PNG)", feature_map.draw(values), "filterscope_feature_map", recipe)
        save.save_npy("Raw (.npy)", values, "filterscope_feature_map")
    chart = go.Figure(
        go.Heatmap(
            z=values,
            zmin=-limit if signed else 0,
            zmax=limit or 1,
            colorscale=color_stops(signed),
            showscale=False,
            hovertemplate="row %{y}, column %{x}<br>%{z:.4g}<extra></extra>",
        )
    )
    chart.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain", title="row")
    chart.update_xaxes(constrain="domain")
    chart.update_layout(height=440)
    charts.draw(chart, "column", "values")
    st.caption("The activations of the same channel. Move the mouse over the map to read them.")


def feature_pyramid(here: Chosen) -> None:
    """Draws timm's feature pyramid of the picture, one picture per level."""
    levels = pyramid(here.model, here.pixels)
    for column, level in zip(show.grid(len(levels)), levels, strict=True):
        strength = level.maps[0].abs().mean(0).float().cpu().numpy()
        height, width = strength.shape
        with column:
            show.figure(
                heat(strength, False),
                f"{level.path}: {level.channels} channels of {width} x {height}, "
                f"1/{level.reduction} of the input's side. "
                f"Mean absolute activation over the channels, brightest at {scale_of(strength):.3g}.",
            )
