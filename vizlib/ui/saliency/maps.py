"""Saliency maps on screen: over the picture or alone, each on its own scale or all on one, live while they grow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import streamlit as st

from vizlib.method import Method
from vizlib.records import Estimate, Unit
from vizlib.render import heat, outline, overlay, scale_of
from vizlib.saliency import explain
from vizlib.ui.shared import live, show
from vizlib.ui.shared.sidebar import Bench

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class View:
    """How maps are drawn."""

    strength: float  # 0: the picture only, 1: the map only
    shared: bool  # one scale for all
    outlined: bool  # with the drawn object's contour


@dataclass(frozen=True, eq=False)
class Panel:
    """One method's map and the place where it stands."""

    method: Method
    place: Any  # a Streamlit placeholder
    recipe: dict[str, Any]
    values: Array  # (H, W), raw
    note: str


def compute(here: Bench, method: Method, target: int | Unit, options: dict[str, Any], view: View) -> Panel | None:
    """Runs the method in the current column, drawing frames as they come. options: `knobs` and `layer`."""
    recipe = here.recipe | {
        "method": method.key,
        "target": target if isinstance(target, int) else asdict(target),
        "settings": asdict(options["knobs"]),
        "layer": options["layer"],
    }
    place = st.empty()

    def draw(frame: Estimate) -> None:
        paint(here, Panel(method, place, recipe, frame.values[0].numpy(), frame.note), view)

    layer = options["layer"] if method.needs_layer else None
    last = live.follow(
        here.place,
        recipe,
        lambda: explain(here.model, here.pixels, method.key, target, layer=layer, knobs=options["knobs"]),
        draw,
        method.label,
    )
    return None if last is None else Panel(method, place, recipe, last.values[0].numpy(), last.note)


def paint(here: Bench, panel: Panel, view: View, limit: float | None = None) -> Array:
    """Draws the map into its place; answers the picture (H, W, 3) uint8."""
    signed = panel.method.signed or bool((panel.values < 0).any())  # Grad-CAM, where its negative part is kept
    limit = scale_of(panel.values) if limit is None else limit
    picture = _blend(here.image, panel.values, signed, view.strength, limit)
    if view.outlined and here.mask is not None:
        picture = outline(picture, here.mask)
    with panel.place.container():
        show.figure(picture, f"{panel.method.label}: {_reading(signed)}")
        show.legend(signed, limit, panel.method.unit)
    return picture


def _blend(image: Array, values: Array, signed: bool, strength: float, limit: float) -> Array:
    return heat(values, signed, limit) if strength >= 1 else overlay(image, values, signed, strength, limit)


def _reading(signed: bool) -> str:
    return "red speaks for the target, blue against it" if signed else "the brighter, the more the answer hangs on it"


def share_inside(values: Array, mask: Array) -> float:
    """Which share of the map's absolute mass lies inside the mask, [0, 1]; 0 for an empty map."""
    mass = np.abs(values)
    return float(mass[mask].sum() / mass.sum()) if mass.sum() > 0 else 0.0


def below(here: Bench, panel: Panel, picture: Array) -> None:
    """Under a finished map: what should be known about it, how much of it lies on the object, what can be saved."""
    if panel.note:
        st.caption(panel.note)
    if here.mask is not None:
        inside, area = share_inside(panel.values, here.mask), float(here.mask.mean())
        st.metric(
            "of the map lies on the object",
            f"{inside:.0%}",
            f"{inside / area:.1f} x its share of the picture ({area:.0%})" if area else None,
            delta_color="off",
        )
    name = f"filterscope_{panel.method.key}"
    with st.container(horizontal=True):
        show.save_png("Map (PNG)", picture, name, panel.recipe)
        show.save_npy("Raw (.npy)", panel.values, name)
