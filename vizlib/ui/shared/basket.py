"""Everything that the page offers to save, as one ZIP file, which is made when it is asked for."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from vizlib.errors import VizError
from vizlib.runs import versions

Make = Callable[[], str | bytes]
_BASKET = "files of this page"  # in the session, while the page is drawn
_LONGEST = 60  # letters of a file's name


def begin() -> None:
    """Empties the basket. app.py calls it before it draws a page."""
    st.session_state[_BASKET] = {}


def add(folder: str, name: str, ending: str, make: Make) -> None:
    """Adds a file. name: words that say what it is, from which the file's name is made."""
    files: dict[str, Make] | None = st.session_state.get(_BASKET)
    if files is None:  # a part of the page is drawn alone, and the button has its files already
        return
    stem = _stem(name)
    path, more = f"{folder}/{stem}.{ending}", 1
    while path in files:
        more += 1
        path = f"{folder}/{stem}_{more}.{ending}"
    files[path] = make


def offer(page: str) -> None:
    """Draws the button that saves all files of the page. app.py calls it after the page is drawn."""
    files: dict[str, Make] = st.session_state.pop(_BASKET, {})
    if not files:
        return
    about = {"page": page, "link": _link(), **versions()}
    st.download_button(
        "Download everything on this page (ZIP)",
        partial(zipped, files, about),
        file_name=f"filterscope_{_stem(page)}.zip",
        mime="application/zip",
        on_click="ignore",
        key="everything",
        icon=":material/folder_zip:",
        help=f"{len(files)} files: pictures, charts as pictures and tables, and the recipes that make them again.",
    )


def _stem(words: str) -> str:
    """The words as the name of a file, on every system."""
    return re.sub(r"[^\w.-]+", "_", words).strip("_.")[:_LONGEST].rstrip("_.") or "file"


def _link() -> str:
    query = "&".join(f"{key}={value}" for key, value in st.query_params.items())
    return f"{st.context.url or ''}{'?' if query else ''}{query}"


def zipped(files: Mapping[str, Make], about: Mapping[str, Any]) -> bytes:
    """The files in one archive, with a note on where they come from. A file that cannot be made is named there."""
    archive, missing = io.BytesIO(), {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as box:
        for path, make in files.items():
            try:
                box.writestr(path, make())
            except VizError as problem:
                missing[path] = str(problem)
        box.writestr("about.json", json.dumps({**about, **({"missing": missing} if missing else {})}, indent=2))
    return archive.getvalue()
