"""Choosing a channel of the layer: by its number, or by the name of its class where a channel is a class."""

from __future__ import annotations

import streamlit as st

from vizlib.models import Classifier
from vizlib.records import Layer
from vizlib.ui.shared import class_choice
from vizlib.ui.shared.links import linked

KEY = "unit"  # in the link; every view has it, so that a link always names the channel
_NAME = "class of the unit"


def draw(model: Classifier, layer: Layer) -> int:
    """Draws the box for the channel's number, and one for its class if the layer gives the logits."""
    count = layer.shape[0]
    if st.session_state.get(KEY, 0) >= count:
        st.session_state[KEY] = 0
    number = int(linked().number_input("Channel", 0, count - 1, 0, key=KEY, width=130))
    if gives_logits(model, layer):
        shown = class_choice.options_of(model.class_names)
        st.session_state[_NAME] = class_choice.option_of(number, model.class_names[number])
        st.selectbox(
            "Its class", [*shown], key=_NAME, format_func=lambda each: shown[each], on_change=_named, width=200
        )
    return number


def gives_logits(model: Classifier, layer: Layer) -> bool:
    """Whether the layer's channels are the network's classes."""
    names = model.class_names if model.has_classes else ()
    return layer.kind == "linear" and layer.shape == (len(names), 1, 1)


def choose(number: int) -> None:
    """Chooses a channel before the page is drawn."""
    st.session_state[KEY] = number


def _named() -> None:
    choose(class_choice.number_of(st.session_state[_NAME]))
