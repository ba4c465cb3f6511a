"""A network that was trained on this page: it is kept for its visitor, leads on to other pages, and can be saved."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.ui.shared import reset, save, trained
from vizlib.ui.shared.words import plain

_WAYS_ON: Final = {  # the pages that look at a network, with what they say and their symbols
    "what_changed": ("What did training change?", "compare"),
    "filters": ("Its filters", "grid_view"),
    "class_picture": ("Its classes", "auto_awesome"),
    "saliency": ("Which pixels matter to it?", "center_focus_strong"),
    "fooling": ("What fools it?", "theater_comedy"),
}


def offer(network: trained.Trained, step: int, pages: Sequence[str] = tuple(_WAYS_ON)) -> None:
    """Keeps the network, and draws where it can be looked at and how it is saved. step: that of its weights."""
    new = trained.find(network.name) is None
    trained.add(network)
    if new:
        st.rerun()  # the sidebar, which is drawn already, has it in its box
    st.markdown(
        f"**{plain(network.name)}**, with the weights of step {step:d}, is in the sidebar's box of networks now. Every "
        "page can open it:"
    )
    with st.container(horizontal=True):
        onward(network.name, pages)
    stem = network.name.removeprefix(trained.PREFIX)
    make = partial(zipped, stem, network.files)
    save.save_file("Download the network (ZIP)", make, f"{stem}.zip", "application/zip", "network zip")
    st.caption(
        "The ZIP file holds a folder in timm's own layout: weights, class names and preprocessing, and a card. In the "
        "folder that `VIZLIB_WEIGHTS` names, it is a network of this dashboard; "
        '`timm.create_model("local-dir:...")` opens it, too, unless the network is one of torchvision\'s.'
    )


def onward(name: str, pages: Sequence[str], key: str = "") -> None:
    """Draws a button for each of these pages, which opens it with the network of that name."""
    for page in pages:
        label, icon = _WAYS_ON[page]
        go = partial(trained.open_on, name, page)
        st.button(plain(label), key=f"open {page} {key}".strip(), icon=f":material/{icon}:", on_click=go)


def controls(network: str) -> dict[str, Any]:
    """The values of this page's controls, which train the network again. network: the one in the sidebar."""
    return {"network": network, **reset.controls()}


def link(network: str, *before: str) -> trained.Query:
    """The query of this page as it stands, of the keys that begin so, which trains the network again."""
    now = {key: st.query_params.get_all(key) for key in st.query_params if key.startswith(before)}
    return {**now, "network": [network], "run": ["1"]}


def zipped(stem: str, files: Mapping[str, bytes]) -> bytes:
    """The files in a folder of that name. Weights hardly get smaller, so nothing is compressed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as box:
        for name, content in files.items():
            box.writestr(f"{stem}/{name}", content)
    return archive.getvalue()
