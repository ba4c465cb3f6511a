"""Curves as a small drawing (SVG) inside a notebook's cell, in colors that can be read on light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import Final

COLORS: Final = ("#3d7fb8", "#d9822b", "#3f9e5a", "#b06abf", "#a08a1e", "#2a9aa3", "#d15a73", "#8b95a1")
_WIDE, _HIGH = 460, 220  # px, of the drawing
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 24, 38  # px, around the curves
_POINTS: Final = 400  # of a curve, at most
_NAME: Final = 28  # characters

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axes:
    """What the axes say.

    Attributes:
        x: below the horizontal one.
        y: above the vertical one.
        share: whether the values are shares from 0 to 1, shown in percent on the whole of that range.
        marks: places on the horizontal axis with a dashed line.
    """

    x: str
    y: str
    share: bool = False
    marks: Sequence[float] = ()


@dataclass(frozen=True)
class _Frame:
    """The ranges of both axes, and where they are in the drawing."""

    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return _LEFT + (value - self.left) / (self.right - self.left) * (_WIDE - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HIGH - _BOTTOM - (value - self.low) / (self.high - self.low) * (_HIGH - _TOP - _BOTTOM)


def curves(series: Sequence[tuple[str, Points]], axes: Axes) -> str:
    """Curves of (x, y) as SVG, at most eight, each with its name; "" if there is no finite point. NaN leaves a gap."""
    some = [(name, _thinned(points)) for name, points in series[: len(COLORS)]]
    finite = [point for _, points in some for point in points if all(map(isfinite, point))]
    if not finite:
        return ""
    frame = _frame(finite, axes)
    parts = [*_grid(frame, axes), *(_mark(frame, each) for each in axes.marks)]
    for (_, points), color in zip(some, COLORS):
        parts += _strokes(frame, points, color)
    legend = "".join(_entry(name, color) for (name, _), color in zip(some, COLORS)) if len(some) > 1 else ""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" height="{_HIGH}"'
    words = escape(f"{axes.y} over {axes.x}")
    drawing = f'{head} role="img" aria-label="{words}" style="max-width:100%;font-size:11px">{"".join(parts)}</svg>'
    return f'<div style="margin-top:6px">{drawing}<div style="font-size:12px;max-width:{_WIDE}px">{legend}</div></div>'


def _thinned(points: Points) -> list[tuple[float, float]]:
    """At most so many of the points, evenly, with the last one."""
    step = max(1, -(-len(points) // _POINTS))
    kept = list(points[::step])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def _frame(finite: Points, axes: Axes) -> _Frame:
    left, right = _range([x for x, _ in finite])
    low, high = (0.0, 1.0) if axes.share else _range([y for _, y in finite])
    return _Frame(left, right, low, high)


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _grid(frame: _Frame, axes: Axes) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        value = frame.low + share * (frame.high - frame.low)
        y, label = frame.y(value), f"{value:.0%}".replace("%", " %") if axes.share else f"{value:.3g}"
        line = f'<line x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        yield f'{line} stroke="currentColor" stroke-opacity=".22"/>{_words(_LEFT - 6, y + 4, label, "end")}'
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        value = frame.left + share * (frame.right - frame.left)
        yield _words(frame.x(value), _HIGH - _BOTTOM + 15, f"{value:.4g}", anchor)
    yield _words(_LEFT + (_WIDE - _LEFT - _RIGHT) / 2, _HIGH - 6, axes.x, "middle") + _words(4, 12, axes.y, "start")


def _words(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">{escape(text)}</text>'


def _mark(frame: _Frame, x: float) -> str:
    place = f'x1="{frame.x(x):.1f}" x2="{frame.x(x):.1f}" y1="{_TOP}" y2="{_HIGH - _BOTTOM}"'
    return f'<line {place} stroke="currentColor" stroke-opacity=".6" stroke-dasharray="4 3"/>'


def _strokes(frame: _Frame, points: Points, color: str) -> Iterator[str]:
    """A line for each run of finite points, and a dot for each point where there are few."""
    run: list[str] = []
    for point in [*points, (float("nan"), 0.0)]:
        if all(map(isfinite, point)):
            run.append(f"{frame.x(point[0]):.1f},{frame.y(point[1]):.1f}")
            continue
        if run:
            yield f'<polyline points="{" ".join(run)}" fill="none" stroke="{color}" stroke-width="2"/>'
        if run and len(points) <= 16:
            yield "".join(_dot(each, color) for each in run)
        run = []


def _dot(place: str, color: str) -> str:
    x, y = place.split(",")
    return f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>'


def _entry(name: str, color: str) -> str:
    short = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
    mark = f'<span style="display:inline-block;width:14px;border-top:3px solid {color};vertical-align:middle"></span>'
    return f'<span style="white-space:nowrap;margin-right:14px">{mark} {escape(short)}</span> '
