"""Several lines on one pair of axes. While a run goes on and after it, they are the same drawing, so nothing jumps.

As in `curves`, the words are the page's own text, and only the lines themselves are a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any
from urllib.parse import quote

import streamlit as st

from vizlib.render import page_colors
from vizlib.ui.shared import charts, show
from vizlib.ui.shared.plot import Panel, Series
from vizlib.ui.shared.words import number, share, with_unit

_LABELS, _STRIPS = 9, 80  # at most: words under the axis, and places that show their values under the mouse
_LETTERS = 80  # at most, under the axis
_MARKED = 30  # points of a line, up to which each has a mark
_SHAPES = ("round", "square", "diamond", "triangle")


@dataclass(frozen=True)
class Line:
    """One line; a quiet one is gray and dashed, as a control is."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    band: Sequence[tuple[float, float]] = ()  # an interval around each value
    quiet: bool = False
    interval: str = "95 %"  # what the band is


@dataclass(frozen=True)
class Axes:
    """What the axes are and where they end. Values of the vertical one in % are given from 0 to 100."""

    x: str
    y: str
    x_span: tuple[float, float]
    y_span: tuple[float, float] = (0.0, 100.0)
    ticks: Sequence[tuple[float, str]] = ()  # places on the horizontal axis, with what they are called
    unit: str = "%"  # of the vertical axis


def live(lines: Sequence[Line], axes: Axes, place: Any) -> None:
    """Draws the lines so far into a placeholder."""
    place.html(_body(lines, axes))


def chart(lines: Sequence[Line], axes: Axes, place: Any, key: str, title: str) -> None:
    """Draws the finished lines, which can be enlarged and saved."""
    body = _body(lines, axes)
    with place:
        st.html(body)
        charts.tools(key, title, partial(panels, lines, axes, title), partial(st.html, body))


def panels(lines: Sequence[Line], axes: Axes, title: str) -> list[Panel]:
    """The same as plain data; the ends of intervals are lines of their own."""
    called = dict(axes.ticks)
    series = []
    for line, color in zip(lines, _colors(lines)):
        x = [called.get(each, each) for each in line.x]
        series.append(Series(line.name, x, line.y, color=color))
        for end, word in enumerate(("from", "to") if line.band else ()):
            series.append(
                Series(f"{line.name}, {line.interval} {word}", x, [each[end] for each in line.band], color=color)
            )
    return [Panel(title, axes.x, f"{axes.y} ({axes.unit})" if axes.unit else axes.y, series, y_range=axes.y_span)]


def _colors(lines: Sequence[Line]) -> list[str]:
    page = page_colors(show.dark())
    loud = iter(page.series * len(lines))
    return [page.series[-1] if each.quiet else next(loud) for each in lines]


def _body(lines: Sequence[Line], axes: Axes) -> str:
    colors = _colors(lines)
    names = "".join(
        f'<b class="{_shape(lines, at)}" style="--color:{color}">{escape(line.name)}</b>'
        for at, (line, color) in enumerate(zip(lines, colors))
    )
    low, high = axes.y_span
    limits = "".join(f"<i>{_written(axes, high - part * (high - low) / 4)}</i>" for part in range(5))
    field = _picture(lines, axes, colors) + _marks(lines, axes, colors) + _strips(lines, axes)
    words = escape(f"{axes.y} ({axes.unit})" if axes.unit else axes.y)
    inside = (
        f'<p class="head"><strong>{words}</strong>{names}</p><span class="limits">{limits}</span>'
        f'<span class="field">{field}</span><span class="ticks">{_ticks(axes)}</span>'
        f'<span class="axis">{escape(axes.x)}</span>'
    )
    return charts.framed("lines", " ".join(_said(each, axes) for each in lines), inside)


def _shape(lines: Sequence[Line], at: int) -> str:
    """How a line's points are marked, so that lines are told apart without their colors."""
    quiet = lines[at].quiet
    shape = _SHAPES[sum(each.quiet == quiet for each in lines[:at]) % len(_SHAPES)]
    return f"quiet {shape}" if quiet else shape


def _said(line: Line, axes: Axes) -> str:
    if not line.x:
        return f"{line.name}: not measured yet."
    called = dict(axes.ticks)
    return f"{line.name}: " + ", ".join(
        f"{called.get(x, number(x))} {_value(axes, y)}" for x, y in zip(line.x[:_STRIPS], line.y)
    ) + "."  # fmt: skip


def _value(axes: Axes, value: float) -> str:
    return share(value / 100) if axes.unit == "%" else number(value)


def _written(axes: Axes, value: float) -> str:
    return with_unit(number(value), "%") if axes.unit == "%" else number(value)


def _across(axes: Axes, x: float) -> float:
    low, high = axes.x_span
    return 100 * (x - low) / ((high - low) or 1)


def _up(axes: Axes, y: float) -> float:
    low, high = axes.y_span
    return min(100.0, max(0.0, 100 * (y - low) / ((high - low) or 1)))


def _points(axes: Axes, x: Sequence[float], y: Sequence[float]) -> str:
    return " ".join(f"{10 * _across(axes, a):.1f},{100 - _up(axes, b):.2f}" for a, b in zip(x, y))


def _picture(lines: Sequence[Line], axes: Axes, colors: Sequence[str]) -> str:
    drawn = ""
    for line, color in zip(lines, colors):
        if line.band:
            there, back = _points(axes, line.x, [each[1] for each in line.band]), list(zip(line.x, line.band))[::-1]
            edge = f"{there} {_points(axes, [x for x, _ in back], [each[0] for _, each in back])}"
            drawn += f'<polygon points="{edge}" fill="{color}" fill-opacity=".2"/>'
        dashes = ' stroke-dasharray="9 7"' if line.quiet else ""
        drawn += (
            f'<polyline points="{_points(axes, line.x, line.y)}" fill="none" stroke="{color}" stroke-width="3"{dashes} '
            'stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
        )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 100" preserveAspectRatio="none">{drawn}</svg>'
    return f'<img alt="" decoding="sync" src="data:image/svg+xml,{quote(svg)}">'


def _marks(lines: Sequence[Line], axes: Axes, colors: Sequence[str]) -> str:
    drawn = ""
    for at, (line, color) in enumerate(zip(lines, colors)):
        for x, y in zip(line.x, line.y) if len(line.x) <= _MARKED else ():
            where = f"left:{_across(axes, x):.2f}%;bottom:{_up(axes, y):.2f}%"
            drawn += f'<b class="{_shape(lines, at)}" style="{where};--color:{color}"></b>'
    return drawn


def _strips(lines: Sequence[Line], axes: Axes) -> str:
    """Narrow strips over the lines; the one under the mouse shows all values there."""
    places = sorted({x for line in lines for x in line.x})
    places = places[:: max(1, -(-len(places) // _STRIPS))]
    return "".join(_strip(lines, axes, place, 50 / max(1, len(places))) for place in places)


def _strip(lines: Sequence[Line], axes: Axes, place: float, half: float) -> str:
    rows = [dict(axes.ticks).get(place, f"{axes.x} {number(place)}")]
    rows += [f"{line.name}: {_value(axes, y)}" for line in lines for x, y in zip(line.x, line.y) if x == place]
    return charts.strip(_across(axes, place), half, chr(10).join(rows))


def _ticks(axes: Axes) -> str:
    longest = max((len(name) for _, name in axes.ticks), default=1)
    every = max(1, -(-len(axes.ticks) // max(2, min(_LABELS, _LETTERS // (longest + 2)))))
    return "".join(
        f'<i style="left:{_across(axes, place):.2f}%">{escape(name)}</i>' for place, name in axes.ticks[::every]
    )
