"""A cat and its twin: `?size=` is the picture's longer side, `?snap=1` the frontier, `?wipe=1` the wipe.

`?mortal=1` adds a button that stops the server.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import skimage
import streamlit as st
from PIL import Image

from vizlib.render import Image8
from vizlib.ui.widgets.walk_slider import Track, slider
from vizlib.ui.widgets.wipe import Wipe, wipe

NAMES = ["tabby", "timber wolf", "Egyptian cat", "lynx", "tiger cat"]


def pictures(size: int, count: int) -> list[Image8]:
    """The original and `count` ever stronger twins."""
    cat = Image.open(Path(skimage.__file__).parent / "data" / "chelsea.png").convert("RGB")
    cat = cat.resize((size, round(size * cat.height / cat.width)), Image.Resampling.LANCZOS)
    start = np.asarray(cat).astype(int)
    noise = np.random.default_rng(0).normal(0, 9, start.shape).round().astype(int)
    noise[:2, :2] = [[[90, -90, 3], [1, -1, 0]], [[200, -200, 7], [-3, 5, 255]]]
    return [np.clip(start + step * noise, 0, 255).astype(np.uint8) for step in range(count + 1)]


def probabilities(amount: float) -> list[float]:
    """The probabilities of cat and twin, which cross at 0.62."""
    target = 1 / (1 + math.exp(-16 * (amount - 0.62)))
    other = 0.14 * math.exp(-3 * (amount - 0.4) ** 2)
    rest = (1 - target) * other
    return [(1 - target) * (1 - other), target, rest * 0.5, rest * 0.3, rest * 0.2]


def main() -> None:
    st.set_page_config(layout="wide")
    query = st.query_params
    snap, size = "snap" in query, int(query.get("size", "341"))
    images = pictures(size, 3 if snap else 1)
    run = st.number_input("Walk", 1, 9)
    said = "A cat and its twin"
    if st.checkbox("Something above"):
        st.write("Something came in above.")
        said = "The same cat and its twin"  # the same walk with new words: Streamlit runs the component again
    if "mortal" in query and st.button("Stop the server"):
        os._exit(1)
    if "wipe" in query:
        wipe(images[0], images[1], Wipe(f"pair {run}", "original", "fooled: timber wolf", said), "wipe")
        return
    amounts = [round(step * 0.05, 2) for step in range(61)]
    shares = [probabilities(amount) for amount in amounts]
    top = [
        "tabby" if amount < 0.62 else "timber wolf" if amount < 2.8 else "grey whale, gray whale" for amount in amounts
    ]
    simple = [(0.0, "original"), (1.0, "fooled"), (2.0, "p = 0.9")]
    frontier = [(0.0, "original"), (1.0, "just fooled"), (2.0, "p = 0.9"), (3.0, "p = 0.99")]
    track = Track(
        id=f"walk {run}",
        label=said,
        names=NAMES,
        source=0,
        target=1,
        amounts=amounts,
        probabilities=shares,
        top=top,
        flips=[0.62, 2.8],
        stops=frontier if snap else simple,
        snap=snap,
    )
    slider(images, range(len(images)), track, "walk")


if __name__ == "__main__":
    main()
