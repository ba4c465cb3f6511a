"""Curves over the steps of a run: a light drawing while it runs, a chart that can be read with the mouse afterwards.

A plotly chart goes blank for a fifth of a second (measured) whenever it is replaced; a picture does not. Live curves are
therefore one SVG, and the finished ones a plotly chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.render import page_colors
from vizlib.ui.shared import charts, show

_WIDTH, _HEIGHT, _LEFT, _TOP = 480, 102, 92, 32  # of a panel, px; on the left there is room for "-0.00351"


@dataclass(frozen=True)
class Curve:
    """One panel."""

    title: str
    unit: str  # with what else is said in small letters
    steps: Sequence[int]
    values: Sequence[float]
    most: float | None = None  # the end of the axis; None: the largest value


def live(curves: Sequence[Curve], total: int, place: Any) -> None:
    """Draws the curves so far, on a step axis of the final length."""
    place.image(_svg(curves, total), width="stretch", alt="; ".join(map(_reading, curves)))


def chart(curves: Sequence[Curve], total: int, place: Any, key: str) -> None:
    """Draws the finished curves as a chart that shows numbers under the mouse."""
    page = page_colors(show.dark())
    ink, line = page.ink, page.lines
    titles = [f"<b>{charts.literal(each.title)}</b>  {charts.literal(each.unit)}" for each in curves]
    gap = 0.42 / max(1, len(curves))
    figure = make_subplots(len(curves), 1, shared_xaxes=True, vertical_spacing=gap, subplot_titles=titles)
    for row, (curve, color) in enumerate(zip(curves, page.series), 1):
        style = {"color": color, "width": 3}
        hover = "step %{x}<br>%{y:.4g}<extra></extra>"
        figure.add_trace(
            go.Scatter(x=curve.steps, y=curve.values, line=style, hovertemplate=hover, mode="lines"), row, 1
        )
        low, high = _range(curve)
        room = 0.06 * (high - low)
        figure.update_yaxes(range=[low - room, high + room], tickvals=[low, high], tickformat=".3~g", row=row, col=1)
    figure.update_annotations(x=0, xanchor="left", font={"size": 16, "color": ink})
    figure.update_xaxes(range=[0, total], tickfont={"size": 14, "color": ink}, gridcolor=line)
    figure.update_yaxes(tickfont={"size": 14, "color": ink}, gridcolor=line, zeroline=False)
    figure.update_xaxes(title={"text": "step", "font": {"size": 15, "color": ink}}, row=len(curves), col=1)
    figure.update_layout(
        height=_HEIGHT * len(curves) + 70, showlegend=False, margin={"l": _LEFT, "r": 12, "t": 28, "b": 46}
    )
    place.plotly_chart(figure, width="stretch", config={"displayModeBar": False}, key=key)


def _range(curve: Curve) -> tuple[float, float]:
    low, high = min(0.0, *curve.values), max(0.0, *curve.values) if curve.most is None else curve.most
    return low, high if high > low else low + 1


def _reading(curve: Curve) -> str:
    return f"{curve.title}: {curve.values[-1]:.3g}" if curve.values else curve.title


def _svg(curves: Sequence[Curve], total: int) -> str:
    page = page_colors(show.dark())
    panels = [
        _panel(curve, total, color, page.lines, row * _HEIGHT)
        for row, (curve, color) in enumerate(zip(curves, page.series))
    ]
    height = _HEIGHT * len(curves) + 24
    axis = f'<text x="{(_LEFT + _WIDTH) / 2}" y="{height - 6}" text-anchor="middle">step, of {total}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{2 * _WIDTH}" '
        f'font-family="Source Sans, Segoe UI, Helvetica, Arial, sans-serif" font-size="16" fill="{page.ink}">'
        f"{''.join(panels)}{axis}</svg>"
    )


def _panel(curve: Curve, total: int, color: str, line: str, down: int) -> str:
    low, high = _range(curve)
    top, bottom, right = down + _TOP, down + _HEIGHT - 14, _WIDTH - 12
    across = (right - _LEFT) / max(1, total)
    points = " ".join(
        f"{_LEFT + step * across:.1f},{bottom - (value - low) / (high - low) * (bottom - top):.1f}"
        for step, value in zip(curve.steps, curve.values)
    )
    lines = "".join(
        f'<path d="M{_LEFT} {y}H{right}" stroke="{line}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 5}" text-anchor="end">{value:.3g}</text>'
        for y, value in ((top, high), (bottom, low))
    )
    now = f"{curve.values[-1]:.3g}" if curve.values else ""
    return (
        f'{lines}<text x="0" y="{top - 15}"><tspan font-weight="bold">{escape(curve.title)}</tspan>'
        f'<tspan dx="9">{escape(curve.unit)}</tspan></text>'
        f'<text x="{right}" y="{top - 15}" text-anchor="end" font-weight="bold" fill="{color}">{now}</text>'
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="3" stroke-linejoin="round"/>'
    )
