"""How every page looks: the style sheets, with the colors of the visitor's theme as its variables."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from vizlib.render import page_colors
from vizlib.ui import navigation
from vizlib.ui.shared import show

_SHEETS = sorted(Path(navigation.__file__).parent.glob("*.css"))  # wherever the package is installed


def apply() -> None:
    """Gives the page its style sheet. app.py calls it once per script run."""
    page = page_colors(show.dark())
    variables = f":root {{ --paper: {page.paper}; --ink: {page.ink}; --lines: {page.lines}; }}"
    sheets = "\n".join(each.read_text(encoding="utf-8") for each in _SHEETS)
    st.html(f"<style>{variables}\n{sheets}</style>")
