"""A method's settings as widgets, one per annotated field, each part of the link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from vizlib.method import Knob, Method, knob_fields
from vizlib.runs import limits
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain

_MOST_PLACES = 20_000  # of a slider: a number over more than four orders of magnitude is typed


def settings(method: Method, shown: Sequence[str] | None = None) -> Any:
    """The method's knobs as the widgets say; knobs that are not shown keep their defaults."""
    chosen = {}
    for name, (kind, knob, default) in knob_fields(method.knobs).items():
        if shown is None or name in shown:
            chosen[name] = widget(f"{method.key}.{name}", kind, knob, default)
    return method.knobs(**chosen)


def names(method: Method) -> list[str]:
    """The names of the method's knobs, in order."""
    return list(knob_fields(method.knobs))


def widget(key: str, kind: type[Any], knob: Knob, default: Any) -> Any:
    """Draws one setting's widget; returns its value."""
    shared: dict[str, Any] = {"key": key, "help": knob.help or None}
    if knob.limited:
        high, default = limits.steps(int(knob.high), int(default))
        knob, default = replace(knob, high=max(high, knob.low)), max(default, int(knob.low))
    if knob.choices:
        value = linked().selectbox(knob.label, knob.choices, index=knob.choices.index(default), **shared)
        if knob.meanings:  # the options themselves are part of links, so they stay short and never change
            st.caption(plain(knob.meanings[knob.choices.index(value)]))
        return value
    if kind is bool:
        return linked().toggle(knob.label, default, **shared)
    if kind is int and knob.high - knob.low > 500:
        return int(linked().number_input(knob.label, int(knob.low), int(knob.high), int(default), **shared))
    if kind is float and (knob.high - knob.low) / knob.step > _MOST_PLACES:
        ends = float(knob.low), float(knob.high)
        return linked().number_input(knob.label, *ends, float(default), float(knob.step), format="%g", **shared)
    shown = (
        None if kind is int else f"%.{len(f'{knob.step:.6f}'.rstrip('0').partition('.')[2])}f"
    )  # as many decimals as the step has
    return linked().slider(
        knob.label, kind(knob.low), kind(knob.high), kind(default), kind(knob.step), format=shown, **shared
    )
