"""Four maps of one picture and the deletion player over their orders, with values that can be computed by hand.

`?show=maps` or `?show=removal` draws one of the two, `&frame=1` plain pictures in the place of the maps, as while a run
goes on. `&methods=` is the number of orders, and `&mode=` is "removed" or "brought in".
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from vizlib.render import Array, Image8, overlay
from vizlib.ui.shared import look, show
from vizlib.ui.widgets.map_view import map_view, more_lines
from vizlib.ui.widgets.removal import Chance, Order, Removal, removal

SIDE = 224
STEPS = 20
NAMES = ["Guided backpropagation", "Grad-CAM", "SmoothGrad", "Occlusion", "RISE", "Integrated gradients"]
UNITS = ["guided logit per unit of pixel value", "logit", "logit per unit of pixel value", "logit"]
READING = "red is evidence for the target, blue against it"
BRIGHT = "brighter pixels matter more to the answer"


def picture() -> Image8:
    """A cat, (SIDE, SIDE, 3)."""
    cat: Image8 = runpy.run_path(str(Path(__file__).with_name("walk_demo.py")), run_name="demo")["pictures"](341, 1)[0]
    return cat[:SIDE, 60 : 60 + SIDE]


def values(number: int) -> Array:
    """The map of a method: bumps that lie elsewhere for each, (SIDE, SIDE) float32, signed but for Grad-CAM."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    bump = np.exp(-((x - 70 - 14 * number) ** 2 + (y - 90 - 9 * number) ** 2) / 1800)
    ripple = np.sin(x / (3 + number)) * np.cos(y / (4 + number)) * (0.3 if number != 1 else 0)
    return (10.0 ** -(2 * number) * (bump + ripple * bump + 1e-4 * ripple)).astype(np.float32)


def steps(number: int) -> Array:
    """The step at which each pixel is removed, (SIDE, SIDE) uint8: the most important first."""
    order = np.argsort(-np.abs(values(number)), axis=None, kind="stable")
    ranks = np.empty(order.size, np.int64)
    ranks[order] = np.arange(order.size)
    return (ranks * STEPS // order.size + 1).reshape(SIDE, SIDE).astype(np.uint8)


def curve(number: int) -> list[float]:
    """The probability after each step: later methods fall more slowly."""
    return [0.93 * float(np.exp(-step / (2.2 + 1.1 * number))) + 0.002 for step in range(STEPS + 1)]


def orders(count: int) -> list[Order]:
    return [
        Order(
            NAMES[at % len(NAMES)] + (f" {at // len(NAMES) + 1}" if at >= len(NAMES) else ""),
            steps(at),
            curve(at),
            float(np.trapezoid(curve(at), dx=1 / STEPS)),
            [0.93 * (1 - (step / STEPS) ** (5 - at % 4)) + 0.002 for step in range(STEPS + 1)],
            0.78 - 0.03 * (at % 4),
        )
        for at in range(count)
    ]


def chance() -> Chance:
    mean = [0.93 * float(1 / (1 + np.exp((step - 9) / 2))) + 0.002 for step in range(STEPS + 1)]
    low, high = [0.8 * each for each in mean], [min(1.0, each + 0.4 * each * (1 - each)) for each in mean]
    return Chance(mean, low, high, float(np.trapezoid(mean, dx=1 / STEPS)))


def filled(image: Image8) -> Image8:
    """What stands in the place of a removed pixel: the picture's mean color."""
    return np.broadcast_to(image.mean((0, 1)).astype(np.uint8), image.shape).copy()


def player(count: int, mode: Any) -> tuple[Image8, Image8, list[Order], Removal]:
    words = f"A cat with its most important pixels {mode}"
    made = orders(count)
    image = picture()
    return image, filled(image), made, Removal(f"cat {count} {mode}", words, "tabby cat", mode, chance())


def draw_map(number: int, key: str, frame: bool) -> None:
    painted = overlay(picture(), values(number), number != 1, 0.75)
    words = f"{NAMES[number]}: {READING if number != 1 else BRIGHT}"
    if frame:
        show.moving(painted, words, st, empty=more_lines(UNITS[number]))
    else:
        map_view(painted, values(number), words, UNITS[number], key)
    st.caption("What stands below the map.")


def main() -> None:
    st.set_page_config("Can a map be believed?", layout="wide")
    look.apply()
    query = st.query_params
    shown = query.get("show", "both")
    st.title("Can a map be believed?")
    if st.checkbox("Something above"):
        st.write("Something came in above.")
    if "mortal" in query and st.button("Stop the server"):
        os._exit(1)
    if shown in ("both", "removal"):
        removal(*player(int(query.get("methods", "4")), query.get("mode", "removed")), "removal")
    if shown in ("both", "maps"):
        count = int(query.get("maps", "4"))
        for number, column in enumerate(show.grid(count, int(query.get("columns", "2")))):
            with column:
                draw_map(number % 4, f"map {number}", "frame" in query)


if __name__ == "__main__":
    main()
