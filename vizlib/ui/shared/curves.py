"""Curves over the steps of a run. While the run goes on and after it, they are the same drawing, so nothing jumps.

A curve may have a level: a control that does not depend on the step, such as the same measure of real pictures.

The words are the page's own text, in its typeface; only the line itself is a picture. A plotly chart would go blank for
a fifth of a second (measured) whenever it is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from math import ceil, floor, isfinite, log10
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
    level: tuple[str, float] | None = None  # what it is, and its value
    logarithmic: bool = False  # for values above 0 that fall by powers of ten


def live(curves: Sequence[Curve], total: int, place: Any) -> None:
    """Draws the curves so far, on a step axis of the final length."""
    place.html(_body(curves, total))


def chart(curves: Sequence[Curve], total: int, place: Any, key: str) -> None:
    """Draws the finished curves, which can be enlarged and saved."""
    body = _body(curves, total)
    panels = [
        Panel(_named(each), "step", "", _series(each, total), (0, total), _span(each), logarithmic=each.logarithmic)
        for each in curves
    ]
    with place:
        place.html(body)
        charts.tools(key, "Curves over the steps", lambda: panels, partial(st.html, body))


def _series(curve: Curve, total: int) -> list[Series]:
    if curve.level is None:
        return [Series("", curve.steps, curve.values)]
    words, value = curve.level
    return [Series(curve.title, curve.steps, curve.values), Series(words, (0, total), (value, value))]


def _span(curve: Curve) -> tuple[float, float]:
    level = () if curve.level is None else (curve.level[1],)
    values = [each for each in (*curve.values, *level) if isfinite(each)]
    if curve.logarithmic:
        above = [each for each in values if each > 0] or [1.0]
        return 10.0 ** floor(log10(min(above))), 10.0 ** ceil(log10(max(above)) + 1e-9)
    low, high = min((0.0, *values)), max((0.0, *values))
    return round_span(low, high if curve.most is None else curve.most)


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
    beside = "" if curve.level is None else f"; {curve.level[0]} {_written(curve, curve.level[1])}"
    return (
        f"{curve.title}: from {first} at step {curve.steps[0]} to {last} at step {curve.steps[-1]} of {total}{beside}."
    )


def _written(curve: Curve, value: float) -> str:
    return percent(value / 100) if curve.unit == "%" else number(value)


def _limit(curve: Curve, value: float) -> str:
    return with_unit(number(value), "%") if curve.unit == "%" else number(value)


def _panel(curve: Curve, total: int, color: str) -> str:
    low, high = _span(curve)
    now = _written(curve, curve.values[-1]) if curve.values else ""
    unit = "" if curve.unit == "%" else escape(curve.unit)
    level = "" if curve.level is None else f"{escape(curve.level[0])} {_written(curve, curve.level[1])}"
    beside = f'<span class="level">{level}</span> ' if level else ""
    return (
        f'<p class="head"><strong>{escape(curve.title)}</strong> <span>{unit}</span> {beside}'
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


def _down(curve: Curve, value: float, span: tuple[float, float]) -> float:
    """How far a value is below the upper end of the axis, in % of its length."""
    low, high = (log10(each) for each in span) if curve.logarithmic else span
    at = log10(max(value, span[0])) if curve.logarithmic else value
    return min(100.0, max(0.0, 100 * (high - at) / (high - low)))


def _line(curve: Curve, total: int, color: str, span: tuple[float, float]) -> str:
    points = " ".join(
        f"{1000 * step / max(1, total):.1f},{_down(curve, value, span):.2f}"
        for step, value in _thinned(curve, _POINTS)
        if isfinite(value)
    )
    level = "" if curve.level is None else _level(_down(curve, curve.level[1], span))
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 100" preserveAspectRatio="none">{level}'
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="3" stroke-linejoin="round" '
        'stroke-linecap="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    return f'<img alt="" decoding="sync" src="data:image/svg+xml,{quote(drawn)}">'


def _level(down: float) -> str:
    gray = page_colors(show.dark()).series[-1]
    return (
        f'<line x1="0" x2="1000" y1="{down:.2f}" y2="{down:.2f}" stroke="{gray}" stroke-width="3" '
        'stroke-dasharray="9 7" vector-effect="non-scaling-stroke"/>'
    )


def _readings(curve: Curve, total: int) -> str:
    """Narrow strips over the line; the one under the mouse shows its step and value."""
    points = _thinned(curve, _READ)
    return "".join(
        charts.strip(100 * step / max(1, total), 50 / len(points), f"step {step}: {_written(curve, value)}")
        for step, value in points
    )
