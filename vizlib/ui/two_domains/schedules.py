"""How the reversal factor and the learning rate go over a run: two schedules that are easily taken for each other."""

from __future__ import annotations

import streamlit as st

from vizlib.training.domains.schedules import factor_at, rate_at
from vizlib.ui.shared import lines, several
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.plot import round_span
from vizlib.ui.two_domains.plan import PSEUDO, UPPER, Plan, Way

_PARTS = 60  # of a curve
_RATES = {
    "ganin": "Learning rate, rate / (1 + 10 p)^0.75",
    "constant": "Learning rate, constant",
}


def draw(plan: Plan, key: str) -> None:
    """Draws both, each under its name."""
    with st.container(key="board"):
        columns = st.columns(2, gap="large")
    for column, (drawn, axes) in zip(columns, charts(plan), strict=True):
        lines.chart(drawn, axes, column.container(), f"td {axes.y} {key}", axes.y)


def charts(plan: Plan) -> list[tuple[list[Line], Axes]]:
    """The factors of the runs, and the rate of all of them."""
    return [_factors(plan), _rate(plan)]


def _factors(plan: Plan) -> tuple[list[Line], Axes]:
    drawn = [
        _line(plan, each.name, [_factor(each, p) for p in _along()])
        for each in plan.ways
        if each.name not in (PSEUDO, UPPER)
    ]
    return drawn, _axes("Reversal factor", plan, drawn)


def _factor(way: Way, p: float) -> float:
    return factor_at(way.settings["factor"], way.settings.get("gamma", 10.0), p)


def _rate(plan: Plan) -> tuple[list[Line], Axes]:
    schedule, rate = plan.settings["rate_schedule"], plan.settings["rate"]
    drawn = [_line(plan, "All runs", [rate_at(schedule, rate, p) for p in _along()])]
    return drawn, _axes(_RATES[schedule], plan, drawn)


def _along() -> list[float]:
    return [number / _PARTS for number in range(_PARTS + 1)]


def _line(plan: Plan, name: str, values: list[float]) -> Line:
    return Line(name, [p * plan.total for p in _along()], values)


def _axes(name: str, plan: Plan, drawn: list[Line]) -> Axes:
    values = [value for each in drawn for value in each.y]
    return several.axes(name, plan.total, round_span(min(0.0, *values), max(0.01, *values)), "")
