"""The atlas on screen: one optimized picture per channel of a layer. A click on a tile opens the channel's card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.activation_maximization import (
    FAMILIES,
    Atlas,
    AtlasPlan,
    family,
    list_atlas,
    similar_order,
    stored_atlas,
)
from vizlib.activation_maximization.atlas import atlas, is_stored
from vizlib.batch.saved import atlas as saved_atlas
from vizlib.layers import activations
from vizlib.records import Layer
from vizlib.render import Array, page_colors, rgb
from vizlib.runs import limits
from vizlib.ui.filters import channel_box, real_pictures
from vizlib.ui.shared import live, save, server, show, trained
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, short
from vizlib.ui.widgets.sheet import Tiles, sheet

_ORDERS = ["index", "strength on the picture", "similarity"]
_USUAL_COUNT = 64
_PAGE = "atlas_page"
_LED = "channel whose atlas page is shown"


@dataclass(frozen=True)
class AtlasView:
    """How the atlas is computed and sorted."""

    count: int  # tiles at once
    steps: int
    seed: int
    order: str


def choose(layer: Layer) -> AtlasView:
    """Draws the controls; returns what they say."""
    most = layer.shape[0]
    order = linked().segmented_control("Order", _ORDERS, default=_ORDERS[0], required=True, key="atlas_order")
    if st.session_state.get("tiles", 0) > most:
        st.session_state["tiles"] = most
    count = linked().number_input("Tiles at once", 1, most, min(_USUAL_COUNT, most), key="tiles")
    steps = linked().number_input("Steps", 4, *limits.steps(512, 64), 4, key="atlas_steps")
    seed = linked().number_input("Seed", 0, 999_999, 0, key="atlas_seed")
    return AtlasView(int(count), int(steps), int(seed), order)


def draw(
    here: Chosen, layer: Layer, view: AtlasView, selected: int, twin: Callable[[], Chosen | None] = lambda: None
) -> None:
    """Draws the sheet with the selected channel among its tiles. A click opens the card of a channel.

    twin: draws its switch; returns a network whose channels are drawn below, in the same order.
    """
    live.status()
    other = twin()
    place, below = st.empty(), st.container()
    with below:
        shown = _page(layer.shape[0], view.count, selected)
    order = _order(here, layer, view, shown)
    plan = AtlasPlan(layer.path, shown, view.steps, view.seed)
    recipe = saved_atlas.recipe(here.model, plan)
    start = partial(atlas, here.model, plan, server.runs().store)
    where = replace(here.without_picture, keep=False)  # the atlas itself keeps its tiles
    invitation = None if is_stored(here.model, plan, server.runs().store) else _invitation(layer, shown)
    last = live.follow(where, recipe, start, partial(_paint, place, order), f"Atlas of {layer.path}", invitation)
    if last is None:
        return
    image, grid = saved_atlas.sheet(last.tiles[order])
    channels = [shown[each] for each in order]
    words = Tiles(
        f"Atlas of {layer.path}",
        "Click a tile to open the card of that channel.",
        [_label(here, layer, last, each, shown[each]) for each in order],
        channels.index(selected) if selected in channels else -1,
    )
    if last.finished == len(shown):
        _list(here, layer, plan)
        live.verdict().markdown(
            f"**{last.finished:d} of {len(shown):d} done.** Each picture activates one channel of {plain(layer.path)} "
            "as strongly as possible."
        )
    with place.container():
        sheet(image, grid, words, "atlas", lambda tile: open_card(channels[tile]))
    with below:
        _below(here, last, image, recipe | saved_atlas.view(order))
        if other is not None:
            _of_twin(other, plan, order)


def _of_twin(other: Chosen, plan: AtlasPlan, order: Array) -> None:
    """Draws the sheet of the same channels of another network."""
    st.header(plain(f"The same channels of {other.model.name}"))
    place, store = st.empty(), server.runs().store
    start = partial(atlas, other.model, plan, store)
    where = replace(other.without_picture, keep=False)
    words = f"Atlas of {plan.layer} of {other.model.name}"
    parts = saved_atlas.recipe(other.model, plan)
    last = live.follow(where, parts, start, partial(_paint, place, order), words)
    if last is not None:
        show.figure(saved_atlas.sheet(last.tiles[order])[0], f"{words}, in the order of the sheet above", place)


def _list(here: Chosen, layer: Layer, plan: AtlasPlan) -> None:
    """Makes the atlas known to the page Zoo, but never one of a network that only its visitor has."""
    if here.without_picture.keep and not here.model.name.startswith(trained.PREFIX):
        whole = replace(plan, channels=tuple(range(layer.shape[0])))
        list_atlas(server.runs().store, stored_atlas(here.model, whole))


def _page(channels: int, count: int, selected: int) -> tuple[int, ...]:
    """Draws the choice of a page if not all channels fit on one; returns those on it.

    When another channel is chosen, its page opens.
    """
    pages = -(-channels // count)
    if pages == 1:
        return tuple(range(channels))
    known = st.session_state.get(_PAGE, 1 if _PAGE in st.query_params else pages + 1)
    if known > pages or st.session_state.get(_LED, selected) != selected:
        st.session_state[_PAGE] = selected // count + 1
    st.session_state[_LED] = selected
    number = linked().pagination(pages, key=_PAGE)
    return tuple(range((number - 1) * count, min(number * count, channels)))


def _invitation(layer: Layer, shown: tuple[int, ...]) -> live.Invitation:
    which = f"channels {shown[0]} to {shown[-1]}" if len(shown) > 1 else f"channel {shown[0]}"
    words = (
        f"**Draw the atlas** optimizes {len(shown):d} pictures, one for each of {which:s} of {plain(layer.path)}. "
        "To see a single one, type its number and choose **One unit**."
    )
    return live.Invitation("Draw the atlas", partial(st.markdown, words))


def open_card(channel: int) -> None:
    """Switches to the card of a channel."""
    channel_box.choose(channel)
    st.session_state["show"] = "One unit"


def _paint(place: Any, order: Array, frame: Atlas) -> None:
    paper = rgb(page_colors(show.dark()).paper)[0]  # gaps like those of the finished sheet
    show.moving(saved_atlas.sheet(frame.tiles[order], paper)[0], "", place, 0)


def _label(here: Chosen, layer: Layer, last: Atlas, tile: int, channel: int) -> str:
    own = f"channel {channel}"
    if channel_box.gives_logits(here.model, layer):
        own += f" · {short(here.model.class_names[channel])}"
    value = last.values[tile]
    if not np.isfinite(value):
        return f"{own} · not computed yet"
    return " · ".join(filter(None, (own, f"mean activation {value:.3g}", last.notes[tile])))


def _below(here: Chosen, last: Atlas, image: Array, recipe: dict[str, Any]) -> None:
    kind = family(here.model)
    st.caption(
        f"Each tile was optimized from noise ({last.tiles.shape[1]:d} px, with the settings for a "
        f"{plain(FAMILIES[kind])}). In the order of the index, neighboring tiles are unrelated."
    )
    with st.container(horizontal=True):
        save.save_png("Atlas (PNG)", image, "filterscope_atlas", recipe)


def _order(here: Chosen, layer: Layer, view: AtlasView, shown: tuple[int, ...]) -> Array:
    """The tiles, by number among those shown, in the order in which they are drawn."""
    rows = slice(shown[0], shown[-1] + 1)
    if view.order == _ORDERS[1]:
        maps = activations(here.model, here.pixels, [layer.path])[layer.path][0]
        return np.argsort(-maps.float().flatten(1).cpu().numpy().mean(1)[rows], kind="stable")
    if view.order == _ORDERS[2]:
        survey = real_pictures.survey(here, layer, real_pictures.usual_source(here))
        if survey is not None:
            return np.array(similar_order(survey.means[:, rows]))
    return np.arange(len(shown))
