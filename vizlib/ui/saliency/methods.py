"""Which methods draw a map, with which settings, and how the maps are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from vizlib.models import Classifier
from vizlib.render import page_colors
from vizlib.saliency import GROUPS, MENU
from vizlib.ui.saliency import options
from vizlib.ui.saliency.maps import View
from vizlib.ui.saliency.options import Asked
from vizlib.ui.shared import show
from vizlib.ui.shared.links import give, linked
from vizlib.ui.shared.words import plain

_SERIES: Final = (0, 1, 2, 3)  # the color of each group, among those of the page


def choose(model: Classifier) -> tuple[list[Asked], View]:
    """Draws the controls; returns how the chosen methods are asked, and how their maps are drawn."""
    with st.container(gap="xxsmall"):
        keys = pills("methods", ["guided", "grad_cam"])
        with st.container(horizontal=True):
            everything("methods")
            with st.popover("Settings and colors", icon=":material/tune:"):
                left, right = st.columns(2)
                words = "Strength of the map over the picture"
                strength = linked(left).slider(words, 0.0, 1.0, 0.75, 0.05, key="strength")
                shared = linked(right).toggle("One scale for all maps", key="shared")
                asked = options.ask(model, keys)
    return asked, View(strength, shared)


def pills(key: str, usual: Sequence[str]) -> list[str]:
    """Draws a button for each method, with a dot in the color of its group; returns the chosen keys."""
    colors = _colors()
    dots = [
        f".st-key-{key} button:nth-of-type({number})::before {{ background: {colors[method.group]}; }}"
        for number, method in enumerate(MENU, 1)
    ]
    st.html(f"<style>{' '.join(dots)}</style>")
    chosen: list[str] = linked().pills(
        "Methods",
        [method.key for method in MENU],
        selection_mode="multi",
        default=list(usual),
        format_func=lambda each: MENU[each].label,
        key=key,
        label_visibility="collapsed",
    )
    return chosen


def everything(key: str) -> None:
    """Draws the button that chooses all methods, and what each one shows."""
    every = [method.key for method in MENU]
    st.button("All methods", icon=":material/select_all:", on_click=give, args=({key: every},))
    with st.popover("What they show", icon=":material/help:", width="content"):
        _explained()


def _colors() -> dict[str, str]:
    series = page_colors(show.dark()).series
    return {group: series[number] for group, number in zip(GROUPS, _SERIES, strict=True)}


def _explained() -> None:
    """Draws the menu in its groups: what each method shows."""
    for group, question in GROUPS.items():
        title = plain(group[:1].upper() + group[1:])
        dot = f'<span class="dot" style="background: {_colors()[group]}"></span>'
        st.html(f"<p><b>{dot}{title}.</b> {plain(question)}</p>")
        lines = [f"- **{plain(each.label)}**: {plain(each.shows)}" for each in MENU if each.group == group]
        st.markdown("\n".join(lines))
