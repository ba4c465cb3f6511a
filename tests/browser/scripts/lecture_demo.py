"""A lecture of five scenes, in the player of the dashboard; the test of the file takes the same scenes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import streamlit as st

from vizlib.ui.widgets import film, pictures, player, shake_strip, walk_slider, wipe, words
from vizlib.ui.widgets.data_url import data_url
from vizlib.ui.widgets.scene import Part, Scene

HERE = Path(__file__).parent
TITLE = "Fooling a network"
CAPTIONS = [f"step {index}: {11 * index} % timber wolf" for index in range(9)]
AMOUNTS = [round(step * 0.05, 2) for step in range(61)]
COUNT = 12  # settings of the shake strip
RECIPE = {"what": "fooling", "model": "bundled/scenes", "method": "lattice", "seed": 0}


def demo(name: str) -> dict[str, Any]:
    """What another script of this folder defines."""
    return runpy.run_path(str(HERE / f"{name}.py"), run_name="demo")


def walk(more: str = "") -> dict[str, Any]:
    cat = demo("walk_demo")
    names = [f"{each}{more}" for each in cat["NAMES"]]
    top = [names[0] if amount < 0.62 else names[1] for amount in AMOUNTS]
    shares = [cat["probabilities"](amount) for amount in AMOUNTS]
    stops = [(0.0, "original"), (1.0, "fooled"), (2.0, f"p = 0.9{more}")]
    track = walk_slider.Track("walk", f"A cat and its twin{more}", names, 0, 1, AMOUNTS, shares, top, [0.62], stops)
    return walk_slider.data(cat["pictures"](97, 1), [0, 1], track)


def shake(more: str = "") -> dict[str, Any]:
    made = demo("shake_demo")
    rows = [
        shake_strip.Row(
            f"{name}{more}",
            [made["cell"](row, column, COUNT) for column in range(COUNT)],
            [made["picture"](row, column, COUNT) for column in range(COUNT)],
        )
        for row, name in enumerate(made["NAMES"])
    ]
    values = [str(200 + 8 * column) for column in range(COUNT)]
    about = shake_strip.Strip("shake", f"Size{more}", values, "px", *(f"{each}{more}" for each in made["CLASSES"]))
    return shake_strip.data(rows, about)


def scenes(more: str = "") -> list[Scene]:
    """A slider, a film, a shake strip, a board of pictures, and a wipe under a verdict; `more` ends every text."""
    frames = demo("walk_demo")["pictures"](97, len(CAPTIONS) - 1)
    about = film.Film("film", f"How it came about{more}", [f"{each}{more}" for each in CAPTIONS], 150)
    board = [pictures.Picture(data_url(each), f"method {at}{more}") for at, each in enumerate(frames[:6])]
    pair = wipe.Wipe("pair", f"original{more}", f"fooled{more}", f"A cat{more}")
    verdict = words.data([f"The network is fooled.{more}"], [(f"L2{more}", f"0.42{more}")])
    parts = {
        "A cat becomes a wolf": [Part("walk_slider", "The slider", walk(more))],
        "The way there": [Part("film", "The film", film.data(frames, about))],
        "Shaken": [Part("shake_strip", "The strip", shake(more))],
        "Six methods": [Part("pictures", "The board", pictures.data(board))],
        "Before and after": [
            Part("words", "The verdict", verdict),
            Part("wipe", "The wipe", wipe.data(frames[0], frames[1], pair)),
        ],
    }
    return [
        Scene(
            f"{title}{more}", f"A note on it.{more}", "fooling", {"target": 3}, [{**RECIPE, "name": more}], tuple(each)
        )
        for title, each in parts.items()
    ]


def main() -> None:
    st.set_page_config(layout="wide")
    st.text_input("Something else")
    player.show(TITLE, scenes(), "lecture")


if __name__ == "__main__":
    main()
