"""What a chart shows, as plain data, from which its text for screen readers, its table and its saved picture follow."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vizlib.ui.shared.words import number


@dataclass(frozen=True)
class Series:
    """Values drawn alike: a line, dots, horizontal bars (x: their lengths, y: their names), or a map of colors.

    In a saved report, a picture stands among them.
    """

    name: str
    x: Sequence[Any]
    y: Sequence[Any]
    kind: str = "line"  # "line", "dots", "bars", "map" or "picture"
    color: str | None = None
    map: Any = None  # (H, W) numbers of a map, or a picture (H, W, 3) uint8


@dataclass(frozen=True)
class Panel:
    """Series on one pair of axes; the titles of the axes say their units."""

    title: str
    x_title: str
    y_title: str
    series: Sequence[Series]
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    marks: Sequence[tuple[float, str]] = ()  # places on the horizontal axis, with their names
    from_top: bool = False  # whether the vertical axis counts downwards
    logarithmic: bool = False  # whether it is logarithmic


def round_span(low: float, high: float) -> tuple[float, float]:
    """The ends of an axis from `low` to `high`, rounded outwards to numbers that a person can read."""
    high = high if high > low else low + 1
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= rough * (1 - 1e-9))
    ends = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return float(f"{ends[0]:.6g}"), float(f"{ends[1]:.6g}")


def said(panels: Sequence[Panel]) -> str:
    """The chart in one or two sentences, in reading order."""
    return " ".join(f"{panel.title or panel.x_title}: {_series_said(panel)}." for panel in panels)


def _series_said(panel: Panel) -> str:
    return "; ".join(" ".join(filter(None, (each.name, _values_said(each)))) for each in panel.series)


def _values_said(series: Series) -> str:
    if series.kind == "map":
        rows, columns = series.map.shape
        return f"{rows} x {columns} values from {number(series.map.min())} to {number(series.map.max())}"
    if series.kind == "bars":
        return ", ".join(f"{name} {number(value)}" for name, value in zip(series.y, series.x))
    if series.kind == "line" and len(series.y):
        return f"from {number(series.y[0])} to {number(series.y[-1])}"
    if len(series.x) == 1:
        return number(series.x[0])
    return f"{len(series.x)} values from {number(min(series.x))} to {number(max(series.x))}" if len(series.x) else ""


def table(panels: Sequence[Panel]) -> str:
    """All values of a chart as a file of comma-separated values, one row per value."""
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow(["panel", "series", "horizontal", "vertical", "value"])
    for panel in panels:
        for series in panel.series:
            write.writerows([panel.title or panel.x_title, series.name, *row] for row in _rows(series))
    return text.getvalue()


def _rows(series: Series) -> Iterator[tuple[Any, Any, Any]]:
    if series.kind == "map":
        rows, columns = series.map.shape
        return ((x, y, float(series.map[y, x])) for y in range(rows) for x in range(columns))
    if series.kind == "line":
        return ((x, y, y) for x, y in zip(series.x, series.y))
    return ((x, y, x) for x, y in zip(series.x, series.y))
