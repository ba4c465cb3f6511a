"""How every page looks: the style sheets, with the colors of the visitor's theme as its variables."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from vizlib.render import page_colors
from vizlib.ui import navigation
from vizlib.ui.shared import show
from vizlib.ui.widgets.access import access

_SHEETS = sorted(Path(navigation.__file__).parent.glob("*.css"))  # wherever the package is installed
PROJECTOR = "projector"  # the switch in the sidebar, and its part of the link
_LARGE = 1.3  # for a hall


def scale() -> float:
    """How many times larger type and lines are than usual: 1.0, or 1.3 when a projector shows the page."""
    asked = st.query_params.get(PROJECTOR, "").lower() == "true"  # until the switch is drawn
    return _LARGE if st.session_state.get(PROJECTOR, asked) else 1.0


def apply() -> None:
    """Gives the page its style sheet, and what a screen reader needs. app.py calls it once per script run."""
    page = page_colors(show.dark())
    colors = {"paper": page.paper, "ink": page.ink, "lines": page.lines, "focus": page.series[0]}
    colors["quiet"] = f"color-mix(in srgb, {page.ink} 76%, {page.paper})"
    size = scale() * float(st.get_option("theme.baseFontSize"))  # of letters in pixels; all else is in rem
    variables = " ".join(f"--{name}: {color};" for name, color in colors.items())
    sheets = "\n".join(each.read_text(encoding="utf-8") for each in _SHEETS)
    st.html(f"<style>:root {{ {variables} --scale: {scale()}; font-size: {size}px; }}\n{sheets}</style>")
    access()
