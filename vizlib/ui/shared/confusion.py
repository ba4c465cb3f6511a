"""A confusion matrix as a chart: a row for each true class, a column for each answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from vizlib.render import page_colors
from vizlib.ui.shared import charts, show
from vizlib.ui.shared.words import short


def draw(table: NDArray[np.int64], classes: Sequence[str], others: Sequence[str], axis: str, key: str) -> None:
    """Draws the counts. others: what is answered besides the classes, the last columns. axis: what the columns are."""
    names = [charts.literal(short(each)) for each in classes]
    page, text = page_colors(show.dark()), [[str(each or "") for each in row] for row in table.tolist()]
    chart = go.Figure(
        go.Heatmap(
            z=table, x=[*names, *others], y=names, text=text, texttemplate="%{text}", showscale=False,
            colorscale=[[0, page.paper], [1, page.series[0]]], xgap=1, ygap=1,
            hovertemplate="%{y} taken for %{x}: %{z}<extra></extra>",
        )
    )  # fmt: skip
    chart.update_layout(height=140 + 26 * max(6, len(names)))
    chart.update_xaxes(dtick=1, tickangle=-60)
    chart.update_yaxes(autorange="reversed", dtick=1, title="class")
    charts.draw(chart, axis, key, in_words(table, [*classes, *others]))


def in_words(table: NDArray[np.int64], answers: Sequence[str]) -> str:
    """The matrix as sentences: "cat: 8 right, taken for dog 2; dog: 10 right."."""
    rows = []
    for true, row in enumerate(table):
        wrong = [f"{answers[each]} {row[each]}" for each in np.flatnonzero(row).tolist() if each != true]
        rows.append(f"{answers[true]}: {row[true]} right" + (f", taken for {', '.join(wrong)}" if wrong else ""))
    return "; ".join(rows) + "."
