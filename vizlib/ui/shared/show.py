"""Pictures on screen: large enough for a hall, in a grid, with a legend of their colors; and tables of words."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import streamlit as st
from PIL import Image

from vizlib.models import Classifier
from vizlib.render import Array, colorbar, to_image
from vizlib.ui.shared import basket, encoded
from vizlib.ui.shared.words import plain
from vizlib.ui.widgets import staged
from vizlib.ui.widgets.data_url import crisp

LEAST_WIDTH = 640  # px sent, so that the browser scales pictures down and never up
_EMPTY_LINE = "  \n\N{NO-BREAK SPACE}"  # of a caption


def figure(image: Array, caption: str, place: Any = st, least: int = LEAST_WIDTH) -> None:
    """A picture (H, W, 3) uint8 as wide as its column, with a caption that says what it is and in which unit."""
    file = encoded.still(image, least)  # Streamlit turns arrays into JPEG, which smears colors
    basket.add("pictures", caption, "png", partial(encoded.still, image))
    staged.picture(caption, partial(_on_board, image, caption))
    place.image(file, caption=plain(caption), width="stretch", alt=caption, output_format="PNG")


def _on_board(image: Array, caption: str) -> dict[str, Any]:
    """The picture as a board of a lecture shows it, without loss, in the size in which it was computed."""
    source = "data:image/png;base64," + base64.b64encode(encoded.still(image)).decode()
    return {"source": source, "caption": caption, "crisp": crisp(image)}


def moving(image: Array, caption: str, place: Any, least: int = LEAST_WIDTH, empty: int = 0) -> None:
    """A frame of a changing picture, in a placeholder. It is soon replaced, so it is sent quickly, not exactly.

    empty: lines below the caption, for what will stand there.
    """
    file = encoded.live(image, least)
    words = plain(caption)
    for _ in range(empty):
        words += _EMPTY_LINE
    place.image(file, caption=words or None, width="stretch", alt=caption, output_format="JPEG")


def forming(image: Array, caption: str, step: int, total: int, place: Any) -> None:
    """A picture that a run is drawing: its frame with the step, and at the end the exact picture, which can be kept."""
    if step < total:
        moving(image, f"{caption}: step {step} of {total}", place)
    else:
        figure(image, caption, place)


def measure(label: str, value: str, words: str = "", width: Literal["stretch", "content"] = "stretch") -> None:
    """A number of the result, large, with its unit. words: what it means, for those who ask."""
    staged.measure(label, value)
    st.metric(plain(label), plain(value), help=plain(words) or None, width=width)


def grid(count: int, most: int = 3) -> list[Any]:
    """Columns for `count` pictures, at most `most` in a row, so that each stays wide."""
    wide = min(most, max(2, count))
    rows = [st.columns(wide, gap="medium") for _ in range(-(-count // wide))]
    return [column for row in rows for column in row][:count]


def legend(signed: bool, limit: float, unit: str) -> None:
    """What the colors of a map mean, with the unit, in the colors of the page."""
    bar = colorbar(signed, limit, unit, dark=dark())
    words = f"The color scale, from {-limit if signed else 0:.3g} to {limit:.3g}: {unit}"
    st.image(bar, width="content", alt=words, output_format="PNG")


def dark() -> bool:
    """Whether the visitor's page is dark."""
    return st.context.theme.type == "dark"


def network_view(model: Classifier, image: Array | Image.Image) -> Array:
    """What the network sees of a file's picture (PIL or H, W, 3): resized and cropped."""
    return to_image(model.prepare(image))[0]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: bool = False, place: Any = st) -> None:
    """A table of words, the first column in bold; `numbers` aligns all columns but the first one to the right."""
    align = " | ".join("---:" if numbers and at else "---" for at in range(len(head)))
    first = " | ".join(plain(each) for each in head)
    lines = [" | ".join([f"**{plain(name)}**", *(plain(each) for each in rest)]) for name, *rest in rows]
    place.markdown("| " + " |\n| ".join([first, align, *lines]) + " |")
