"""A sweep whose answers can be computed by hand: `?settings=` columns."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from vizlib.render import Image8
from vizlib.ui.widgets.shake_strip import Answer, Row, Strip, strip

NAMES = ("Original", "Fooled", "Control: noise of the same size")
CLASSES = ("tabby", "American Staffordshire terrier")


def color(row: int, column: int, count: int) -> tuple[int, int, int]:
    """Of the picture of this row and column."""
    return 60 + 60 * row, round(255 * column / (count - 1)), 255 - round(255 * column / (count - 1))


def picture(row: int, column: int, count: int) -> Image8:
    return np.full((160, 160, 3), color(row, column, count), np.uint8)


def cell(row: int, column: int, count: int) -> Answer:
    """The fooled picture is the target in the middle third; the control becomes something else in the last column."""
    target = math.exp(-((6 * column / (count - 1) - 3) ** 4)) if row == 1 else 0.0004
    if row == 2 and column == count - 1:
        return Answer("lynx", "other", 0.2, 0.1, 0.7)
    source = 0.9997 - target
    if target > source:
        return Answer(CLASSES[1], "target", source, target, target)
    return Answer(CLASSES[0], "source", source, target, source)


def main() -> None:
    st.set_page_config(layout="wide")
    count = int(st.query_params.get("settings", "26"))
    st.button("Again")
    if st.checkbox("Something above"):
        st.write("Something came in above.")
    rows = [
        Row(
            name,
            [cell(row, column, count) for column in range(count)],
            [picture(row, column, count) for column in range(count)],
        )
        for row, name in enumerate(NAMES)
    ]
    values = [str(200 + 8 * column) for column in range(count)]
    run = st.number_input("Sweep", 1, 9)
    unit = "px, short side before the center crop; where that is smaller than the crop, reflected at its edges"
    strip(rows, Strip(f"sweep {run}", "Size before the crop", values, unit, *CLASSES), "shake")


if __name__ == "__main__":
    main()
