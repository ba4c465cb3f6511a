"""A layer's channels on screen: all of them as tiles, one of them large, its kernels, and the feature pyramid."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vizlib.errors import NotShowable
from vizlib.layers import activations, list_layers, pyramid
from vizlib.records import Layer
from vizlib.render import Array, Grid, color_stops, contact_sheet, heat, kernels, mosaic, overlay, scale_of, scales_of
from vizlib.ui.shared import charts, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets.sheet import Tiles, sheet

PER_PAGE = 256  # tiles on one sheet; more could not be told apart


@st.cache_data(max_entries=32, show_spinner=False)
def _activations(_here: Chosen, recipe: dict[str, Any], path: str) -> Array:
    return activations(_here.model, _here.pixels, [path])[path][0].float().cpu().numpy()


def feature_maps(here: Chosen, layer: Layer) -> None:
    """Draws the layer's maps of the current picture on one sheet, and the chosen one large."""
    maps = _activations(here, here.recipe, layer.path)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = linked().segmented_control("Order", ["index", "strength"], default="index", required=True, key="order")
        shared = linked().toggle("One scale for all maps", key="one_scale")
        channel = _channel_box(len(maps))
    strengths = np.abs(maps).mean((1, 2))
    order = np.argsort(-strengths, kind="stable") if by == "strength" else np.arange(len(maps))
    order = order[_page(len(order))]
    signed = bool(maps.min() < 0)
    limits = scale_of(maps) if shared else scales_of(maps[order])
    image, grid = mosaic(maps[order], tile=_tile(len(order)), signed=signed, limits=limits)
    tiles = Tiles(
        f"{len(maps)} feature maps of {layer.path}",
        "Click a tile to see that channel large.",
        [f"channel {each} · mean {maps[each].mean():.3g} · largest {maps[each].max():.3g}" for each in order],
        int(np.flatnonzero(order == channel)[0]) if channel in order else -1,
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        _sheet(image, grid, tiles, order)
        st.caption(
            f"Activation of each of the {len(maps)} channels of {plain(layer.path)} at every place of the picture"
            + (", on one scale." if shared else ", each on its own scale.")
        )
    with right:
        _large(here, layer, maps[channel], channel)


def _tile(count: int) -> int:
    """Pixels per tile: the more tiles there are, the smaller they are sent."""
    return 128 if count <= 32 else 96 if count <= 64 else 64


def _channel_box(count: int) -> int:
    if st.session_state.get("channel", 0) >= count:
        st.session_state["channel"] = 0
    return int(linked().number_input("Channel", 0, count - 1, key="channel", width=160))


def _page(count: int) -> slice:
    pages = -(-count // PER_PAGE)
    page = linked().pagination(pages, key="sheet_page") if pages > 1 else 1
    return slice((page - 1) * PER_PAGE, page * PER_PAGE)


def _sheet(image: Array, grid: Grid, tiles: Tiles, order: Array) -> None:
    def pick(tile: int) -> None:
        st.session_state["channel"] = int(order[tile])

    sheet(image, grid, tiles, "sheet", pick)


def _large(here: Chosen, layer: Layer, values: Array, channel: int) -> None:
    signed = bool(values.min() < 0)
    limit = scale_of(values)
    st.header(f"Channel {channel:d}")
    show.figure(overlay(here.image, values, signed, 0.7, limit), f"Channel {channel} of {layer.path} over the picture")
    show.legend(signed, limit, "activation")
    recipe = here.recipe | {"layer": layer.path, "channel": channel}
    with st.container(horizontal=True):
        save.save_png("Map (PNG)", heat(values, signed, limit), "filterscope_feature_map", recipe)
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


def kernel_sheet(here: Chosen, layer: Layer) -> None:
    """Draws the weights of the layer, or of the first convolution inside it; in color if they apply to the picture."""
    inside = [each for each in list_layers(here.model) if f"{each.path}.".startswith(f"{layer.path}.")]
    layer = next((each for each in inside if each.kind == "convolution"), layer)
    if layer.kind != "convolution":
        raise NotShowable(f"{layer.path} has no kernels.", "Choose a convolution, or a block that contains one.")
    weights: Any = here.model.module(layer.path).weight
    count, depth = weights.shape[:2]
    on_picture = depth in (1, 3) and count > 1 and layer.order == 0
    if on_picture:
        tiles = kernels(weights[:PER_PAGE])
        words = f"The {count} filters of {layer.path}, as colors: each responds most where the picture looks like it."
    else:
        channel = _channel_box(count)
        tiles = kernels(weights[channel : channel + 1, :PER_PAGE])
        words = (
            f"Filter {channel} of {layer.path}: one tile for each of its {depth} input channels; "
            "red weights are positive, blue ones negative."
        )
    image, grid = contact_sheet(tiles, tile=_tile(len(tiles)))
    order = np.arange(len(tiles))
    left, _ = st.columns([3, 2])
    with left:
        labels = [f"{'filter' if on_picture else 'input channel'} {number}" for number in order]
        sheet(image, grid, Tiles(words, "Move over a tile to read its number.", labels), "kernels", lambda _: None)
        st.caption(plain(words) + " Weights have no unit. Each tile has its own scale, up to its largest weight.")


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
