"""How every page looks: the style sheet, with the colors of the visitor's theme as its variables."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from vizlib.render import page_colors
from vizlib.ui import navigation
from vizlib.ui.shared import show
from vizlib.ui.widgets.access import access

_SHEET = Path(navigation.__file__).parent / "style.css"  # wherever the package is installed


def apply() -> None:
    """Gives the page its style sheet, and what a screen reader needs. app.py calls it once per script run."""
    page = page_colors(show.dark())
    colors = {"paper": page.paper, "ink": page.ink, "lines": page.lines, "focus": page.series[0]}
    colors["quiet"] = f"color-mix(in srgb, {page.ink} 76%, {page.paper})"
    variables = ":root { " + " ".join(f"--{name}: {color};" for name, color in colors.items()) + " }"
    st.html(f"<style>{variables}\n{_SHEET.read_text(encoding='utf-8')}</style>")
    access()
