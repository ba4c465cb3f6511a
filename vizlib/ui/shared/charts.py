"""Charts of the pages: horizontal bars, and the layout that all charts share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from vizlib.records import Prediction
from vizlib.render import SOURCE, TARGET, page_colors
from vizlib.ui.shared.class_choice import told_apart
from vizlib.ui.shared.show import dark
from vizlib.ui.shared.words import percent, short

_LETTERS, _TICKS = 17, 14  # px
_BAR, _AXES = 44, 72  # px, of height: for each bar, and for the axis under them


@dataclass(frozen=True)
class Bar:
    """One bar: its name at the axis, how long it is, and what is written on it and under the mouse."""

    name: str
    value: float
    text: str = ""
    hover: str = ""
    color: str = SOURCE
    interval: tuple[float, float] | None = None  # drawn as a whisker, on the axis of the values


def bars(drawn: Sequence[Bar], axis: str, key: str, percentages: bool = False) -> None:
    """Horizontal bars, the first on top. axis: what the values are, with the unit. Percentages go from 0 to 100."""
    chart = go.Figure(
        go.Bar(
            x=[each.value for each in drawn],
            y=[literal(each.name) for each in drawn],
            orientation="h",
            marker_color=[each.color for each in drawn],
            text=[_bold(each.text) for each in drawn],
            textposition="auto",
            cliponaxis=False,
            error_x=_whiskers(drawn),
            customdata=[literal(each.hover or each.name) for each in drawn],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    chart.update_layout(height=_AXES + _BAR * len(drawn), bargap=0.25)
    if percentages:
        chart.update_xaxes(range=[0, 102], tickvals=[0, 50, 100])
    chart.update_yaxes(autorange="reversed", tickfont={"size": _LETTERS})
    draw(chart, axis, key)


def classes(predictions: Sequence[Prediction], asked_for: int | None = None, key: str = "") -> None:
    """The classes as bars of their probability, in the order given; `key` where a page has several such charts."""
    names = told_apart([short(each.label) for each in predictions], [each.index for each in predictions])
    drawn = [
        Bar(
            name,
            100 * each.probability,
            percent(each.probability),
            f"{each.label} (class {each.index}): {100 * each.probability:.3f} % (logit {each.logit:.2f})",
            TARGET if each.index == asked_for else SOURCE,
        )
        for name, each in zip(names, predictions)
    ]
    alone = any(each.independent for each in predictions)
    axis = "probability of each label on its own (%)" if alone else "probability (%)"
    bars(drawn, axis, f"bars {key} {asked_for}", percentages=True)


def draw(chart: go.Figure, axis: str, key: str) -> None:
    """Draws any chart in the letters and margins of all charts; `axis` names the horizontal one."""
    ink = page_colors(dark()).ink
    chart.update_layout(margin={"l": 0, "r": 14, "t": 10, "b": 44}, font={"size": _LETTERS, "color": ink})
    chart.update_xaxes(title={"text": axis, "font": {"color": ink}}, tickfont={"size": _TICKS, "color": ink})
    chart.update_yaxes(tickfont={"color": ink}, title={"font": {"color": ink}})
    chart.update_layout(legend={"font": {"size": _LETTERS, "color": ink}})
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key=key)


def literal(text: str) -> str:
    """The text as plotly shows it as it is: plotly reads it as HTML. Names never go into a `hovertemplate`."""
    return escape(text, quote=False)  # plotly does not know &quot;


def _bold(text: str) -> str:
    return f"<b>{literal(text)}</b>" if text else ""


def _whiskers(drawn: Sequence[Bar]) -> dict[str, Any] | None:
    spans = [each.interval or (each.value, each.value) for each in drawn]
    if all(low == high for low, high in spans):
        return None
    return {
        "type": "data",
        "array": [high - each.value for each, (_, high) in zip(drawn, spans)],
        "arrayminus": [each.value - low for each, (low, _) in zip(drawn, spans)],
        "thickness": 3,
        "width": 10,
        "color": page_colors(dark()).ink,
    }
