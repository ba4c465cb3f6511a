"""The atlas on screen: one optimized picture per channel of a layer. A click on a tile opens the unit's card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.activation_maximization import FAMILIES, Atlas, AtlasPlan, family, preset, similar_order, tile_size
from vizlib.activation_maximization.atlas import atlas
from vizlib.layers import activations
from vizlib.records import Layer
from vizlib.render import Array, contact_sheet
from vizlib.runs import limits
from vizlib.ui.filters import real_pictures
from vizlib.ui.shared import live, save, server, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets.sheet import Tiles, sheet

_ORDERS = ["index", "strength on the picture", "similarity"]
_USUAL_COUNT = 32


@dataclass(frozen=True)
class AtlasView:
    """How the atlas is computed and sorted."""

    count: int
    steps: int
    seed: int
    order: str


def choose(layer: Layer) -> AtlasView:
    """Draws the controls; returns what they say."""
    most = layer.shape[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = linked().segmented_control("Order", _ORDERS, default=_ORDERS[0], required=True, key="atlas_order")
        if st.session_state.get("tiles", 0) > most:
            st.session_state["tiles"] = most
        count = linked().number_input("Tiles", 1, most, min(_USUAL_COUNT, most), key="tiles", width=140)
        steps = linked().number_input("Steps per picture", 4, *limits.steps(512, 64), 4, key="atlas_steps", width=150)
        seed = linked().number_input("Seed", 0, 999_999, 0, key="atlas_seed", width=120)
    return AtlasView(int(count), int(steps), int(seed), order)


def draw(here: Chosen, layer: Layer, view: AtlasView, selected: int) -> None:
    """Draws the sheet. A click opens the unit's card."""
    live.status()
    order = _order(here, layer, view)
    plan = AtlasPlan(layer.path, tuple(range(view.count)), view.steps, view.seed)
    recipe = _recipe(here, plan)
    place = st.empty()
    start = partial(atlas, here.model, plan, server.runs().store)
    where = replace(here.without_picture, keep=False)  # the atlas itself keeps its tiles
    last = live.follow(
        where, recipe, start, partial(_paint, place, order), f"Atlas of {layer.path}", _invitation(layer, view)
    )
    if last is None:
        return
    image, grid = contact_sheet(last.tiles[order], tile=_drawn_side(view.count))
    labels = [_label(last, channel) for channel in order]
    words = Tiles(
        f"Atlas of {layer.path}", "Click a tile to open that unit's card.", labels,
        int(np.flatnonzero(order == selected)[0]) if selected in order else -1,
    )  # fmt: skip
    with place.container():
        sheet(image, grid, words, "atlas", lambda tile: open_card(int(order[tile])))
    _below(here, layer, last, image, recipe)


def _invitation(layer: Layer, view: AtlasView) -> live.Invitation:
    words = (
        f"**Draw the atlas** optimizes {view.count:d} pictures, one for each of the first channels of "
        f"{plain(layer.path)}. To see a single one, choose **One unit**."
    )
    return live.Invitation("Draw the atlas", partial(st.markdown, words))


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
    if not np.isfinite(value):
        return f"channel {channel} · not computed yet"
    return " · ".join(filter(None, (f"channel {channel}", f"mean activation {value:.3g}", last.notes[channel])))


def _below(here: Chosen, layer: Layer, last: Atlas, image: Array, recipe: dict[str, Any]) -> None:
    kind = family(here.model)
    st.caption(
        f"Each tile is a picture, optimized from noise, that activates one channel of {plain(layer.path)} as strongly "
        f"as possible ({last.finished:d} of {len(last.values)} done, {last.tiles.shape[1]:d} px, with the settings for "
        f"a {plain(FAMILIES[kind])}). In the order of the index, neighboring tiles are unrelated."
    )
    with st.container(horizontal=True):
        save.save_png("Atlas (PNG)", image, "filterscope_atlas", recipe)


def _recipe(here: Chosen, plan: AtlasPlan) -> dict[str, Any]:
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


def _order(here: Chosen, layer: Layer, view: AtlasView) -> Array:
    """The channels in the order in which they are drawn."""
    if view.order == _ORDERS[1]:
        maps = activations(here.model, here.pixels, [layer.path])[layer.path][0]
        means = maps.float().flatten(1).cpu().numpy().mean(1)[: view.count]
        return np.argsort(-means, kind="stable")
    if view.order == _ORDERS[2]:
        survey = real_pictures.survey(here, layer, real_pictures.usual_source(here))
        if survey is not None:
            return np.array(similar_order(survey.means[:, : view.count]))
    return np.arange(view.count)
