"""Charts of the pages: horizontal bars as part of the page's own text, and the layout that plotly's charts share."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

import plotly.graph_objects as go
import streamlit as st

from vizlib.records import Prediction
from vizlib.render import SOURCE, TARGET, page_colors
from vizlib.ui.shared import basket, look, printed
from vizlib.ui.shared.class_choice import told_apart
from vizlib.ui.shared.plot import Panel, Series, round_span, said, table
from vizlib.ui.shared.show import dark
from vizlib.ui.shared.words import number, percent, plain, short, with_unit
from vizlib.ui.widgets import staged

_LETTERS, _TICKS = 17, 14  # px
_LARGE = 620  # px, height of a plotly chart that fills the window


@dataclass(frozen=True)
class Bar:
    """One bar: its name at the axis, how long it is, and what is written beside it and under the mouse."""

    name: str
    value: float
    text: str = ""  # "": the value
    hover: str = ""
    color: str = SOURCE
    interval: tuple[float, float] | None = None  # drawn as a whisker, on the axis of the values


def bars(drawn: Sequence[Bar], axis: str, key: str, percentages: bool = False, title: str = "") -> None:
    """Horizontal bars, the first on top. axis: what the values are, with the unit. Percentages go from 0 to 100.

    title: what the chart is, for its saved files and for screen readers. Bars in the color TARGET are striped, too.
    """
    span = (0.0, 100.0) if percentages else _span(drawn)
    written = [
        each.text or (with_unit(f"{each.value:.1f}", "%") if percentages else number(each.value)) for each in drawn
    ]
    spoken = ", ".join(f"{each.name} {text}" for each, text in zip(drawn, written))
    rows = "".join(_row(each, text, span) for each, text in zip(drawn, written))
    ticks = (0.0, 50.0, 100.0) if percentages else sorted({span[0], 0.0, span[1]})
    body = framed("bars", f"{title or axis}: {spoken}.", f"{rows}{_axis(ticks, span, axis)}")
    series = Series("", [each.value for each in drawn], [each.name for each in drawn], "bars")
    panel = Panel(title, axis, "", [series], x_range=span, from_top=True)
    st.html(body)
    tools(key, title or axis, lambda: [panel], partial(st.html, body))


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
    axis += "".join(f"; striped: {short(each.label)}" for each in predictions if each.index == asked_for)
    title = f"{key[:1].upper()}{key[1:]}: classes" if key else "Classes"
    bars(drawn, axis, f"bars {key} {asked_for}", percentages=True, title=title)


def draw(chart: go.Figure, axis: str, key: str, alt: str = "") -> None:
    """Draws any plotly chart in the letters and margins of all charts; `axis` names the horizontal one.

    alt: what the chart shows, for screen readers; without it, they are told the first and last values.
    """
    ink, size = page_colors(dark()).ink, look.scale()
    chart.update_layout(margin={"l": 0, "r": 14, "t": 10, "b": 44}, font={"size": size * _LETTERS, "color": ink})
    chart.update_xaxes(title={"text": axis, "font": {"color": ink}}, tickfont={"size": size * _TICKS, "color": ink})
    chart.update_yaxes(tickfont={"color": ink}, title={"font": {"color": ink}})
    chart.update_layout(legend={"font": {"size": size * _LETTERS, "color": ink}})
    st.html(f'<p class="unseen">{escape(alt or said(printed.panels_of(chart, "")))}</p>')
    _plotly(chart, key)
    tools(
        key,
        axis,
        lambda: printed.panels_of(chart, ""),
        lambda: _plotly(chart.update_layout(height=_LARGE), f"{key} large"),
    )


def _plotly(chart: go.Figure, key: str) -> None:
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key=key)


def framed(kind: str, alt: str, inside: str) -> str:
    """A chart as a part of the page's text; screen readers read `alt` in its place."""
    return f'<div class="chart {kind}" role="img" aria-label="{escape(alt)}">{inside}</div>'


def tools(key: str, title: str, panels: Callable[[], list[Panel]], enlarge: Callable[[], object]) -> None:
    """Draws the chart's two buttons, at the right of its last line, and adds its picture and table to the basket."""

    def picture() -> bytes:
        return printed.png(panels())

    basket.add("charts", title, "png", picture)
    basket.add("charts", title, "csv", lambda: table(panels()))
    staged.add("chart", title, lambda: {"source": _data_url(picture()), "words": f"{title}. {said(panels())}"})
    with st.container(horizontal=True, horizontal_alignment="right", key=f"chart tools {key}"):
        if st.button(
            "Full screen", key=f"full {key}", icon=":material/fullscreen:", type="tertiary", help="Full screen"
        ):
            st.dialog(plain(title), width="large")(enlarge)()
        st.download_button(
            "Save the chart (PNG)", picture, "filterscope_chart.png", "image/png",
            key=f"save {key}", icon=":material/download:", type="tertiary", on_click="ignore", help="Save as PNG",
        )  # fmt: skip


def _data_url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def literal(text: str) -> str:
    """The text as plotly shows it as it is: plotly reads it as HTML. Names never go into a `hovertemplate`."""
    return escape(text, quote=False)  # plotly does not know &quot;


def strip(middle: float, half: float, words: str) -> str:
    """A strip over a chart that shows these words while it is under the mouse. middle, half: percent of its width."""
    left, right = max(0.0, middle - half), min(100.0, middle + half)
    style = f"left:{left:.2f}%;width:{right - left:.2f}%;--at:{100 * (middle - left) / (right - left):.1f}%"
    return f'<i class="{"late" if middle > 50 else ""}" style="{style}" data-at="{escape(words)}"></i>'


def _span(drawn: Sequence[Bar]) -> tuple[float, float]:
    ends = [end for each in drawn for end in (each.value, *(each.interval or ()))]
    return round_span(min(0.0, *ends), max(0.0, *ends))


def _row(bar: Bar, text: str, span: tuple[float, float]) -> str:
    start, end = sorted((_place(0.0, span), _place(bar.value, span)))
    striped = " striped" if bar.color == TARGET else ""
    drawn = f'<i class="bar{striped}" style="left:{start:.2f}%;width:{end - start:.2f}%;--bar:{escape(bar.color)}"></i>'
    if bar.interval is not None:
        low, high = (_place(each, span) for each in bar.interval)
        drawn += f'<i class="whisker" style="left:{low:.2f}%;width:{high - low:.2f}%"></i>'
    hover = escape(bar.hover or bar.name)
    return (
        f'<span class="name" title="{hover}">{escape(bar.name)}</span>'
        f'<span class="track" title="{hover}">{drawn}</span>'
        f'<b class="value">{escape(text)}</b>'
    )


def _axis(ticks: Sequence[float], span: tuple[float, float], words: str) -> str:
    marks = "".join(f'<i style="left:{_place(each, span):.2f}%">{escape(number(each))}</i>' for each in ticks)
    return f'<span class="ticks">{marks}</span><span class="axis">{escape(words)}</span>'


def _place(value: float, span: tuple[float, float]) -> float:
    """Where a value is on the axis, in % of its length."""
    return min(100.0, max(0.0, 100 * (value - span[0]) / (span[1] - span[0])))
