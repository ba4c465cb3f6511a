"""Which maps are examined, about which class, and what the page is to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from vizlib import faithfulness
from vizlib.method import settings_of
from vizlib.render import Image8, contact_sheet
from vizlib.saliency import MENU
from vizlib.ui.saliency import methods, options
from vizlib.ui.saliency import target as explained
from vizlib.ui.shared import live
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen

SCRAMBLED, REMOVED, TRUTH, MANY = "Scrambled weights", "Deletion and insertion", "Known truth", "Many pictures"
VIEWS: Final = (SCRAMBLED, REMOVED, TRUTH, MANY)
_USUAL: Final = ("gradient", "guided", "gradient_x_input", "grad_cam")  # one or two passes each
TILE: Final = 128  # px, of a small map


@dataclass(frozen=True, eq=False)
class Places:
    """Where an examination draws its own controls."""

    first: Any  # in the row of the examinations
    row: Any  # beside the buttons under the methods
    more: Any  # among the settings


@dataclass(frozen=True, eq=False)
class Examined:
    """What is examined: methods, each as it is asked, about one class."""

    methods: Sequence[options.Asked]
    target: int
    name: str  # of the class
    places: Places

    def parts(self, what: str) -> dict[str, Any]:
        """The part of a recipe that says it."""
        return {"what": what, "methods": [_parts(each) for each in self.methods], "target": self.target}

    def place(self, here: Chosen) -> live.Place:
        """Where the run computes."""
        places = [each.place(here) for each in self.methods]
        return live.Place(here.place.device, all(each.keep for each in places))

    def asked(self, here: Chosen) -> list[faithfulness.Asked]:
        """The same for the engine, each method under the name that the page shows."""
        return [
            faithfulness.Asked(
                each.method.key, each.layer, each.knobs, each.against, each.pictures(here.model), each.method.label
            )
            for each in self.methods
        ]

    def need(self) -> None:
        """Raises Missing where reference pictures have still to be given."""
        for each in self.methods:
            each.need()


def ask(here: Chosen) -> tuple[str, Examined]:
    """Draws the boxes; returns the examination, and what is examined."""
    with st.container(gap="xxsmall"):
        first = st.container(horizontal=True, vertical_alignment="bottom")
        with first:
            view = _view()
            target, name = -1, ""  # of many pictures, each has its own class
            if view != MANY:
                target, name = explained.of_class(here.model, here.model.top(here.pixels), "examined_class")
        keys = methods.pills("examined", _USUAL)
        row = st.container(horizontal=True, vertical_alignment="center")
        with row:
            methods.everything("examined")
            more = st.popover("Settings", icon=":material/tune:")
            with more:
                asked = options.ask(here.model, keys)
    return view, Examined(asked, target, name, Places(first, row, more))


def _view() -> str:
    return str(
        linked().segmented_control(
            "Examination", VIEWS, default=VIEWS[0], required=True, key="examination", label_visibility="collapsed"
        )
    )


def _parts(asked: options.Asked) -> dict[str, Any]:
    references = None if asked.references is None else dict(asked.references.parts)
    more = {"layer": asked.layer, "against": asked.against, "references": references}
    known = {name: each for name, each in more.items() if each is not None}
    return {"method": asked.method.key, "settings": settings_of(asked.knobs), **known}


def label(key: str) -> str:
    """What the page calls a method."""
    return MENU[key].label if key in MENU else key


def row(tiles: Sequence[Image8]) -> Image8:
    """Small pictures of one size side by side."""
    import numpy as np

    return contact_sheet(np.stack(tiles), len(tiles), TILE, 4, 255)[0]
