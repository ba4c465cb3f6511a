"""How a widget's HTML, CSS and JavaScript, each in a file of its own, become a Streamlit component."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./common\.js";\n', re.MULTILINE)


def component(widget: str) -> ComponentRenderer:
    """The component made of `<widget>.html`, `.css` and `.js` in this folder; both `common` files are shared by all."""
    return st.components.v2.component(
        f"filterscope_{widget}",
        html=_text(f"{widget}.html"),
        css=_text("common.css") + _text(f"{widget}.css"),
        js=script(widget),
    )


def script(widget: str) -> str:
    """The widget's JavaScript as one module: the shared functions stand before it, so it no longer imports them."""
    return _text("common.js") + _IMPORT.sub("", _text(f"{widget}.js"))


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
