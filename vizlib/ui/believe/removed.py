"""What is left of the answer without the pixels that a map calls important? A player, and areas beside controls."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st

from vizlib.faithfulness import FILLS, Deleted, Deletion, deleting
from vizlib.render import Image8
from vizlib.runs import Recipe
from vizlib.ui.believe import report
from vizlib.ui.believe.asked import Examined
from vizlib.ui.shared import lines, live, save
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.plot import Panel
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
            said = _show(found, asked, Recipe(recipe).key, mode)
            words = f"{plain(here.name)}: {plain(asked.name)}. The most important pixels are {mode}. {said}"
            _save(found, asked, words)


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


def _show(found: Deletion, asked: Examined, key: str, mode: str) -> str:
    """Draws the player; returns what was found."""
    said = _said(found)
    live.verdict().markdown(said)
    title = f"The most important pixels are {mode}"
    about = Removal(key, title, asked.name, "brought in" if found.insert else "removed", _chance(found))
    removal(found.picture, found.filled, [_order(each) for each in found.methods], about, "removal")
    st.markdown(_ABOUT)
    st.caption(plain(f"A removed pixel becomes {FILLS[found.fill]}. No fill is a picture that the network ever saw."))
    return said


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
    mean, low, high = map(number, found.random_interval)
    return (
        f"{words} {plain(best.method)} has the area {number(best.area)}; random orders have {plain(mean)} "
        f"({plain(low)} to {plain(high)})."
    )


def _panels(found: Deletion, asked: Examined) -> list[Panel]:
    last = len(found.shares) - 1
    steps = [0, last // 8, last // 4, last // 2, 3 * last // 4]
    words = ", ".join(f"{100 * found.shares[step]:.0f} %" for step in steps)
    rows = [
        report.beside(f"{each.method}: {words}", [_at(found, each, step) for step in steps]) for each in found.methods
    ]
    areas = {each.method: each.area for each in found.methods}
    areas |= {f"{each.method}, reversed": each.reverse_area for each in found.methods}
    areas["random order"] = found.random_interval[0]
    return [
        *rows,
        *lines.panels(_lines(found), _axes(asked), "What the network still says"),
        report.bars("Area under the curve", "", list(areas), list(areas.values())),
    ]


def _at(found: Deletion, each: Deleted, step: int) -> Image8:
    """The picture at a step, as the network sees it."""
    if len(each.pictures):
        return np.asarray(each.pictures[step])
    shown = (each.when <= step) == found.insert
    return np.where(shown[..., None], found.picture, found.filled)


def _save(found: Deletion, asked: Examined, said: str) -> None:
    head = ["method", "share of the pixels", "probability", "reversed", "random"]
    random = found.random.mean(0)
    rows = [
        [each.method, *map(float, values)]
        for each in found.methods
        for values in zip(found.shares, each.curve, each.reverse, random)
    ]
    name = "insertion" if found.insert else "deletion"
    with st.container(horizontal=True):
        save.save_csv("Curves (CSV)", head, rows, f"filterscope_{name}")
        report.button(name, said, partial(_panels, found, asked))
