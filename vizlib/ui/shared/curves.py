"""Curves over the steps of a run. While the run goes on and after it, they are the same drawing, so nothing jumps.

The words are the page's own text, in its typeface; only the line itself is a picture. A plotly chart would go blank for
a fifth of a second (measured) whenever it is replaced.
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
from vizlib.ui.shared.plot import Panel, Series, round_span
from vizlib.ui.shared.words import number, percent, with_unit

_POINTS, _READ = 400, 80  # at most: points of a line, and places on it that show their value under the mouse


@dataclass(frozen=True)
class Curve:
    """One panel."""

    title: str
    unit: str  # with what else is said in small letters
    steps: Sequence[int]
    values: Sequence[float]
    most: float | None = None  # the end of the axis; None: the largest value, rounded up


def live(curves: Sequence[Curve], total: int, place: Any) -> None:
    """Draws the curves so far, on a step axis of the final length."""
    place.html(_body(curves, total))


def chart(curves: Sequence[Curve], total: int, place: Any, key: str) -> None:
    """Draws the finished curves, which can be enlarged and saved."""
    body = _body(curves, total)
    panels = [
        Panel(_named(each), "step", "", [Series("", each.steps, each.values)], (0, total), _span(each))
        for each in curves
    ]  # fmt: skip
    with place:
        place.html(body)
        charts.tools(key, "Curves over the steps", lambda: panels, partial(st.html, body))


def _span(curve: Curve) -> tuple[float, float]:
    values = (0.0, *curve.values)
    return round_span(min(values), max(values) if curve.most is None else curve.most)


def _named(curve: Curve) -> str:
    return f"{curve.title} ({curve.unit})" if curve.unit else curve.title


def _body(curves: Sequence[Curve], total: int) -> str:
    colors = page_colors(show.dark()).series
    panels = "".join(_panel(curve, total, color) for curve, color in zip(curves, colors))
    ticks = f'<span class="ticks"><i>0</i><i>{number(total / 2)}</i><i>{number(total)}</i></span>'
    ticks += '<span class="axis">step</span>'
    return charts.framed("curves", " ".join(_reading(curve, total) for curve in curves), panels + ticks)


def _reading(curve: Curve, total: int) -> str:
    if not curve.values:
        return f"{curve.title}: not measured yet."
    first, last = _written(curve, curve.values[0]), _written(curve, curve.values[-1])
    return f"{curve.title}: from {first} at step {curve.steps[0]} to {last} at step {curve.steps[-1]} of {total}."


def _written(curve: Curve, value: float) -> str:
    return percent(value / 100) if curve.unit == "%" else number(value)


def _limit(curve: Curve, value: float) -> str:
    return with_unit(number(value), "%") if curve.unit == "%" else number(value)


def _panel(curve: Curve, total: int, color: str) -> str:
    low, high = _span(curve)
    now = _written(curve, curve.values[-1]) if curve.values else ""
    unit = "" if curve.unit == "%" else escape(curve.unit)
    return (
        f'<p class="head"><strong>{escape(curve.title)}</strong> <span>{unit}</span> '
        f'<b style="color:{color}">{now}</b></p>'
        f'<span class="limits"><i>{_limit(curve, high)}</i><i>{_limit(curve, low)}</i></span>'
        f'<span class="field">{_line(curve, total, color, (low, high))}{_readings(curve, total)}</span>'
    )


def _thinned(curve: Curve, most: int) -> list[tuple[int, float]]:
    """At most this many points of the curve, with its first and last one."""
    points = list(zip(curve.steps, curve.values))
    if len(points) <= most:
        return points
    return [points[round(at * (len(points) - 1) / (most - 1))] for at in range(most)]


def _line(curve: Curve, total: int, color: str, span: tuple[float, float]) -> str:
    low, high = span
    points = " ".join(
        f"{1000 * step / max(1, total):.1f},{100 * (high - value) / (high - low):.2f}"
        for step, value in _thinned(curve, _POINTS)
    )
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 100" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="3" stroke-linejoin="round" '
        'stroke-linecap="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    return f'<img alt="" decoding="sync" src="data:image/svg+xml,{quote(drawn)}">'


def _readings(curve: Curve, total: int) -> str:
    """Narrow strips over the line; the one under the mouse shows its step and value."""
    points = _thinned(curve, _READ)
    return "".join(
        charts.strip(100 * step / max(1, total), 50 / len(points), f"step {step}: {_written(curve, value)}")
        for step, value in points
    )
