"""Accuracy over C at one layer: for both sets, or for several scalings of the features of one set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from vizlib.training import Linear
from vizlib.ui.linear_probe import measured, runs
from vizlib.ui.linear_probe.controls import CS, Asked, written
from vizlib.ui.linear_probe.measured import ACCURACY, Measured
from vizlib.ui.shared import lines
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain

_POWERS = [round(each - 6.0) for each in range(len(CS))]  # of ten
_AXES = Axes("C", ACCURACY, (_POWERS[0], _POWERS[-1]), ticks=[(p, written(c)) for p, c in zip(_POWERS, CS)])
_SCALINGS = (("standardize", None), ("l2", None), ("none", None), ("standardize", 64))


def over_c(here: Chosen, asked: Asked) -> None:
    """Fits the layer's classifier with each C, and draws the accuracies."""
    several = linked().toggle("Compare the scalings, and PCA to 64, on the first set", key="probe_compare")
    slot = Slot(st)
    found = runs.swept(here, asked, _fits(asked, several), lambda so_far: _paint(so_far, slot))
    if found is None:
        return
    measured.say_c(found)
    lines.chart(_drawn(found), _AXES, slot.rest(), "probe c", f"Accuracy over C at {asked.layer}")
    st.caption(
        f"Features of **{plain(asked.layer)}**. The curve is made with the held-out pictures, so it shows what C does "
        "and must not choose it: for that, divide the training pictures once more (cross-validation). Shaded and in "
        "brackets: 95 % intervals."
    )


def _fits(asked: Asked, several: bool) -> list[Linear]:
    if not several:
        return [asked.fit]
    return [replace(asked.fit, scaling=scaling, pca=pca) for scaling, pca in _SCALINGS]


def _paint(found: Sequence[Measured], slot: Slot) -> None:
    lines.live(_drawn(found), _AXES, slot.live())


def _drawn(found: Sequence[Measured]) -> list[Line]:
    return [each.line(_POWERS) for each in found]
