"""Do the maps depend on what the network has learned? Its weights are scrambled, layer by layer from the top."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st

from vizlib.faithfulness import SIMILARITIES, Scrambled, Scrambling, scrambling, survives
from vizlib.render import Image8, heat, scale_of
from vizlib.ui.believe import report
from vizlib.ui.believe.asked import Examined, Places, row
from vizlib.ui.shared import lines, live, save, show
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.plot import Panel
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain

_ORDERS: Final = {"cascading": "scramble from the top", "independent": "one layer at a time"}
_MEASURES: Final = {
    "rank": "rank correlation of absolute values",
    "ssim": "structural similarity (SSIM)",
    "hog": "similarity of edges (HOG)",
}
_ABOUT: Final = (
    "A copy of the network gets **random weights**, layer by layer. A map that shows what the network has learned must "
    "change with them. The gray line is the control: how alike the maps of two networks are that learned nothing."
)


def draw(here: Chosen, asked: Examined) -> None:
    """Draws the controls, the maps as they change, and the curves."""
    order, seed, measure = _ask(asked.places)
    live.status()
    asked.need()
    recipe = {**here.recipe, **asked.parts("scrambled"), "order": order, "seed": seed}
    start = partial(_start, here, asked, order, seed)
    strips, curves = st.container(), Slot(st)
    slots = [Slot(strips) for _ in asked.methods]
    invitation = live.Invitation("Scramble the weights", lambda: st.markdown(_ABOUT))

    def paint(frame: Scrambling) -> None:
        for slot, each in zip(slots, frame.methods):
            show.moving(_strip(each), f"{each.method}: map {frame.step} of {frame.total}", slot.live())
        lines.live(_lines(frame, measure), _axes(frame, measure), curves.live())

    found = live.follow(asked.place(here), recipe, start, paint, "Scrambling the weights", invitation)
    if found is not None and found.step == found.total:
        said = _show(found, measure, (slots, curves))
        _save(found, recipe, f"{plain(here.name)}: {plain(asked.name)}. {said}")


def _start(here: Chosen, asked: Examined, order: Any, seed: int) -> Any:
    return scrambling(here.model, here.pixels, asked.asked(here), asked.target, order=order, seed=seed)


def _ask(places: Places) -> tuple[str, int, str]:
    order = linked(places.row).segmented_control(
        "Weights are scrambled",
        list(_ORDERS),
        default="cascading",
        required=True,
        format_func=_ORDERS.__getitem__,
        key="order",
        label_visibility="collapsed",
    )
    more = linked(places.more)
    measure = more.selectbox("Maps are compared by", list(_MEASURES), format_func=_MEASURES.__getitem__, key="alike")
    seed = int(more.number_input("Seed of the random weights", 0, 99_999, 0, key="scramble_seed"))
    return str(order), seed, str(measure)


def _strip(found: Scrambled) -> Image8:
    """The trained network's map, and that after each step, each on its own scale; white where nothing is known yet."""
    signed = bool((found.true < 0).any())
    return row([_tile(each, signed) for each in (found.true, *found.maps)])


def _tile(values: Any, signed: bool) -> Image8:
    if not np.isfinite(values).all():
        return np.full((*values.shape, 3), 235, np.uint8)
    return heat(values, signed, scale_of(values))


def _axes(found: Scrambling, measure: str) -> Axes:
    last = len(found.layers)
    ticks = [(0.0, "none"), *((float(at), layer) for at, layer in enumerate(found.layers, 1))]
    words = "scrambled down to this layer" if found.order == "cascading" else "the scrambled layer"
    return Axes(words, _MEASURES[measure], (0, last), (-0.2 if measure != "hog" else 0.0, 1.0), ticks, unit="")


def _lines(found: Scrambling, measure: str) -> list[Line]:
    at = SIMILARITIES.index(measure)
    drawn = [_line(each, at) for each in found.methods if np.isfinite(each.true).all()]
    chance = [level for each in found.methods if np.isfinite(level := _chance(each, at))]
    if chance:
        ends = (0.0, float(len(found.layers)))
        level = float(np.mean(chance))
        band = [(min(chance), max(chance))] * 2
        drawn.append(Line("two random networks", ends, (level, level), band, quiet=True, interval="all methods,"))
    return drawn


def _line(found: Scrambled, at: int) -> Line:
    values = [1.0, *found.curves[:, at]]
    known = [number for number, each in enumerate(values) if np.isfinite(each)]
    return Line(found.method, known, [float(values[number]) for number in known])


def _chance(found: Scrambled, at: int) -> float:
    known = found.chance[:, at][np.isfinite(found.chance[:, at])]
    return float(known.mean()) if len(known) else float("nan")


def _show(found: Scrambling, measure: str, slots: tuple[Sequence[Slot], Slot]) -> str:
    """Draws the result; returns what was found."""
    said = "  \n".join(plain(survives(each).sentence) for each in found.methods)
    live.verdict().markdown(said)
    words = "the trained network, then " + ", ".join(found.layers)
    for slot, each in zip(slots[0], found.methods):
        with slot.rest():
            show.figure(_strip(each), f"{each.method}. From the left: {words}")
    lines.chart(
        _lines(found, measure), _axes(found, measure), slots[1].rest(), "scrambled", "Maps under scrambled weights"
    )
    st.markdown(_ABOUT)
    return said


def _panels(found: Scrambling) -> list[Panel]:
    words = "from the left the trained network, then scrambled: " + ", ".join(found.layers)
    strips = [report.beside(f"{each.method}, {words}", [_strip(each)]) for each in found.methods]
    curves = [lines.panels(_lines(found, each), _axes(found, each), _MEASURES[each])[0] for each in SIMILARITIES]
    return [*strips, *curves]


def _save(found: Scrambling, recipe: dict[str, Any], said: str) -> None:
    head = ["method", "scrambled", *SIMILARITIES]
    rows = [
        [each.method, layer, *map(float, values)]
        for each in found.methods
        for layer, values in zip(found.layers, each.curves)
    ]
    with st.container(horizontal=True):
        save.save_csv("Curves (CSV)", head, rows, "filterscope_scrambled")
        board = np.concatenate([_strip(each) for each in found.methods])
        save.save_png("Maps (PNG)", board, "filterscope_scrambled_maps", recipe)
        report.button("scrambled", said, partial(_panels, found))
