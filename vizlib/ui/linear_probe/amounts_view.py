"""Accuracy over the number of training pictures of each class at one layer, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.ui.linear_probe import runs
from vizlib.ui.linear_probe.controls import Asked
from vizlib.ui.linear_probe.measured import ACCURACY, Amounts, begun
from vizlib.ui.shared import lines, live
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain, share


def over_amounts(here: Chosen, asked: Asked) -> None:
    """Fits the layer's classifier with 1, 2, 5 ... pictures of each class, again and again with others."""
    slot = Slot(st)
    found = runs.grown(here, asked, lambda so_far: lines.live(_drawn(so_far), _axes(so_far), slot.live()))
    if found is None:
        return
    live.verdict().markdown("  \n".join(said(each) for each in found if not each.random))
    words = f"Accuracy over the pictures of each class at {asked.layer}"
    lines.chart(_drawn(found), _axes(found), slot.rest(), "probe amounts", words)
    st.caption(
        f"Features of **{plain(asked.layer)}**. Each number of pictures was tried with {runs.SEEDS:d} choices of them; "
        "shaded: the 95 % interval of their mean (Student's t). There is only one choice of all pictures of a set."
    )


def _axes(found: Sequence[Amounts]) -> Axes:
    amounts = sorted({each for line in found for each in line.amounts})
    ticks = [(float(at), str(each)) for at, each in enumerate(amounts)]
    return Axes("training pictures of each class", ACCURACY, (0, max(1, len(amounts) - 1)), ticks=ticks)


def _drawn(found: Sequence[Amounts]) -> list[Line]:
    amounts = sorted({each for line in found for each in line.amounts})
    return [each.line([float(amounts.index(amount)) for amount in each.amounts]) for each in found]


def said(one: Amounts) -> str:
    """What the fewest and the most pictures reach."""
    least, most = one.amounts[0], one.amounts[-1]
    return (
        f"**{plain(begun(one.name))}**: {share(one.means[0])} with {least:d} of each class, "
        f"{share(one.means[-1])} with {most:d} of each class (means of {runs.SEEDS:d} choices)."
    )
