"""The network in numbers on screen: a sentence, its stages and its layers as tables with bars, and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.layers import InNumbers, Part, in_numbers, sight
from vizlib.records import Layer
from vizlib.ui.shared import save
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_HEAD: Final = (
    *("layer", "kind", "channels", "height", "width", "parameters", "share of parameters"),
    *("multiply-adds", "share of multiply-adds", "receptive field, rows (px)", "receptive field, columns (px)"),
    *("stride, rows (px)", "stride, columns (px)"),
)
_HIGH: Final = 480  # px, of a table with more rows than are visible at once


def draw(here: Chosen, kinds: Sequence[str]) -> None:
    """Draws the tables; that of the layers has the layers of these kinds, or all if there are none."""
    with st.spinner("Counting ...", show_time=True):
        numbers = in_numbers(here.model)
    st.markdown(plain(numbers.summary))
    st.header("Stages")
    _table([_cells(numbers, each, each.name, each.last) for each in numbers.stages], "Part")
    st.header("Layers")
    shown = [each for each in numbers.layers if each.kind in kinds] or list(numbers.layers)
    _table([_cells(numbers, each, each.path, each) for each in shown], "Layer", most=12)
    st.caption(
        "The output is channels x rows x columns. Blocks and stages include what is inside them. A multiply-add is one "
        "multiplication with its addition, for one picture; they are those of convolutions, matrix products and "
        "attention. A place *sees* the pixels within the windows before it, which may reach past the picture; *whole "
        "picture* means that sums over all places, such as pooling, attention or gates, join everything. The stride is "
        "the distance from one place to the next."
    )
    save.save_csv("All layers (CSV)", _HEAD, list(_rows(numbers)), "filterscope_network_in_numbers")


def _cells(numbers: InNumbers, part: Part | Layer, name: str, layer: Layer | None) -> dict[str, Any]:
    first, second = numbers.shares(part)
    sees, stride = sight(layer)
    return {
        "name": name,
        "output": "" if layer is None else " x ".join(map(str, layer.shape)),
        "sees": sees,
        "stride": stride,
        "parameters": part.parameters,
        "share of parameters": 100 * first,
        "multiply-adds": part.multiply_adds,
        "share of multiply-adds": 100 * second,
    }


def _table(cells: list[dict[str, Any]], what: str, most: int = 30) -> None:
    """The rows with bars for the shares; as many as `most` are visible at once."""
    bar = partial(st.column_config.ProgressColumn, min_value=0, max_value=100, format="%.1f %%", width=112)
    st.dataframe(
        cells,
        hide_index=True,
        width="stretch",
        height="content" if len(cells) <= most else _HIGH,
        column_config={
            "name": st.column_config.TextColumn(plain(what), pinned=True),
            "output": "Output",
            "sees": "Sees",
            "stride": "Stride",
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
            "share of parameters": bar("Share"),
            "multiply-adds": st.column_config.NumberColumn("Multiply-adds", format="localized"),
            "share of multiply-adds": bar("Share "),
        },
    )


def _rows(numbers: InNumbers) -> Iterable[list[Any]]:
    """The file's rows: empty where the whole picture is seen, or where a vector has no places."""
    for each in numbers.layers:
        first, second = numbers.shares(each)
        ends = [*(each.receptive_field or ("", "")), *(each.stride or ("", ""))]
        counts = [each.parameters, first, each.multiply_adds, second]
        yield [each.path, each.kind, *each.shape, *counts, *ends]
