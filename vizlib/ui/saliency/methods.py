"""Which methods draw a map, with which settings, and how the maps are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.models import Classifier
from vizlib.saliency import GROUPS, MENU
from vizlib.ui.saliency import options
from vizlib.ui.saliency.maps import View
from vizlib.ui.saliency.options import Asked
from vizlib.ui.shared.links import give, linked
from vizlib.ui.shared.words import plain


def choose(model: Classifier) -> tuple[list[Asked], View]:
    """Draws the controls; returns how the chosen methods are asked, and how their maps are drawn."""
    keys = pills("methods", ["guided", "grad_cam"])
    with st.expander("Method settings and colors", icon=":material/tune:"):
        left, right = st.columns(2)
        strength = linked(left).slider("Strength of the map over the picture", 0.0, 1.0, 0.75, 0.05, key="strength")
        shared = linked(right).toggle("One scale for all maps", key="shared")
        asked = options.ask(model, keys)
    return asked, View(strength, shared)


def pills(key: str, usual: Sequence[str]) -> list[str]:
    """Draws a button for each method, all of them in one click, and what each one shows; returns the chosen keys."""
    every = [method.key for method in MENU]
    with st.container(key="kinds-of-maps", gap="xxsmall"):
        chosen: list[str] = linked().pills(
            "Methods",
            every,
            selection_mode="multi",
            default=list(usual),
            format_func=lambda each: MENU[each].label,
            key=key,
        )
        with st.container(horizontal=True):
            st.button("All methods", icon=":material/select_all:", on_click=give, args=({key: every},))
            with st.popover("What each one shows", icon=":material/help:"):
                _explained()
    return chosen


def _explained() -> None:
    """Draws the menu in its groups: what each method shows."""
    for group, question in GROUPS.items():
        st.markdown(f"**{plain(group.capitalize())}.** {plain(question)}")
        lines = [f"- **{plain(each.label)}**: {plain(each.shows)}" for each in MENU if each.group == group]
        st.markdown("\n".join(lines) or "- None")
