"""The atlas on screen: a layer's channels as optimized pictures, filling in live; click one to open its card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.activation_maximization.atlas import Atlas, Plan, atlas, similar_order, tile_size
from vizlib.activation_maximization.presets import FAMILIES, family, preset
from vizlib.layers import activations
from vizlib.records import Layer
from vizlib.render import contact_sheet
from vizlib.runs import limits
from vizlib.ui.filters import real_pictures
from vizlib.ui.shared import live, server, show
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.widgets.sheet import Tiles, sheet

Array = np.ndarray[Any, Any]
_ORDERS = ["index", "strength on the picture", "similarity"]
_USUAL_COUNT = 32


@dataclass(frozen=True)
class Look:
    """How the atlas is made and sorted."""

    count: int
    steps: int
    seed: int
    order: str


def choose(layer: Layer) -> Look:
    """Draws the controls."""
    most = layer.shape[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Order", _ORDERS, default=_ORDERS[0], required=True, key="atlas_order", bind="query-params"
        )
        if st.session_state.get("tiles", 0) > most:
            st.session_state["tiles"] = most
        count = st.number_input(
            "Channels", 1, most, min(_USUAL_COUNT, most), key="tiles", bind="query-params", width=140
        )
        steps = st.number_input(
            "Steps per tile", 4, *limits.steps(512, 64), 4, key="atlas_steps", bind="query-params", width=150
        )
        seed = st.number_input("Seed", 0, 999_999, 0, key="atlas_seed", bind="query-params", width=120)
    return Look(int(count), int(steps), int(seed), order)


def draw(here: Bench, layer: Layer, look: Look, selected: int) -> None:
    """The sheet; a click opens the unit's card."""
    order = _order(here, layer, look)
    plan = Plan(layer.path, tuple(range(look.count)), look.steps, look.seed)
    recipe = _recipe(here, plan)
    place = st.empty()
    start = partial(atlas, here.model, plan, server.runs().store)
    where = replace(here.pictureless, keep=False)  # the atlas itself keeps its tiles
    last = live.follow(where, recipe, start, partial(_paint, place, order), f"Atlas of {layer.path}")
    if last is None:
        return
    image, grid = contact_sheet(last.tiles[order], tile=_drawn_side(look.count))
    labels = [_label(last, channel) for channel in order]
    words = Tiles(
        f"Atlas of {layer.path}", "Click a tile to open the unit's card.", labels,
        int(np.flatnonzero(order == selected)[0]) if selected in order else -1,
    )  # fmt: skip
    with place.container():
        sheet(image, grid, words, "atlas", lambda tile: open_card(int(order[tile])))
    _below(here, layer, last, image, recipe)


def open_card(channel: int) -> None:
    """Switches to the unit's card."""
    st.session_state["unit"] = channel
    st.session_state["show"] = "One unit"


def _paint(place: Any, order: Array, frame: Atlas) -> None:
    image, _ = contact_sheet(frame.tiles[order], tile=_drawn_side(len(order)))
    show.moving(image, "", place, 0)


def _drawn_side(count: int) -> int:
    return 160 if count <= 64 else 96


def _label(last: Atlas, channel: int) -> str:
    value = last.values[channel]
    note = f" · {last.notes[channel]}" if last.notes[channel] else ""
    return f"channel {channel}" + (f" · mean activation {value:.3g}{note}" if np.isfinite(value) else " · not yet made")


def _below(here: Bench, layer: Layer, last: Atlas, image: Array, recipe: dict[str, Any]) -> None:
    kind = family(here.model)
    st.caption(
        f"Each tile is the picture, made from noise, that excites one channel of {layer.path} most "
        f"({last.finished} of {len(last.values)} done, {last.tiles.shape[1]} px, the settings for a "
        f"{FAMILIES[kind]}). Neighbors in the order of the index have nothing to do with each other."
    )
    with st.container(horizontal=True):
        show.save_png("Atlas (PNG)", image, "filterscope_atlas", recipe)


def _recipe(here: Bench, plan: Plan) -> dict[str, Any]:
    return {
        "what": "atlas",
        "network": here.model.name,
        "weights": here.model.fingerprint,
        "layer": plan.layer,
        "channels": len(plan.channels),
        "steps": plan.steps,
        "seed": plan.seed,
        "size": tile_size(here.model, plan.layer),
        "settings": preset(here.model, inside=True),
    }


def _order(here: Bench, layer: Layer, look: Look) -> Array:
    """The channels in the order of the screen."""
    if look.order == _ORDERS[1]:
        maps = activations(here.model, here.pixels, [layer.path])[layer.path][0]
        means = maps.float().flatten(1).cpu().numpy().mean(1)[: look.count]
        return np.argsort(-means, kind="stable")
    if look.order == _ORDERS[2]:
        survey = real_pictures.survey(here, layer, real_pictures.usual_source(here))
        if survey is not None:
            return np.array(similar_order(survey.means[:, : look.count]))
    return np.arange(look.count)
