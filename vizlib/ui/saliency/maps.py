"""Saliency maps on screen: over the picture or alone, each on its own scale or all on one, live during the run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from vizlib.batch.saved import saliency_map
from vizlib.batch.saved.saliency_map import MapView
from vizlib.faithfulness import share_inside
from vizlib.records import Unit
from vizlib.render import Array, scale_of
from vizlib.saliency import Estimate, MapMethod, Passes
from vizlib.ui.saliency.options import Asked
from vizlib.ui.shared import basket, encoded, live, save, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, share
from vizlib.ui.widgets import staged
from vizlib.ui.widgets.map_view import map_view, more_lines


@dataclass(frozen=True)
class View:
    """How the maps are drawn."""

    strength: float  # 0: the picture only, 1: the map only
    shared: bool  # one scale for all
    outlined: bool = False  # with the drawn object's contour

    def on(self, limit: float | None) -> MapView:
        """How one map is drawn. limit: the common scale, None for the map's own."""
        return MapView(self.strength, limit, self.outlined)


@dataclass(frozen=True, eq=False)
class Panel:
    """One method's map and its place on the page."""

    asked: Asked
    place: Any  # a Streamlit placeholder
    recipe: dict[str, Any]
    values: Array  # (H, W), raw
    note: str

    @property
    def method(self) -> MapMethod:
        return self.asked.method


def compute(here: Chosen, asked: Asked, target: int | Unit, view: View) -> Panel | None:
    """Runs the method in the current column and draws its frames."""
    asked.need()
    recipe = asked.recipe(here, target)
    place = st.empty()

    def draw(frame: Estimate) -> None:
        with staged.paused():  # all maps are painted once more, when the common scale is known
            _frame(here, Panel(asked, place, recipe, frame.values[0].numpy(), frame.note), view)

    label = asked.method.label
    last = live.follow(asked.place(here), recipe, lambda: asked.start(here, target), draw, label)
    return None if last is None else Panel(asked, place, recipe, last.values[0].numpy(), last.note)


def paint(here: Chosen, panel: Panel, view: View, limit: float | None = None, group: str = "maps") -> Array:
    """Draws the finished map into its place, so that its values can be read; returns the picture (H, W, 3) uint8.

    group: of the maps that zoom together.
    """
    signed = saliency_map.is_signed(panel.method, panel.values)
    picture = saliency_map.draw(here.image, panel.values, signed, view.on(limit), here.mask)
    limit = scale_of(panel.values) if limit is None else limit
    caption = f"{panel.method.label}: {_reading(signed)}"
    with panel.place.container():
        basket.add("pictures", caption, "png", partial(encoded.still, picture))
        map_view(picture, panel.values, caption, panel.method.unit, f"map {group} {panel.method.key}", "maps")
        show.legend(signed, limit, panel.method.unit)
    return picture


def _frame(here: Chosen, panel: Panel, view: View) -> None:
    """Draws the map so far."""
    signed = saliency_map.is_signed(panel.method, panel.values)
    picture = saliency_map.draw(here.image, panel.values, signed, view.on(None), here.mask)
    with panel.place.container():
        words = f"{panel.method.label}: {_reading(signed)}"
        show.moving(picture, words, st, empty=more_lines(panel.method.unit))
        show.legend(signed, scale_of(panel.values), panel.method.unit)


def _reading(signed: bool) -> str:
    return "red is evidence for the target, blue against it" if signed else "brighter pixels matter more to the answer"


def _cost(passes: Passes) -> str:
    """What the map took."""
    back = f" and {passes.backward:,} backward" if passes.backward else ""
    return f"{passes.forward:,} forward{back} pass{'es' if passes.total > 2 or not passes.backward else ''}"


def below(here: Chosen, panel: Panel, picture: Array, view: MapView) -> None:
    """Draws what stands under a finished map: its note, its share on the object, and the buttons that save it.

    view: how the picture was drawn, for the file's recipe.
    """
    words = ". ".join(filter(None, (panel.note, _cost(panel.asked.passes(here.model)))))
    st.caption(plain(f"{words[:1].upper()}{words[1:]}."))
    if here.mask is not None and panel.values.any():
        inside, area = share_inside(panel.values, here.mask), float(here.mask.mean())
        show.measure("Share of the map on the object", share(inside))
        if area:
            st.caption(f"{inside / area:.1f} times the object's share of the picture, {share(area)}")
    name = f"filterscope_{panel.method.key}"
    with st.container(horizontal=True):
        save.save_png("Map (PNG)", picture, name, panel.recipe | {"view": view.parts})
        save.save_npy("Raw (.npy)", panel.values, name)
