"""The saliency maps of a network beside those of its twin: the same picture, class and method, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from vizlib.faithfulness import share_inside
from vizlib.records import Unit
from vizlib.render import scale_of
from vizlib.ui.saliency import maps
from vizlib.ui.saliency.maps import Panel, View
from vizlib.ui.shared import twin
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short


def draw(pair: twin.Pair, panels: Sequence[Panel], target: int | Unit, view: View) -> None:
    """Draws each map that is there beside the same of the twin."""
    for first in panels:
        st.header(plain(f"{first.method.label}, beside its twin"))
        left, right = twin.columns(pair)
        first = replace(first, place=left.empty())
        with right, guard():
            second = maps.compute(pair[1], first.asked, target, view)
            if second is not None:
                _alike(pair, (first, second), view)
                for place, here, panel in zip((left, right), pair, (first, second), strict=True):
                    place.caption(_said(here, panel))


def _alike(pair: twin.Pair, panels: tuple[Panel, Panel], view: View) -> None:
    """Paints both maps on one scale."""
    limit = max(scale_of(each.values) for each in panels)
    for here, panel in zip(pair, panels, strict=True):
        maps.paint(here, panel, view, limit, here.model.name)


def _said(here: Chosen, panel: Panel) -> str:
    """What the network answers, and how much of its map is on the drawn object, in Markdown."""
    words = []
    if here.model.has_classes:
        top = here.model.top(here.pixels, 1)[0]
        words.append(f"It answers **{plain(short(top.label))}**, {percent(top.probability)}.")
    if here.mask is not None and panel.values.any():
        words.append(f"**{share(share_inside(panel.values, here.mask))}** of the map is on the object.")
    return " ".join(words)
