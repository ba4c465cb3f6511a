"""What is left of the answer without the pixels that a map calls important? A player, and areas beside controls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st

from vizlib.faithfulness import FILLS, Deleted, Deletion, deleting
from vizlib.runs import Recipe
from vizlib.ui.believe.asked import Examined
from vizlib.ui.shared import lines, live, save, show
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import number, plain
from vizlib.ui.widgets.removal import Chance, Order, Removal, removal

_MODES: Final = ("removed", "brought in")
_ABOUT: Final = (
    "The pixels that a map calls most important are **removed** first, or **brought in** first into a picture without "
    "any. If the map is right, the probability falls, or rises, sooner than in **random order**, and later in the "
    "**reversed** order."
)


def draw(here: Chosen, asked: Examined) -> None:
    """Draws the controls, the curves as they are measured, and the player."""
    fill, mode = _ask(asked.places.row)
    live.status()
    asked.need()
    recipe = {**here.recipe, **asked.parts("deletion"), "fill": fill, "insert": mode == _MODES[1]}
    slot = Slot(st)
    invitation = live.Invitation("Remove the pixels" if mode == _MODES[0] else "Bring the pixels in", _until)

    def paint(frame: Deletion) -> None:
        lines.live(_lines(frame), _axes(asked), slot.live())

    start = partial(_start, here, asked, fill, mode == _MODES[1])
    found = live.follow(asked.place(here), recipe, start, paint, "Asking the network", invitation)
    if found is not None and found.step == found.total:
        with slot.rest():
            _show(found, asked, Recipe(recipe).key, mode)


def _until() -> None:
    st.markdown(_ABOUT)


def _start(here: Chosen, asked: Examined, fill: Any, insert: bool) -> Any:
    return deleting(here.model, here.pixels, asked.asked(here), asked.target, fill=fill, insert=insert)


def _ask(row: Any) -> tuple[str, str]:
    words = "The most important pixels are"
    mode = linked(row).segmented_control(
        words, _MODES, default=_MODES[0], required=True, key="mode", label_visibility="collapsed"
    )
    fill = linked(row).selectbox(
        "Filled with",
        list(FILLS),
        key="fill",
        label_visibility="collapsed",
        width=130,
    )
    return str(fill), str(mode)


def _axes(asked: Examined) -> Axes:
    return Axes("share of the pixels (%)", f"probability of {asked.name}", (0, 100))


def _lines(found: Deletion) -> list[Line]:
    share = 100 * found.shares
    drawn = [_line(each.method, share, each.curve) for each in found.methods]
    known = found.random[np.isfinite(found.random).all(1)]
    if len(known):
        drawn.append(_line("random order", share, known.mean(0), quiet=True))
    return [each for each in drawn if len(each.x)]


def _line(name: str, share: Any, curve: Any, quiet: bool = False) -> Line:
    known = np.isfinite(curve)
    return Line(name, share[known].tolist(), (100 * curve[known]).tolist(), quiet=quiet)


def _show(found: Deletion, asked: Examined, key: str, mode: str) -> None:
    live.verdict().markdown(_said(found))
    title = f"The most important pixels are {mode}"
    about = Removal(key, title, asked.name, "brought in" if found.insert else "removed", _chance(found))
    removal(found.picture, found.filled, [_order(each) for each in found.methods], about, "removal")
    st.markdown(_ABOUT)
    st.caption(plain(f"A removed pixel becomes {FILLS[found.fill]}. No fill is a picture that the network ever saw."))
    _table(found)


def _order(each: Deleted) -> Order:
    return Order(
        each.method,
        each.when,
        each.curve.tolist(),
        each.area,
        each.reverse.tolist(),
        each.reverse_area,
        list(each.pictures),
    )


def _chance(found: Deletion) -> Chance:
    curves = found.random
    return Chance(curves.mean(0).tolist(), curves.min(0).tolist(), curves.max(0).tolist(), found.random_interval[0])


def _better(found: Deletion, each: Deleted) -> bool:
    """Whether the order is better than each of the random ones."""
    areas = found.random_areas
    return bool(each.area > areas.max() if found.insert else each.area < areas.min())


def _said(found: Deletion) -> str:
    """How many of the orders beat all random ones, and which is the best."""
    beats = [each.method for each in found.methods if _better(found, each)]
    what = "rises sooner" if found.insert else "falls sooner"
    count = len(found.methods)
    best = (max if found.insert else min)(found.methods, key=lambda each: each.area)
    words = f"The probability {what} than in every random order by **{len(beats):d} of {count:d}** maps."
    random = number(found.random_interval[0])
    return f"{words} {plain(best.method)} has the area {number(best.area)}; random orders have {plain(random)}."


def _rows(found: Deletion) -> Sequence[Sequence[str]]:
    mean, low, high = found.random_interval
    random = f"{number(mean)} ({number(low)} to {number(high)})"
    return [[each.method, number(each.area), random, number(each.reverse_area)] for each in found.methods]


def _table(found: Deletion) -> None:
    what = "Area under the curve (larger is better)" if found.insert else "Area under the curve (smaller is better)"
    show.table(["method", what, "random orders (95 % interval)", "reversed"], _rows(found), numbers=True)
    head = ["method", "share of the pixels", "probability", "reversed", "random"]
    random = found.random.mean(0)
    rows = [
        [each.method, *map(float, values)]
        for each in found.methods
        for values in zip(found.shares, each.curve, each.reverse, random)
    ]
    save.save_csv("Curves (CSV)", head, rows, "filterscope_insertion" if found.insert else "filterscope_deletion")
