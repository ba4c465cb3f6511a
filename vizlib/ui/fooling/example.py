"""One click that shows what the page is about: a cat becomes a toaster, or the like where a network has no toaster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from vizlib.models import Classifier, spellings
from vizlib.pictures import sample_photographs
from vizlib.ui.fooling.request import FAR
from vizlib.ui.shared import asked, class_choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_PLAYS = "the example plays"  # in the session, from the click until the slider has been drawn
_USUAL: Final[dict[str, Any]] = {"attack": "lattice", "goal": "90 %", "chance": 0, "slide": "Slide: original to beyond"}
_PHOTO: Final = {"picture": "photo", "photo": "cat"}
_CAT: Final = {"picture": "drawn", "object": "cat"}


@dataclass(frozen=True)
class Example:
    """A picture and a target."""

    words: str
    widgets: dict[str, str]  # values of the sidebar and of the page by the widgets' keys


def example_of(model: Classifier) -> Example:
    """The example that fits the network's classes."""
    gray = model.preprocessing.channels == 1
    cat = _PHOTO if "cat" in sample_photographs() else _CAT
    for words, picture, target, fits in (
        ("a cat becomes a toaster", cat, "toaster", not gray),
        ("a cat becomes a flower", _CAT, "flower", not gray),
        ("a sheep becomes a goat", {"picture": "drawn", "object": "sheep"}, "goat", not gray),
        ("a 3 becomes an 8", {"picture": "drawn", "digit": "3"}, "8", gray),
    ):
        found = [at for at, name in enumerate(model.class_names) if target in spellings(name)]
        if fits and found:
            return Example(words, {**picture, "toward": class_choice.option_of(found[0], model.class_names[found[0]])})
    return Example("a cat becomes what it resembles least", {**cat, "toward": FAR})


def button(here: Chosen) -> None:
    """Draws the button that shows the example."""
    example = example_of(here.model)
    st.button(f"Show me: {plain(example.words)}", on_click=_play, args=(example,), icon=":material/auto_stories:")


def _play(example: Example) -> None:
    for key, value in (_USUAL | example.widgets).items():
        if key in example.widgets and key not in st.session_state:
            st.query_params[key] = value  # of a box that is not drawn yet: without this, the link would not have it
        st.session_state[key] = value
    st.session_state[_PLAYS] = True
    asked.next_runs()


def plays() -> bool:
    """Whether the slider shall move by itself, which it does once after the click."""
    return bool(st.session_state.pop(_PLAYS, False))
