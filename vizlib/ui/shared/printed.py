"""Charts as pictures to save. The browser draws those on screen; these are drawn when a visitor asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from io import BytesIO
from textwrap import wrap
from typing import Any

import numpy as np

from vizlib.render import page_colors
from vizlib.ui.shared.plot import Panel, Series

_PAPER = page_colors(dark=False)  # saved charts are printed and put on slides: they are always light
_WIDTH, _DOTS = 8.0, 160  # inches, and pixels per inch
_LETTERS, _TITLE = 100, 80  # at most, of a line of the head and of a title


def png(panels: Sequence[Panel], head: str = "") -> bytes:
    """The panels below each other, as a PNG file. head: what stands above them, in lines of its own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # takes half a second, so only when a chart is saved
    from matplotlib.figure import Figure

    heights = [_height(panel) for panel in panels]
    words = [each for line in head.splitlines() for each in wrap(line, _LETTERS)]
    figure = Figure((_WIDTH, sum(heights) + 0.2 * len(words)), _DOTS, facecolor=_PAPER.paper, layout="constrained")
    FigureCanvasAgg(figure)
    if words:
        figure.suptitle(_literal("\n".join(words)), x=0.02, ha="left", fontsize=10)
    all_axes = figure.subplots(len(panels), squeeze=False, height_ratios=heights)[:, 0]
    for axes, panel, color in zip(all_axes, panels, _PAPER.series * len(panels)):
        _draw(axes, panel, color)
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _height(panel: Panel) -> float:
    for each in panel.series:
        if each.kind == "picture":
            return 0.25 + 0.25 * len(_title(panel)) + 0.95 * _WIDTH * len(each.map) / len(each.map[0])
    bars = max((len(each.x) for each in panel.series if each.kind == "bars"), default=0)
    tall = any(each.kind == "map" for each in panel.series)
    return 1.1 + 0.4 * bars if bars else 6.0 if tall else 2.2


def _title(panel: Panel) -> list[str]:
    return wrap(panel.title, _TITLE)


def _draw(axes: Any, panel: Panel, color: str) -> None:
    axes.set_facecolor(_PAPER.paper)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_literal("\n".join(_title(panel))), loc="left", fontsize=12)
    axes.set_xlabel(_literal(panel.x_title))
    axes.set_ylabel(_literal(panel.y_title))
    for series in panel.series:
        _DRAWN[series.kind](axes, series, series.color or (color if len(panel.series) == 1 else None))
        if series.kind == "picture":
            return  # it has no axes
    for place, words in panel.marks:
        axes.axvline(place, color=_PAPER.ink, linestyle="dashed", linewidth=1)
        axes.annotate(
            _literal(words), (place, 1), (3, -10), xycoords=("data", "axes fraction"), textcoords="offset points"
        )
    if panel.logarithmic:
        axes.set_yscale("log")
    axes.set_xlim(panel.x_range)
    axes.set_ylim(panel.y_range)
    if panel.from_top:
        axes.yaxis.set_inverted(True)
    if sum(bool(each.name) and each.kind != "map" for each in panel.series) > 1:
        axes.legend(frameon=False)


def _line(axes: Any, series: Series, color: str | None) -> None:
    axes.plot(series.x, series.y, color=color, linewidth=2, label=_literal(series.name))


def _dots(axes: Any, series: Series, color: str | None) -> None:
    many = len(series.x) > 1
    axes.plot(
        series.x, series.y, "o" if many else "D", color=color, alpha=0.6 if many else 1, label=_literal(series.name)
    )


def _bars(axes: Any, series: Series, color: str | None) -> None:
    names = [_literal(str(each)) for each in series.y]
    drawn = axes.barh(range(len(names)), series.x, color=color, tick_label=names)
    axes.bar_label(drawn, fmt="%.3g", padding=4)
    axes.margins(x=0.1)  # room for the numbers


def _map(axes: Any, series: Series, color: str | None) -> None:
    limit = float(np.abs(series.map).max()) or 1.0
    signed = bool(series.map.min() < 0)
    shown = axes.imshow(series.map, cmap="RdBu_r" if signed else "gray", vmin=-limit if signed else 0, vmax=limit)
    axes.figure.colorbar(shown, ax=axes)


def _picture(axes: Any, series: Series, color: str | None) -> None:
    axes.imshow(series.map)
    axes.set_axis_off()


_DRAWN = {"line": _line, "dots": _dots, "bars": _bars, "map": _map, "picture": _picture}


def _literal(text: str) -> str:
    """The text as matplotlib shows it as it is: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")


def panels_of(figure: Any, title: str) -> list[Panel]:
    """What a plotly chart shows."""
    layout = figure.layout
    marks = [(each.x0, "") for each in layout.shapes if each.type == "line" and each.x0 == each.x1]
    names = [unescape(each.text or "") for each in layout.annotations]
    named = [(place, name) for (place, _), name in zip(marks, names)] if len(names) == len(marks) else marks
    return [
        Panel(
            title,
            unescape(layout.xaxis.title.text or ""),
            unescape(layout.yaxis.title.text or ""),
            [_series(each) for each in figure.data],
            marks=named,
            from_top=layout.yaxis.autorange == "reversed",
        )
    ]


def _series(trace: Any) -> Series:
    name = unescape(trace.name or "")
    if trace.type == "heatmap":
        return Series(name, (), (), "map", map=np.asarray(trace.z, dtype=float))
    x = [] if trace.x is None else list(trace.x)
    y = [name] * len(x) if trace.y is None else list(trace.y)
    dots = trace.type == "box" or trace.mode == "markers"
    color = trace.line.color if trace.type == "scatter" and not dots else None
    return Series(name, x, y, "dots" if dots else "line", color)
