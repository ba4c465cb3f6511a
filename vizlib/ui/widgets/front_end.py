"""How a widget's HTML, CSS and JavaScript, each in a file of its own, become a Streamlit component."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from vizlib.ui.widgets import staged

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./common\.js";\n', re.MULTILINE)
_DEFAULT = re.compile(r"^export default function ?\(", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|const|let|class) )", re.MULTILINE)


@dataclass(frozen=True)
class Component:
    """A widget that can be drawn on a page, and taken from it into a lecture."""

    name: str
    mount: ComponentRenderer

    def __call__(self, *, data: Mapping[str, Any] | None = None, words: str = "", **more: Any) -> Any:
        """Draws it. data: what its JavaScript takes. words: what it shows; without them, no lecture takes it."""
        if words and data is not None:
            staged.add(self.name, words, lambda: data)
        return self.mount(data=data, **more)


def component(widget: str, before: str = "") -> Component:
    """The component made of `<widget>.html`, `.css` and `.js` in this folder; both `common` files are shared by all.

    before: more JavaScript that the widget's own needs.
    """
    mount = st.components.v2.component(
        f"filterscope_{widget}",
        html=text(f"{widget}.html"),
        css=text("common.css") + text(f"{widget}.css"),
        js=script(widget, before),
    )
    return Component(widget, mount)


def script(widget: str, before: str = "") -> str:
    """The widget's JavaScript as one module: the shared functions stand before it, so it no longer imports them."""
    return text("common.js") + before + _IMPORT.sub("", text(f"{widget}.js"))


def plain(name: str) -> str:
    """A script of this folder without its import and exports, to stand inside a function."""
    return _EXPORT.sub("", _DEFAULT.sub("function mounted(", _IMPORT.sub("", text(name))))


def closed(widget: str) -> str:
    """An expression whose value is the function that the widget's script exports. It needs common.js before it."""
    return f"(() => {{\n{plain(f'{widget}.js')}\nreturn mounted;\n}})()"


def text(name: str) -> str:
    """A file of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def digest() -> str:
    """16 hexadecimal digits of all widgets: what one of them was given may not fit another version of it."""
    files = sorted(each for each in _FOLDER.iterdir() if each.is_file())
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:16]
